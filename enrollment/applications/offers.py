"""Offers and places: who is next gets a free place, and fifty never become fifty-one.

A place is a row that at most one application points to (a unique constraint), so the database
itself refuses a second holder on every isolation level, with or without locks. The lock below
only keeps the order of ranks when two officers click together.
"""

from __future__ import annotations

from collections import defaultdict, deque
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from enrollment.applications import deadlines, moves
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort, Place
from lms.accounts.models import User
from lms.base import retrying
from lms.base.errors import Refused

_ROUNDS = 3


class NoPlaceLeft(Refused):
    """Every place of the programmes this person wants is held."""

    sentence = _("所报专业的名额已满，申请人在候补名单上，有人放弃会自动递补。")


class OfferOver(Refused):
    """The days for accepting are over, or the offer was already answered."""

    sentence = _("确认期限已过，名额已给下一位工友。有疑问请打电话给我们。")


def _free_places(cohort: Cohort) -> dict[int, deque[Place]]:
    free: dict[int, deque[Place]] = defaultdict(deque)
    unheld = Place.objects.filter(cohort=cohort, application__isnull=True, student__isnull=True)
    for place in unheld.order_by("no").select_related("programme"):
        free[place.programme_id].append(place)
    return free


def _claim(application: Application, place: Place, *, by: User | None, at: datetime) -> bool:
    """Give this very place; false when somebody else was quicker."""
    try:
        with transaction.atomic():
            moves.move(
                application,
                State.OFFERED,
                by=by,
                at=at,
                data={"programme": place.programme.code, "place": place.no},
                place=place,
                offer_expires_at=deadlines.offer_deadline(at, application.cohort.offer_days),
            )
    except IntegrityError:
        return False
    return True


def _offer_one_of(
    application: Application,
    free: dict[int, deque[Place]],
    *,
    by: User | None,
    at: datetime,
) -> Place | None:
    for choice in application.choices.all():
        places = free[choice.programme_id]
        while places:
            # Taken off the list only after the attempt: when the applicant left a moment ago,
            # the place must still be there for the next in rank.
            claimed = _claim(application, places[0], by=by, at=at)
            place = places.popleft()
            if claimed:
                return place
    return None


@retrying.if_deadlocked
@transaction.atomic
def offer(application: Application, *, by: User | None, at: datetime) -> Place:
    """Give one applicant a free place of the best programme they chose.

    Raises:
        NoPlaceLeft: all are held.
        moves.AlreadyMoved, moves.NotNow: not on the published list any more.
    """
    # Each round lost means that somebody else got a place: look again what is left.
    for _round in range(_ROUNDS):
        place = _offer_one_of(application, _free_places(application.cohort), by=by, at=at)
        if place is not None:
            return place
    raise NoPlaceLeft(application)


@retrying.if_deadlocked
@transaction.atomic
def fill(cohort: Cohort, *, by: User | None, at: datetime) -> int:
    """Offer every free place in the order of ranks; returns how many offers were made.

    None once the class has started: those who wait are told that the list ends on its first day.
    """
    if cohort.waiting_is_over(at):
        return 0
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    free = _free_places(cohort)
    if not any(free.values()):
        return 0
    waiting = (
        Application.objects.filter(cohort=cohort, state=State.PUBLISHED)
        .select_related("cohort", "user")
        .prefetch_related("choices")
        .order_by("rank")
    )
    made = 0
    for application in waiting:
        if not any(free.values()):
            break
        try:
            made += _offer_one_of(application, free, by=by, at=at) is not None
        except moves.AlreadyMoved:  # withdrew, or got an offer, a moment ago
            continue
    return made


@retrying.if_deadlocked
@transaction.atomic
def accept(application: Application, *, by: User | None, at: datetime) -> None:
    """Say yes to an offer.

    Raises:
        OfferOver: too late.
    """
    expires = application.offer_expires_at
    if application.state != State.OFFERED or expires is None or expires <= at:
        raise OfferOver(application)
    moves.move(application, State.ACCEPTED, by=by, at=at)


@retrying.if_deadlocked
@transaction.atomic
def decline(application: Application, *, by: User | None, at: datetime) -> None:
    """Say no; the place goes to the next in rank at once."""
    moves.move(application, State.DECLINED, by=by, at=at, place=None, offer_expires_at=None)
    fill(application.cohort, by=None, at=at)


@retrying.if_deadlocked
@transaction.atomic
def expire_overdue(cohort: Cohort, *, by: User | None, at: datetime) -> int:
    """End the offers whose days are over and promote the next; returns how many ended."""
    overdue = Application.objects.filter(
        cohort=cohort, state=State.OFFERED, offer_expires_at__lte=at
    ).select_related("cohort", "user")
    ended = 0
    for application in overdue:
        try:
            moves.move(application, State.EXPIRED, by=by, at=at, place=None, offer_expires_at=None)
            ended += 1
        except moves.AlreadyMoved:
            continue
    fill(cohort, by=by, at=at)
    return ended
