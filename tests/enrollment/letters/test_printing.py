"""The job that prints: whatever kills it, one letter with one number and one file."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.db.models.functions import Now

from enrollment.applications import notices
from enrollment.letters import batches, contents, issuing, press, printing
from enrollment.letters.jobs import catch_up
from enrollment.letters.models import Letter
from enrollment.letters.reasons import Reason
from enrollment.letters.typesetting.refusals import MissingGlyph
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import TextMessage
from lms.base.jobs import api as jobs
from lms.base.jobs import running
from lms.base.jobs.api import Job, JobState
from lms.base.storage import private_files
from tests import factories, people
from tests.enrollment.letters import cast
from tests.enrollment.letters.cast import AT
from tests.enrollment.letters.reading import text_of


class Killed(BaseException):
    """kill -9, as far as a test can."""


def files_of(letter: Letter) -> list[str]:
    names = private_files().listdir("letters")[1]
    return sorted(name for name in names if name.startswith(str(letter.uuid)))


def test_a_printed_letter_is_stored_signed_and_hashed(letter: Letter) -> None:
    pdf = letter.pdf.read()
    assert letter.signed_at is not None
    assert letter.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert press.signer().verify(pdf).genuine
    assert letter.number in text_of(pdf)
    assert "阿怡" in text_of(pdf)
    assert len(printing.picture(letter)) <= 250_000
    assert files_of(letter) == [f"{letter.uuid}.pdf", f"{letter.uuid}.png"]


def test_the_same_row_prints_the_same_file(letter: Letter) -> None:
    again = printing.make(letter)
    assert hashlib.sha256(again.pdf).hexdigest() == letter.pdf_sha256


@pytest.mark.parametrize("moment", ["before the files", "between files and row"])
def test_a_job_killed_half_way_is_done_again(
    yi: Student, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*args: Any, **kwargs: Any) -> None:
        raise Killed

    letter = issuing.issue(yi, by=None, at=AT, tell=True)
    with monkeypatch.context() as patch:
        if moment == "before the files":
            patch.setattr(printing, "make", killed)
        else:
            patch.setattr(Letter, "save", killed)
        with pytest.raises(Killed):
            jobs.run_due()
    job = Job.objects.get(key=issuing.print_key(letter))
    assert job.state == JobState.RUNNING
    assert jobs.run_due() == 0  # somebody may still be at it
    Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
    cast.print_all()
    assert Letter.objects.get() == letter
    letter.refresh_from_db()
    assert letter.number == "海工学〔2026〕第0001号"
    assert letter.pdf_sha256 == hashlib.sha256(letter.pdf.read()).hexdigest()
    assert files_of(letter) == [f"{letter.uuid}.pdf", f"{letter.uuid}.png"]
    assert TextMessage.objects.filter(about="letter").count() == 1


def test_a_worker_that_wakes_up_late_writes_nothing(
    yi: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    job = Job.objects.get(key=issuing.print_key(letter))
    make = printing.make

    def slow(row: Letter) -> printing.Printed:
        monkeypatch.setattr(printing, "make", make)
        Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))
        assert running.attend(job.pk)
        letter.refresh_from_db()
        return printing.Printed(pdf=b"late", picture=b"late")

    monkeypatch.setattr(printing, "make", slow)
    running.attend(job.pk)
    first = letter.pdf_sha256
    letter.refresh_from_db()
    assert letter.pdf_sha256 == first == hashlib.sha256(letter.pdf.read()).hexdigest()
    assert printing.picture(letter) != b"late"


def test_a_missing_glyph_stops_the_issue_and_names_student_and_character(
    units: people.Units, cohort: Cohort
) -> None:
    student = factories.make_student(units, "王\U0003134f", cohort=cohort)
    with pytest.raises(issuing.CannotBeSet) as refused:
        issuing.issue(student, by=None, at=AT)
    assert f"{student.student_no} 王\U0003134f" in str(refused.value)
    assert "U+3134F" in str(refused.value)
    assert not Letter.objects.exists()
    assert not Job.objects.filter(kind=issuing.PRINT).exists()


def test_a_font_that_lost_a_glyph_fails_the_print_by_name(
    yi: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = issuing.issue(yi, by=None, at=AT)

    def refuse(_letter: Letter) -> printing.Printed:
        raise MissingGlyph("怡")

    monkeypatch.setattr(printing, "make", refuse)
    cast.print_all()
    job = Job.objects.get(key=issuing.print_key(letter))
    assert job.state == JobState.FAILED
    assert yi.student_no in job.error_text


def test_one_name_that_cannot_be_set_keeps_nobody_else_waiting(
    units: people.Units, cohort: Cohort
) -> None:
    stuck = factories.make_student(units, "王\U0003134f", cohort=cohort)
    other = factories.make_student(units, "李四", "+8613700000088", cohort=cohort)
    run_catch_up()
    assert issuing.in_force(stuck) is None
    assert issuing.in_force(other) is not None


def test_a_failed_print_can_be_started_again(
    yi: Student, zhou: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    with pytest.raises(issuing.NothingPrinted):
        issuing.print_again(letter, by=zhou, at=AT)
    Job.objects.filter(key=issuing.print_key(letter)).update(state=JobState.FAILED)
    issuing.print_again(letter, by=zhou, at=AT)
    cast.print_all()
    letter.refresh_from_db()
    assert letter.pdf


def test_a_letter_withdrawn_before_it_was_printed_is_not_printed(yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    issuing.revoke(letter, Reason.MISTAKE, by=None, at=AT)
    cast.print_all()
    letter.refresh_from_db()
    assert not letter.pdf
    assert not TextMessage.objects.filter(about="letter").exists()


def test_the_student_is_texted_once_when_the_letter_is_ready(yi: Student) -> None:
    letter = issuing.issue(yi, by=None, at=AT)
    assert not TextMessage.objects.filter(about="letter").exists()
    cast.print_all()
    text = TextMessage.objects.get(about="letter").text.plain()
    assert letter.number in text
    assert "/letters/mine/" in text


# ---------------------------------------------------------------- new students


def test_whoever_comes_on_the_roll_gets_a_letter(
    units: people.Units, cohort: Cohort, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        student = factories.make_student(units, cohort=cohort)
    cast.print_all()
    letter = Letter.objects.get(student=student)
    assert letter.issued_at == student.matriculated_at
    assert letter.pdf
    assert TextMessage.objects.filter(about="letter").count() == 1


def test_history_is_brought_in_without_messages(
    units: people.Units, cohort: Cohort, django_capture_on_commit_callbacks: Any
) -> None:
    with notices.quietly(), django_capture_on_commit_callbacks(execute=True):
        factories.make_student(units, cohort=cohort)
    cast.print_all()
    assert Letter.objects.get().pdf
    assert not TextMessage.objects.filter(about="letter").exists()


def test_a_student_comes_on_the_roll_before_the_ceremony_is_known(
    units: people.Units, cohort: Cohort, django_capture_on_commit_callbacks: Any
) -> None:
    cohort.ceremony_at = None
    cohort.save()
    with django_capture_on_commit_callbacks(execute=True):
        factories.make_student(units, cohort=cohort)
    assert not Letter.objects.exists()
    run_catch_up()
    assert not Letter.objects.exists()
    cast.make_class(units)
    run_catch_up()
    assert Letter.objects.count() == 1


def test_news_that_was_lost_is_made_good(yi: Student) -> None:
    run_catch_up()
    assert issuing.in_force(yi) is not None


def test_a_withdrawn_letter_is_not_made_good_by_itself(letter: Letter, yi: Student) -> None:
    issuing.revoke(letter, Reason.ROLL, by=None, at=AT)
    run_catch_up()
    assert issuing.in_force(yi) is None
    assert not batches.without_letter().exists()


def test_an_old_student_without_a_letter_gets_one_without_a_message(
    units: people.Units, cohort: Cohort
) -> None:
    factories.make_student(units, cohort=cohort, at=AT.replace(year=2024))
    run_catch_up()
    assert Letter.objects.get().pdf
    assert not TextMessage.objects.filter(about="letter").exists()


def run_catch_up() -> None:
    jobs.enqueue("letters.catch_up", key=f"letters.catch_up:{Job.objects.count()}")
    cast.print_all()
    assert not Job.objects.exclude(state=JobState.DONE).exists()


def test_catching_up_is_done_every_ten_minutes() -> None:
    from lms.base.jobs import registry

    assert registry.kind("letters.catch_up").every == timedelta(minutes=10)
    assert registry.kind("letters.catch_up").handle is catch_up


# ---------------------------------------------------------------- the whole file


def test_the_code_on_the_paper_leads_to_verification(letter: Letter) -> None:
    assert letter.facts["qr"].startswith(contents.scan_url(letter.code))
    assert letter.facts["qr"] == letter.facts["qr"].upper()
    token = letter.facts["qr"].rsplit("/", 1)[1]
    vouched = contents.offline_facts(
        number=letter.number, name="阿怡", programme="现代物流管理", cohort=letter.facts["cohort"]
    )
    assert press.code_signer().verify_code(letter.code, token, facts=vouched)


def test_the_picture_can_be_scanned(letter: Letter) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(printing.picture(letter))).convert("RGB")
    found = zxingcpp.read_barcodes(picture)
    assert [code.text for code in found] == [letter.facts["qr"]]


@pytest.mark.tools
def test_pdfsig_finds_the_signature_of_an_issued_letter_valid(
    letter: Letter, tmp_path: Path
) -> None:
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed")
    file = tmp_path / "letter.pdf"
    file.write_bytes(letter.pdf.read())
    said = subprocess.run(
        ["pdfsig", "-nocert", str(file)], capture_output=True, text=True, check=True
    ).stdout
    assert "Signature Validation: Signature is Valid." in said
    assert "Total document signed" in said
    with pikepdf.open(file) as document:
        assert letter.number in str(document.docinfo.get("/Title", ""))
