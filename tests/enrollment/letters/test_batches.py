"""Letters for a whole class: tried first, made in one go, killed anywhere and gone on with."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db.models.functions import Now
from pyhanko.pdf_utils.reader import PdfFileReader

from enrollment.letters import (
    batches,
    ceremony,
    contents,
    issuing,
    manifest,
    merkle,
    packing,
    trial,
)
from enrollment.letters.models import Batch, Letter
from enrollment.letters.reasons import Reason
from enrollment.letters.signing import CodeVerifier
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs.api import Job, JobState
from lms.base.storage import private_files
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT, LATER
from tests.lms.conftest import ROOT, database_url
from tests.lms.waiting import eventually

NO_FONT_HAS = "\U0003134f"


def enrol(units: people.Units, cohort: Cohort, names: list[str]) -> list[Student]:
    return [
        factories.make_student(
            units,
            name,
            f"+8613700004{no:03d}",
            cohort=cohort,
            programme=("LOG", "NM", "EC")[no % 3],
        )
        for no, name in enumerate(names)
    ]


def made(cohort: Cohort, by: User) -> Batch:
    batch = batches.start(cohort, by=by, at=AT)
    cast.print_all()
    batch.refresh_from_db()
    assert batch.finished_at is not None, Job.objects.get(key=batches.job_key(batch)).error_text
    return batch


def piece(batch: Batch, name: str) -> bytes:
    with private_files().open(batch.path(name)) as file:
        return bytes(file.read())


def listed(batch: Batch) -> dict[str, Any]:
    return dict(json.loads(piece(batch, "manifest")))


# ---------------------------------------------------------------- the dry run


def test_a_dry_run_says_who_gets_a_letter_and_who_cannot(
    units: people.Units, cohort: Cohort
) -> None:
    names = ["阿怡", f"王{NO_FONT_HAS}", "𬱖然", "丁", "戊", "己"]
    yi, wang, rare, ding, wu, ji = enrol(units, cohort, names)
    cast.printed(ding)
    issuing.revoke(cast.printed(wu), Reason.ROLL, by=None, at=AT)
    Student.objects.filter(pk=ji.pk).update(status=Student.Status.WITHDRAWN)
    before = Letter.objects.count()

    found = trial.dry_run(cohort, at=AT)

    assert found.ready == sorted([yi, rare], key=lambda each: each.student_no)
    assert [student for student, _why in found.blocked] == [wang]
    assert "U+3134F" in found.blocked[0][1]
    assert (found.having, found.withdrawn) == ([ding], [wu])
    assert found.numbers == ("海工学〔2026〕第0003号", "海工学〔2026〕第0004号")
    assert Letter.objects.count() == before


def test_what_all_letters_have_in_common_stops_all_of_them(
    units: people.Units, cohort: Cohort
) -> None:
    enrol(units, cohort, ["阿怡", "王"])
    cohort.ceremony_place = f"{NO_FONT_HAS}礼堂"
    cohort.save()
    found = trial.dry_run(cohort, at=AT)
    assert (len(found.ready), len(found.blocked)) == (0, 2)
    cohort.ceremony_at = None
    cohort.save()
    found = trial.dry_run(cohort, at=AT)
    assert all("开学典礼" in why for _student, why in found.blocked)
    assert len(found.blocked) == 2


def test_ordinary_names_are_not_set_to_find_out(cohort: Cohort) -> None:
    student = Student(cohort=cohort, name="欧阳春晓")
    cohort.ceremony_at = None  # setting would refuse
    assert trial.obstacle(student, at=AT) is None


# ---------------------------------------------------------------- the batch


def test_a_batch_leaves_a_zip_a_print_file_and_a_signed_list(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    names = ["阿怡", f"王{NO_FONT_HAS}", "𬱖然", "阿卜杜拉·买买提"]
    students = enrol(units, cohort, names)
    batch = made(cohort, zhou)

    letters = list(Letter.objects.order_by("ordinal"))
    fine = [students[0], students[2], students[3]]
    assert [each.student for each in letters] == sorted(fine, key=lambda each: each.student_no)
    assert [letter.ordinal for letter in letters] == [1, 2, 3]
    assert (batch.count, batch.left_out) == (3, 1)
    with zipfile.ZipFile(io.BytesIO(piece(batch, "zip"))) as packed:
        assert packed.testzip() is None
        assert len(packed.namelist()) == 4
        assert packed.read("manifest.json") == piece(batch, "manifest")
        first = packed.read(f"{students[0].student_no} 阿怡 录取通知书.pdf")
    assert hashlib.sha256(first).hexdigest() == Letter.objects.get(student=students[0]).pdf_sha256
    assert PdfFileReader(io.BytesIO(piece(batch, "print"))).root["/Pages"]["/Count"] == 3
    acts = [entry.action for entry in audit.trail(batch)]
    assert acts == ["letters.batch_finished", "letters.batch_started"]


def test_the_list_masks_names_and_says_who_was_left_out(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    enrol(units, cohort, ["欧阳阿怡", f"王小{NO_FONT_HAS}"])
    batch = made(cohort, zhou)
    text = piece(batch, "manifest").decode()
    assert "欧**怡" in text
    assert "欧阳阿怡" not in text
    assert listed(batch)["left_out"][0]["name"] == f"王*{NO_FONT_HAS}"
    assert "U+3134F" in listed(batch)["left_out"][0]["why"]


def test_one_entry_is_checked_with_nothing_but_the_public_key(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    """By hand, from the words of the manifest's module, with none of its code."""
    enrol(units, cohort, ["阿怡", "王", "𬱖然", "丁", "戊"])
    content = listed(made(cohort, zhou))
    size = content["merkle"]["size"]
    for place, entry in enumerate(content["letters"]):
        text = "\n".join(entry[key] for key in ("number", "student_no", "name", "sha256"))
        here = hashlib.sha256(b"\x00" + text.encode()).digest()
        low, high, sides = 0, size, []
        while high - low > 1:
            half = 1
            while half * 2 < high - low:
                half *= 2
            sides.append(place < low + half)
            low, high = (low, low + half) if place < low + half else (low + half, high)
        for is_left, other in zip(reversed(sides), entry["proof"], strict=True):
            pair = (here, bytes.fromhex(other)) if is_left else (bytes.fromhex(other), here)
            here = hashlib.sha256(b"\x01" + pair[0] + pair[1]).digest()
        assert here.hex() == content["merkle"]["root"]
    facts = "\n".join(
        f"{key}={value}" for key, value in sorted(content["signature"]["facts"].items())
    )
    digest = hashlib.sha256(facts.encode()).digest()[:10]
    token = base64.b32decode(content["signature"]["token"])
    public = serialization.load_pem_public_key(
        (Path(settings.KEYS_DIR) / "letters" / f"code-{token[0]}.pub").read_bytes()
    )
    assert isinstance(public, Ed25519PublicKey)
    assert token[1:11] == digest
    root = content["merkle"]["root"].encode()
    public.verify(token[11:], b"lms-letter-1\n" + root + b"\n" + digest)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["letters"][1].update(sha256="0" * 64),
        lambda content: content["letters"][1].update(name="丁"),
        lambda content: content["letters"].pop(),
        lambda content: content["letters"].reverse(),
        lambda content: content["merkle"].update(root="0" * 64),
        lambda content: content["signature"]["facts"].update(份数="2"),
    ],
)
def test_a_list_that_was_changed_does_not_hold(
    units: people.Units, cohort: Cohort, zhou: User, change: Any
) -> None:
    enrol(units, cohort, ["阿怡", "王", "丙"])
    content = listed(made(cohort, zhou))
    verifier = CodeVerifier(Path(settings.KEYS_DIR) / "letters")
    assert manifest.holds(content, verifier=verifier)
    change(content)
    assert not manifest.holds(content, verifier=verifier)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 50, 64, 65])
def test_every_leaf_and_no_other_leads_to_the_root(size: int) -> None:
    leaves = [merkle.leaf(str(no).encode()) for no in range(size)]
    paths = merkle.proofs(leaves)
    top = merkle.root(leaves)
    for place, path in enumerate(paths):
        assert path == merkle.proof(leaves, place)
        assert merkle.leads_to(top, leaves[place], place=place, size=size, path=path)
        assert not merkle.leads_to(top, merkle.leaf(b"?"), place=place, size=size, path=path)
        if size > 1:
            other = (place + 1) % size
            assert not merkle.leads_to(top, leaves[place], place=other, size=size, path=path[::-1])
    assert not merkle.leads_to(top, leaves[0], place=size, size=size, path=paths[0] or [top])


def test_a_file_that_changed_in_storage_is_not_packed(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    letter = cast.printed(enrol(units, cohort, ["阿怡"])[0])
    Letter.objects.filter(pk=letter.pk).update(pdf_sha256="0" * 64)
    letter.refresh_from_db()
    with pytest.raises(packing.Damaged):
        list(packing.files([letter]))


def test_a_second_click_goes_on_with_the_same_batch(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    enrol(units, cohort, ["阿怡"])
    first = batches.start(cohort, by=zhou, at=AT)
    assert batches.start(cohort, by=zhou, at=LATER) == first
    Job.objects.filter(key=batches.job_key(first)).update(state=JobState.FAILED, attempts=20)
    batches.start(cohort, by=zhou, at=LATER)
    cast.print_all()
    first.refresh_from_db()
    assert first.finished_at
    assert batches.start(cohort, by=zhou, at=LATER) != first


def test_a_batch_needs_somebody_and_a_ceremony(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    with pytest.raises(batches.NothingToIssue):
        batches.start(cohort, by=zhou, at=AT)
    enrol(units, cohort, ["阿怡"])
    cohort.ceremony_place = ""
    cohort.save()
    with pytest.raises(contents.NoCeremony):
        batches.start(cohort, by=zhou, at=AT)
    assert not Batch.objects.exists()


def test_the_same_letters_give_the_same_files(
    units: people.Units, cohort: Cohort, zhou: User, tmp_path: Path
) -> None:
    enrol(units, cohort, ["阿怡", "王"])
    batch = made(cohort, zhou)
    before = [piece(batch, name) for name in ("zip", "manifest")]
    batches.work(batch, lambda share, text: None, tmp_path)
    assert [piece(batch, name) for name in ("zip", "manifest")] == before


# ---------------------------------------------------------------- killed

WORK = "import django; django.setup(); from lms.base.jobs import api; api.run_due()"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_batch_of_fifty_survives_five_kills(
    units: people.Units, cohort: Cohort, zhou: User
) -> None:
    """kill -9 of real workers at random moments: every number once, no letter twice, the list right."""
    # Without a ceremony nobody gets a letter at once, as everybody would who comes on the roll.
    Cohort.objects.filter(pk=cohort.pk).update(ceremony_at=None)
    cohort.refresh_from_db()
    enrol(units, cohort, [f"学员{chr(0x4E00 + no * 7)}" for no in range(50)])
    ceremony.set_ceremony(cohort, when=cast.CEREMONY, where="礼堂", by=zhou, at=AT)
    batch = batches.start(cohort, by=zhou, at=AT)
    world = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "lms.settings.test",
        "LMS_VAR": str(settings.VAR_DIR),
        "LMS_DATABASE_URL": database_url(),
    }
    key = batches.job_key(batch)
    seed = random.randrange(10_000)
    chance = random.Random(seed)  # said when the test fails
    # One moment while numbers are given, the others anywhere up to the packing.
    moments = [("issued", chance.randint(3, 45))]
    moments += sorted(("printed", chance.randint(0, 49)) for _ in range(4))

    def reached(kind: str, count: int, attempt: int) -> bool:
        # This worker's own attempt: what its predecessor left may be enough already.
        if Job.objects.get(key=key).attempts < attempt:
            return False
        if kind == "issued":
            return Letter.objects.count() >= count
        return Letter.objects.exclude(pdf="").count() >= count

    for attempt, (kind, count) in enumerate(moments, start=1):
        worker = subprocess.Popen([sys.executable, "-c", WORK], cwd=ROOT, env=world)
        hit = eventually(lambda now=(kind, count, attempt): reached(*now), 120)
        worker.kill()
        worker.wait()
        assert hit, (seed, kind, count)
        assert Job.objects.get(key=key).state == JobState.RUNNING, (seed, kind, count)
        Job.objects.filter(state=JobState.RUNNING).update(lease_until=Now() - timedelta(seconds=1))

    last = subprocess.run(
        [sys.executable, "-c", WORK], cwd=ROOT, env=world, timeout=300, check=True
    )
    assert last.returncode == 0
    batch.refresh_from_db()
    job = Job.objects.get(key=key)
    assert (job.state, job.attempts) == (JobState.DONE, 6), (seed, job.error_text)
    letters = list(Letter.objects.order_by("ordinal"))
    assert [letter.ordinal for letter in letters] == list(range(1, 51)), seed
    assert len({letter.student_id for letter in letters}) == 50
    assert audit.AuditEntry.objects.filter(action="letter.issued").count() == 50
    content = listed(batch)
    assert [entry["number"] for entry in content["letters"]] == [each.number for each in letters]
    assert manifest.holds(content, verifier=CodeVerifier(Path(settings.KEYS_DIR) / "letters"))
    with zipfile.ZipFile(io.BytesIO(piece(batch, "zip"))) as packed:
        names = [name for name in packed.namelist() if name.endswith(".pdf")]
        sums = {hashlib.sha256(packed.read(name)).hexdigest() for name in names}
    assert len(names) == 50
    assert sums == {entry["sha256"] for entry in content["letters"]}
    assert PdfFileReader(io.BytesIO(piece(batch, "print"))).root["/Pages"]["/Count"] == 50
