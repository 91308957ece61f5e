"""What a registrar does to a student on the roll: each act with its reason, its papers, its audit row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications.models import Application
from enrollment.completion import moving
from enrollment.records import papers as keeping
from enrollment.records.models import RollAct
from enrollment.records.papers import Paper
from enrollment.registry import corrections, roll, statuses
from enrollment.registry.events import ProgrammeChanged
from enrollment.registry.models import Place, Programme, Student
from lms.accounts.models import OrgUnit, User
from lms.base import audit, events
from lms.base.errors import Refused

Kind = RollAct.Kind
Status = Student.Status
STATUS_OF = {
    Kind.LEAVE: Status.ON_LEAVE,
    Kind.RETURN: Status.ENROLLED,
    Kind.WITHDRAWAL: Status.WITHDRAWN,
}


class NoPlaceThere(Refused):
    """The other programme is full."""

    sentence = _("%(programme)s没有空余名额。请先在“招生与学籍”页面增加名额。")


class NotNow(Refused):
    """The page was opened before the student's status changed."""

    sentence = _("现在是“%(was)s”，不能办理“%(act)s”。请刷新页面看最新状态。")


class SamePlace(Refused):
    """Nothing would change."""

    sentence = _("和现在一样，不用改。")


class PaperMissing(Refused):
    """Some acts need something to rest on."""

    sentence = _("请上传依据材料的照片或 PDF，例如身份证或户口簿。")
    status = 400


def _note(
    student: Student,
    kind: str,
    *,
    was: str,
    became: str,
    reason: str,
    papers: Sequence[Paper],
    by: User,
    at: datetime,
) -> RollAct:
    act = RollAct.objects.create(
        student=student, kind=kind, was=was, became=became, reason=reason.strip(), at=at, by=by
    )
    keeping.attach(act, list(papers))
    return act


@transaction.atomic
def change_status(
    student: Student, kind: str, *, reason: str, papers: Sequence[Paper], by: User, at: datetime
) -> RollAct:
    """Leave, return or withdrawal.

    Raises:
        statuses.ReasonMissing, statuses.MoveNotLegal.
    """
    was = str(Status(student.status).label)
    statuses.change(student, STATUS_OF[Kind(kind)], reason=reason, by=by, at=at)
    became = str(Status(student.status).label)
    return _note(student, kind, was=was, became=became, reason=reason, papers=papers, by=by, at=at)


@transaction.atomic
def correct_name(
    student: Student, name: str, *, reason: str, papers: Sequence[Paper], by: User, at: datetime
) -> RollAct:
    """The right name on roll and account, by a paper that shows it.

    Raises:
        SamePlace: it is the name already.
        statuses.ReasonMissing, PaperMissing.
    """
    was = student.name
    if name == was:
        raise SamePlace(student)
    if not reason.strip():
        raise statuses.ReasonMissing(student)
    if not papers:
        raise PaperMissing(student)
    corrections.correct_name(student, name, by=by, at=at)
    return _note(
        student, Kind.NAME, was=was, became=name, reason=reason, papers=papers, by=by, at=at
    )


@transaction.atomic
def change_union(
    student: Student,
    unit: OrgUnit,
    *,
    reason: str,
    papers: Sequence[Paper],
    by: User,
    at: datetime,
) -> RollAct:
    """The student belongs to another union from now on.

    Raises:
        SamePlace: it is the union already.
        statuses.ReasonMissing, statuses.NotStudying, statuses.ChangedMeanwhile.
    """
    was = student.org_unit
    if was.pk == unit.pk:
        raise SamePlace(student)
    statuses.transfer(student, unit, reason=reason, by=by, at=at)
    return _note(
        student, Kind.UNION, was=was.name, became=unit.name,
        reason=reason, papers=papers, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def change_programme(
    student: Student,
    programme: Programme,
    *,
    reason: str,
    papers: Sequence[Paper],
    by: User,
    at: datetime,
) -> RollAct:
    """Give the student a free place of another programme; the student number stays.

    The old place becomes free under a new number: the one before is part of the student number.

    Raises:
        SamePlace, NoPlaceThere.
        statuses.ReasonMissing, statuses.NotStudying.
    """
    if not reason.strip():
        raise statuses.ReasonMissing(student)
    was = student.programme
    if was.pk == programme.pk:
        raise SamePlace(student)
    old, new = student.place, _free_place(student, programme)
    still = Student.objects.filter(pk=student.pk, place=old, status__in=statuses.STUDYING)
    try:
        # Of two who want the same place the constraint lets one have it.
        with transaction.atomic():
            if not still.update(place=new, programme=programme):
                raise statuses.NotStudying(student)
            Application.objects.filter(place=old).update(place=new)
    except IntegrityError as taken:
        raise NoPlaceThere(student, programme=programme.title) from taken
    roll.renumber(old)
    moving.programme_changed(student, programme, at=at)
    student.place = new
    data = {"was": was.code, "became": programme.code, "reason": reason.strip()}
    audit.record("student.programme_changed", by=by, on=student, at=at, data=data)
    events.publish(ProgrammeChanged(student.pk, at))
    return _note(
        student, Kind.PROGRAMME, was=was.title, became=programme.title,
        reason=reason, papers=papers, by=by, at=at,
    )  # fmt: skip


def _free_place(student: Student, programme: Programme) -> Place:
    free = Place.objects.filter(
        cohort=student.cohort, programme=programme, application__isnull=True, student__isnull=True
    )
    place = free.order_by("no").first()
    if place is None:
        raise NoPlaceThere(student, programme=programme.title)
    return place
