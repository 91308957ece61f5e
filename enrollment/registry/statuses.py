"""Changes of a student's status and union: append-only history, one act, one audit row."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from enrollment.completion import moving
from enrollment.platform import hooks
from enrollment.platform.models import Hook
from enrollment.registry.models import StatusChange, Student
from lms.accounts.models import OrgUnit, User
from lms.base import audit
from lms.base.errors import Refused

Status = Student.Status
# From → to. Whoever withdrew or graduated does not come back by a click.
LEGAL: dict[str, frozenset[str]] = {
    Status.ENROLLED: frozenset({Status.ON_LEAVE, Status.WITHDRAWN, Status.GRADUATED}),
    Status.ON_LEAVE: frozenset({Status.ENROLLED, Status.WITHDRAWN}),
    Status.WITHDRAWN: frozenset(),
    Status.GRADUATED: frozenset(),
}
STUDYING = (Status.ENROLLED, Status.ON_LEAVE)


class MoveNotLegal(Refused):
    """The status does not lead there."""

    sentence = _("现在是“%(was)s”，不能改为“%(became)s”。请刷新页面看最新状态。")


class NotStudying(Refused):
    """Some acts are only for who studies, or will again."""

    sentence = _("只有在读或休学的学员才能这样办。请刷新页面看最新状态。")


class ChangedMeanwhile(Refused):
    """A colleague, or the same click a second time, was quicker."""

    sentence = _("这名学员的学籍刚刚有变动，请刷新页面再看。")


class ReasonMissing(Refused):
    """A change of status says why."""

    sentence = _("请写明变更原因或依据的材料。")


def hold(student: Student) -> None:
    """Make sure that the student studies, and queue behind whoever acts on the same row.

    An update that changes nothing still takes the row until the commit: what is read after it
    is what stands.

    Raises:
        NotStudying: the student left, or has finished.
    """
    studying = Student.objects.filter(pk=student.pk, status__in=STUDYING)
    if not studying.update(status=F("status")):
        raise NotStudying(student)


@transaction.atomic
def change(
    student: Student, became: str, *, reason: str, by: User | None, at: datetime
) -> StatusChange:
    """Move the student to another status; the union's figures follow in the same transaction.

    Raises:
        ReasonMissing: nobody said why.
        MoveNotLegal: not from the present status, or a colleague was quicker.
    """
    if not reason.strip():
        raise ReasonMissing(student)
    was = student.status
    legal = became in LEGAL[was]
    if not legal or not Student.objects.filter(pk=student.pk, status=was).update(status=became):
        raise MoveNotLegal(student, was=Status(was).label, became=Status(became).label)
    # The row is ours now. A colleague may have moved the student meanwhile: figures leave the cell it names.
    student.refresh_from_db(fields=["org_unit", "programme"])
    noted = StatusChange.objects.create(
        student=student, was=was, became=became, reason=reason.strip(), at=at, by=by
    )
    moving.status_changed(student, became, at=at)
    audit.record(
        f"student.{became}", by=by, on=student, at=at, data={"was": was, "reason": reason.strip()}
    )
    hooks.tell(Hook.Event.STATUS, student, at=at)
    return noted


@transaction.atomic
def transfer(
    student: Student, unit: OrgUnit, *, reason: str, by: User | None, at: datetime
) -> None:
    """The student belongs to another union from now on; what was achieved goes along.

    Raises:
        ReasonMissing: nobody said why.
        NotStudying: the student left, or has finished.
        ChangedMeanwhile: the roll says something else than this instance.
    """
    if not reason.strip():
        raise ReasonMissing(student)
    was = student.org_unit
    if was.pk == unit.pk:
        return
    if student.status not in STUDYING:
        raise NotStudying(student)
    # Everything by which the figures find the cell to leave: a second click would leave it twice.
    still = Student.objects.filter(
        pk=student.pk, org_unit=was, programme=student.programme_id, status=student.status
    )
    if not still.update(org_unit=unit):
        raise ChangedMeanwhile(student)
    moving.unit_changed(student, unit, at=at)
    audit.record(
        "student.transferred",
        by=by,
        on=student,
        at=at,
        data={"was": was.code, "became": unit.code, "reason": reason.strip()},
    )
