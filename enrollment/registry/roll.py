"""Opening cohorts and putting people on the roll."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from enrollment.fees import ledger
from enrollment.platform import hooks
from enrollment.platform.models import Hook
from enrollment.registry.events import StudentMatriculated
from enrollment.registry.models import Cohort, Place, Programme, StatusChange, Student
from lms.accounts import people
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit, events, ids
from lms.base.errors import Refused

if TYPE_CHECKING:
    from enrollment.applications.models import Application


class NotAccepted(Refused):
    """Only an accepted application becomes a student."""

    sentence = _("申请人还没有确认录取，暂时不能注册。请等申请人在手机上确认。")


class HeldPlace(Refused):
    """A quota cannot shrink below the places that people hold."""

    sentence = _("有 %(held)d 个名额已经有人，不能减少到 %(wanted)d 个。")


@transaction.atomic
def set_quota(
    cohort: Cohort, programme: Programme, places: int, *, by: User | None, at: datetime
) -> None:
    """Make the cohort have exactly this many places of a programme.

    Classes of one year share the student numbers of a programme, so new places are counted on from
    those of all its classes. Only free places go, highest number first; held ones are never touched.

    Raises:
        HeldPlace: more people hold places than would remain.
    """
    existing = Place.objects.filter(cohort=cohort, programme=programme)
    surplus = existing.count() - places
    if surplus > 0:
        free = list(
            existing.filter(application__isnull=True, student__isnull=True)
            .order_by("-no")
            .values_list("pk", flat=True)[:surplus]
        )
        if len(free) < surplus:
            raise HeldPlace(held=places + surplus - len(free), wanted=places)
        Place.objects.filter(pk__in=free).delete()
    elif surplus < 0:
        taken = ordinals_taken(cohort, programme)
        numbers = (
            no
            for no in range(1, len(taken) - surplus + max(taken, default=0) + 1)
            if no not in taken
        )
        Place.objects.bulk_create(
            Place(cohort=cohort, programme=programme, no=next(numbers)) for _n in range(-surplus)
        )
    audit.record(
        "cohort.quota_set",
        by=by,
        on=cohort,
        at=at,
        data={"programme": programme.code, "places": places},
    )


def ordinals_taken(cohort: Cohort, programme: Programme) -> set[int]:
    """Ordinals of the programme in the cohort's year: of places, and those in a student number.

    Whoever changed programmes keeps the number, and the place has another.
    """
    places = Place.objects.filter(cohort__year=cohort.year, programme=programme)
    begins = ids.roll_number(cohort.year, programme.code, 0).removesuffix("000")
    given = Student.objects.filter(student_no__startswith=begins)
    numbers = (no.removeprefix(begins) for no in given.values_list("student_no", flat=True))
    return set(places.values_list("no", flat=True)) | {int(no) for no in numbers}


def renumber(place: Place) -> None:
    """Give the place an ordinal that nothing of its year has."""
    place.no = max(ordinals_taken(place.cohort, place.programme)) + 1
    place.save(update_fields=["no"])


@transaction.atomic
def matriculate(
    application: Application, *, org_unit: OrgUnit, by: User | None, at: datetime
) -> Student:
    """Put the holder of an accepted application on the roll.

    Gives the student number (its ordinal is the number of the place), the account role, the opening
    lines of the money ledger, and tells the news. The caller has moved the application to
    ``matriculated`` in the same transaction.

    Raises:
        NotAccepted: the application holds no place.
    """
    place = application.place
    if place is None:
        raise NotAccepted(application)
    student = _enter(application, place, org_unit=org_unit, at=at)
    StatusChange.objects.create(student=student, became=Student.Status.ENROLLED, at=at, by=by)
    if student.user.name != student.name:
        student.user.name = student.name
        student.user.save(update_fields=["name"])
    people.grant(student.user, Role.STUDENT, unit=org_unit, by=by, at=at)
    ledger.open_account(student, by=by, at=at)
    audit.record(
        "student.matriculated", by=by, on=student, at=at, data={"student_no": student.student_no}
    )
    hooks.tell(Hook.Event.MATRICULATED, student, at=at)
    events.publish(StudentMatriculated(student.pk, at))
    return student


def _enter(application: Application, place: Place, *, org_unit: OrgUnit, at: datetime) -> Student:
    """The row of the roll, under the number of the place."""
    cohort = application.cohort
    while True:
        number = ids.roll_number(cohort.year, place.programme.code, place.no)
        try:
            with transaction.atomic():
                return Student.objects.create(
                    user=application.user,
                    cohort=cohort,
                    programme=place.programme,
                    place=place,
                    org_unit=org_unit,
                    student_no=number,
                    name=application.name,
                    id_number=application.id_number.plain(),
                    occupation=application.occupation,
                    matriculated_at=at,
                )
        except IntegrityError:
            # Another class of the year may have given it: each counted its places from one once, and
            # a class whose beginning moved into this year comes with the numbers of the other.
            if not Student.objects.filter(student_no=number).exclude(place=place).exists():
                raise
            renumber(place)
