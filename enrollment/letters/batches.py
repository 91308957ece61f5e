"""Letters of a whole cohort: who has none yet, issuing and printing for all, the files to take along."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.letters import contents, issuing, manifest, packing, trial
from enrollment.letters.manifest import LeftOut
from enrollment.letters.models import Batch, Letter
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import audit
from lms.base.errors import Refused
from lms.base.jobs import api as jobs
from lms.base.jobs.api import Job, JobState
from lms.base.storage import private_files

BATCH = "letters.batch"
_LOOK_AGAIN_S = 0.5
# Of the whole work, issuing and printing take most; packing is the rest.
_PRINTED_SHARE = 0.9

Step = Callable[[float, str], None]


class NothingToIssue(Refused):
    """Everybody has a letter already, and no letter stands that could be packed."""

    sentence = gettext_lazy("这个班没有可以签发或打包的文件。")


_ADMISSION, _COMPLETION = Letter.Kind.ADMISSION, Letter.Kind.COMPLETION
# Whose letters a batch makes: a certificate is for those who graduated.
_FOR = {_ADMISSION: Student.Status.ENROLLED, _COMPLETION: Student.Status.GRADUATED}


def without_letter(cohort: Cohort | None = None, kind: str = _ADMISSION) -> QuerySet[Student]:
    """Students on the roll who never had a letter; a withdrawn one is not made good by itself."""
    students = Student.objects.filter(status=_FOR[Letter.Kind(kind)]).exclude(
        pk__in=Letter.objects.filter(kind=kind).values("student")
    )
    if cohort is not None:
        students = students.filter(cohort=cohort)
    return students.select_related("cohort__city", "programme", "user").order_by("student_no")


def in_force(cohort: Cohort, kind: str = _ADMISSION) -> QuerySet[Letter]:
    """The letters of a cohort that are printed and stand."""
    return _standing(cohort, kind).exclude(pdf="")


def _standing(cohort: Cohort, kind: str) -> QuerySet[Letter]:
    standing = Letter.objects.filter(student__cohort=cohort, kind=kind, revoked_at__isnull=True)
    return standing.order_by("year", "ordinal")


# ---------------------------------------------------------------- the batch


def job_key(batch: Batch) -> str:
    """The key of the job that makes this batch."""
    return f"{BATCH}:{batch.uuid}"


def job_of(batch: Batch) -> Job | None:
    return Job.objects.filter(key=job_key(batch)).first()


@transaction.atomic
def start(cohort: Cohort, *, by: User, at: datetime, kind: str = _ADMISSION) -> Batch:
    """Begin a batch, or go on with the one that is under way; a failed one starts again where it stopped.

    Raises:
        NoCeremony: the cohort has no time or place to report to.
        NothingToIssue: there is no letter to issue and none to pack.
    """
    if kind == _ADMISSION and not contents.has_ceremony(cohort):
        raise contents.NoCeremony(cohort=cohort.name)
    if not without_letter(cohort, kind).exists() and not _standing(cohort, kind).exists():
        raise NothingToIssue(cohort)
    batch, is_new = _open_batch(cohort, kind, by=by, at=at)
    if is_new:
        audit.record("letters.batch_started", by=by, on=batch, at=at)
    job = jobs.enqueue(BATCH, key=job_key(batch), payload={"batch": str(batch.uuid)}, by=by)
    jobs.retry(job)
    return batch


def _open_batch(cohort: Cohort, kind: str, *, by: User, at: datetime) -> tuple[Batch, bool]:
    unfinished = Batch.objects.filter(cohort=cohort, kind=kind, finished_at__isnull=True)
    if under_way := unfinished.first():
        return under_way, False
    try:
        with transaction.atomic():
            made = Batch.objects.create(cohort=cohort, kind=kind, started_by=by, started_at=at)
            return made, True
    except IntegrityError:  # a colleague clicked in the same moment
        return unfinished.get(), False


def work(batch: Batch, step: Step, scratch: Path) -> None:
    """Issue, print and pack; killed anywhere, it is simply done again.

    Args:
        step: told the share done and what is being done; raises to stop the work.
        scratch: a folder of this attempt alone.
    """
    left_out = _issue_all(batch, step)
    left_out += _print_all(batch, step)
    step(_PRINTED_SHARE, _("正在打包"))
    _pack(batch, left_out, scratch)


def finish(batch: Batch, *, at: datetime) -> None:
    """Note that the files are there; call it inside the transaction that ends the job."""
    going = Batch.objects.filter(pk=batch.pk, finished_at__isnull=True)
    if going.update(finished_at=at, count=batch.count, left_out=batch.left_out, root=batch.root):
        data = {"letters": batch.count, "left_out": batch.left_out, "root": batch.root}
        audit.record("letters.batch_finished", by=batch.started_by, on=batch, at=at, data=data)


def _issue_all(batch: Batch, step: Step) -> list[LeftOut]:
    """Freeze everybody's letter, in the order of student numbers; printing comes after."""
    left_out = []
    for student in without_letter(batch.cohort, batch.kind):
        step(0, _("正在编号 %(student)s") % {"student": student.student_no})
        if why := trial.obstacle(student, at=batch.started_at, kind=batch.kind):
            left_out.append(LeftOut(student.student_no, student.name, str(why)))
            continue
        issuing.issue(student, by=batch.started_by, at=batch.started_at, kind=batch.kind)
    return left_out


def _print_all(batch: Batch, step: Step) -> list[LeftOut]:
    """Work off the print jobs of the cohort beside whoever else does, until none is left to do.

    Returns those that cannot be printed until a person has put something right.
    """
    while True:
        standing = _standing(batch.cohort, batch.kind)
        letters = list(standing.only("uuid", "pdf", "facts"))
        waiting = {issuing.print_key(letter): letter for letter in letters if not letter.pdf}
        states = dict(Job.objects.filter(key__in=waiting).values_list("key", "state"))
        due = [key for key, state in states.items() if state in (JobState.QUEUED, JobState.RUNNING)]
        if not due:
            return _stuck(waiting)
        for done, key in enumerate(due, start=len(letters) - len(waiting)):
            step(_PRINTED_SHARE * done / len(letters), _("正在制作 %(done)d / %(all)d") % {
                "done": done, "all": len(letters),
            })  # fmt: skip
            jobs.attend(Job.objects.only("pk").get(key=key).pk)
        # What another worker holds, or held when it died, comes free with its lease.
        time.sleep(_LOOK_AGAIN_S)


def _stuck(waiting: dict[str, Letter]) -> list[LeftOut]:
    reasons = dict(Job.objects.filter(key__in=waiting).values_list("key", "error_text"))
    unknown = _("没有做成，请在“通知书”页面打开这一份再做一次。")
    return [
        LeftOut(letter.facts["student_no"], letter.facts["name"], reasons.get(key) or unknown)
        for key, letter in waiting.items()
    ]


def _pack(batch: Batch, left_out: list[LeftOut], scratch: Path) -> None:
    from enrollment.letters import press

    letters = list(in_force(batch.cohort, batch.kind))
    listed = manifest.compose(
        letters,
        left_out,
        cohort=batch.cohort.name,
        at=batch.started_at,
        signer=press.code_signer(),
    )
    batch.count, batch.left_out = len(letters), len(left_out)
    batch.root = listed["merkle"]["root"]
    text = manifest.written(listed)
    (scratch / "list").write_bytes(text)
    packing.bundle(letters, text, scratch / "zip")
    packing.print_pages(letters, scratch / "pages")
    storage = private_files()
    for piece, source in (("zip", "zip"), ("print", "pages"), ("manifest", "list")):
        name = batch.path(piece)
        # The name holds the root: what lies there from an attempt that died says the same.
        if storage.exists(name):
            storage.delete(name)
        with (scratch / source).open("rb") as file:
            storage.save(name, File(file))


def take(batch: Batch, piece: str, *, by: User, at: datetime) -> IO[bytes]:
    """One of the files of a finished batch, opened; who took it along is an audit row."""
    with transaction.atomic():
        data = {"piece": piece, "letters": batch.count}
        audit.record("letters.exported", by=by, on=batch.cohort, at=at, data=data)
    return private_files().open(batch.path(piece))
