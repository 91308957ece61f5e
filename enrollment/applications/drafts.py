"""Filling in an application: begun once, saved piece by piece, submitted, withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications import consents, id_numbers, moves, names, offers, topics
from enrollment.applications.flow import ENDED, HOLDING, LIVE, State
from enrollment.applications.models import Application, Choice, Poster
from enrollment.membership import joining
from enrollment.registry.models import Cohort, Programme, Student
from lms.accounts.models import User
from lms.base import audit, private, retrying
from lms.base.errors import Refused

EDITABLE = frozenset({State.DRAFT, State.RETURNED})
ANSWERS = frozenset(
    {
        "name", "id_number", "occupation", "platform", "working_since", "is_member",
        "member_since", "district", "enterprise", "education", "graduated_from",
        "graduated_year", "hardship", "model_worker", "statement", "wants_to_join",
    }
)  # fmt: skip


class IntakeClosed(Refused):
    """Outside the days of application."""

    sentence = _("报名已经截止。留意班级首页，下一期开始报名时会通知。")


class AlreadyStudent(Refused):
    """One account, one student record."""

    sentence = _("你已经是专班学员，不用再报名。")


class NotEditable(Refused):
    """Submitted applications are in the reviewers' hands."""

    sentence = _("报名已经提交，现在不能修改。需要改的话请打电话给工会，或等工会退回补正。")


class Incomplete(Refused):
    """Something that every application needs is not there yet."""

    sentence = _("还差一步：请先填完“%(topic)s”这一页。")


class DuplicatePerson(Refused):
    """The same ID number is in another live application of this cohort."""

    sentence = _("这个证件号码已经报过名了，一个人只能报一次。如果不是你本人报的，请打电话给我们。")


@transaction.atomic
def start(
    user: User, cohort: Cohort, *, by: User | None, at: datetime, poster: Poster | None = None
) -> Application:
    """The user's live application to this cohort, begun if there is none.

    Raises:
        IntakeClosed: there is none and the cohort takes no new ones.
        AlreadyStudent: the account belongs to somebody on the roll.
    """
    live = Application.objects.filter(cohort=cohort, user=user, state__in=LIVE)
    known = live.first()
    if known is not None:
        return known
    if Student.objects.filter(user=user).exists():
        raise AlreadyStudent(user)
    if not cohort.takes_applications(at):
        raise IntakeClosed(cohort)
    try:
        with transaction.atomic():
            begun = Application.objects.create(
                cohort=cohort, user=user, poster=poster, state_since=at
            )
    except IntegrityError:  # a second tap was quicker
        return live.get()
    audit.record("application.started", by=by, on=begun, at=at)
    return begun


def may_begin_another(application: Application, *, at: datetime) -> bool:
    """Whether its owner is free for another class: it ended, or its own class went on without it."""
    if application.state == State.DRAFT:
        return not application.cohort.takes_applications(at)
    if application.state == State.PUBLISHED:
        return application.cohort.waiting_is_over(at)
    return application.state in ENDED


@transaction.atomic
def answer(application: Application, *, by: User | None, at: datetime, **answers: Any) -> None:
    """Save some answers (names of ``ANSWERS``).

    Raises:
        NotEditable: it is in the reviewers' hands.
        consents.ConsentMissing: an ID number before consent.
        id_numbers.NotAnIdNumber: says what is wrong with it.
    """
    if unknown := answers.keys() - ANSWERS:
        raise TypeError(f"unknown answers: {sorted(unknown)}")
    values = dict(answers)
    if "name" in values:
        values["name"] = names.tidy(values["name"])
    if "id_number" in values:
        values |= _identity(application, values["id_number"])
    _write(application, values)
    audit.record(
        "application.answered", by=by, on=application, at=at, data={"what": sorted(answers)}
    )


def _identity(application: Application, typed: str) -> dict[str, Any]:
    if not application.consent_version:
        raise consents.ConsentMissing(application)
    number = id_numbers.parse(typed)
    application.id_number = number.text
    kind = Application.IdKind.FOREIGN if number.is_foreign else Application.IdKind.RESIDENT
    return {
        "id_number": application.id_number,
        "id_lookup": private.lookup(number.text),
        "id_kind": kind,
    }


def _write(application: Application, values: dict[str, Any]) -> None:
    # Conditional: a second device may have submitted while this one was still typing.
    editable = Application.objects.filter(pk=application.pk, state__in=EDITABLE)
    if not editable.update(**(values or {"consent_version": application.consent_version})):
        raise NotEditable(application)
    for field, value in values.items():
        setattr(application, field, value)


@transaction.atomic
def choose(
    application: Application, programmes: Sequence[Programme], *, by: User | None, at: datetime
) -> None:
    """Set the programmes wanted, best first."""
    _write(application, {})
    wanted = list(dict.fromkeys(programmes))
    application.choices.all().delete()
    Choice.objects.bulk_create(
        Choice(application=application, programme=programme, order=order)
        for order, programme in enumerate(wanted, start=1)
    )
    codes = [programme.code for programme in wanted]
    audit.record("application.chose", by=by, on=application, at=at, data={"programmes": codes})


def is_taken(cohort: Cohort, id_number: str, *, besides: Application) -> bool:
    """Whether another live, submitted application of the cohort carries this number."""
    others = Application.objects.filter(
        cohort=cohort,
        id_lookup=private.lookup(id_numbers.tidy(id_number)),
        state__in=LIVE - {State.DRAFT},
    )
    return others.exclude(pk=besides.pk).exists()


@transaction.atomic
def submit(application: Application, *, by: User | None, at: datetime) -> None:
    """Hand the application in, the first time or after a correction.

    Raises:
        Incomplete: a topic is not filled in.
        IntakeClosed: the deadline has passed (corrections may still come in).
        DuplicatePerson: the person already applies.
    """
    lacking = topics.missing_of(application)
    if lacking:
        raise Incomplete(topic=lacking[0].label)
    if application.state == State.DRAFT and not application.cohort.takes_applications(at):
        raise IntakeClosed(application)
    try:
        with transaction.atomic():
            moves.move(
                application,
                State.SUBMITTED,
                by=by,
                at=at,
                submitted_at=application.submitted_at or at,
                # The primary key counts without a race.
                number=f"{application.cohort.year}-{application.pk:05d}",
            )
    except IntegrityError as error:
        raise DuplicatePerson(application) from error
    joining.keep_in_step(application, by=by, at=at)


@retrying.if_deadlocked
@transaction.atomic
def withdraw(application: Application, *, by: User | None, at: datetime) -> None:
    """Take the application back; a held place goes to the next in rank at once."""
    held = application.state in HOLDING
    freed: dict[str, Any] = {"place": None, "offer_expires_at": None}
    if application.state == State.RANKED:
        freed["rank"] = None  # not public yet: the next ranking closes the gap
    moves.move(application, State.WITHDRAWN, by=by, at=at, **freed)
    joining.take_back(application, by=by, at=at)
    if held:
        offers.fill(application.cohort, by=None, at=at)
