"""Quick ways to have somebody or something in place, through the services where there are any."""

from __future__ import annotations

from datetime import date, datetime

from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry import roll
from enrollment.registry.models import Cohort, Place, Programme, Student
from tests import people

TITLES = {"LOG": "现代物流管理", "NM": "网络营销", "EC": "电子商务"}


def make_programme(code: str = "LOG") -> Programme:
    """The programme of this code; made once."""
    programme, _created = Programme.objects.get_or_create(
        code=code, defaults={"title": TITLES.get(code, code)}
    )
    return programme


def make_cohort(units: people.Units, *, slug: str = "2026", places: int = 30) -> Cohort:
    """A class of the city that began on ``people.AT``'s day; made once per slug."""
    cohort, created = Cohort.objects.get_or_create(
        slug=slug,
        defaults={
            "name": f"{slug} 级学历能力提升专班",
            "year": 2026,
            "city": units.city,
            "college": "海州开放大学",
            "opens_on": date(2026, 6, 1),
            "closes_on": date(2026, 7, 31),
            "decides_on": date(2026, 8, 10),
            "starts_on": date(2026, 9, 1),
            "ends_on": date(2029, 1, 31),
            "tuition_fen": 600_000,
            "union_share_fen": 400_000,
        },
    )
    if created:
        for code in TITLES:
            roll.set_quota(cohort, make_programme(code), places, by=None, at=people.AT)
    return cohort


def make_student(
    units: people.Units,
    name: str = "阿怡",
    phone: str = "+8613700000002",
    *,
    programme: str = "LOG",
    cohort: Cohort | None = None,
    at: datetime = people.AT,
    **facts: object,
) -> Student:
    """A person who applied, was admitted and matriculated; ``user`` has the verified phone.

    Args:
        programme: code of one of ``TITLES``.
        facts: fields of the application, e.g. ``occupation="外卖骑手"``.
    """
    cohort = cohort or make_cohort(units)
    chosen = make_programme(programme)
    place = Place.objects.filter(cohort=cohort, programme=chosen, application__isnull=True).first()
    application = Application.objects.create(
        cohort=cohort,
        user=people.make_person(name, phone),
        state=State.MATRICULATED,
        state_since=at,
        submitted_at=at,
        name=name,
        id_number=f"3502001990{phone[-8:]}",
        district=units.siming,
        enterprise=units.riders,
        place=place,
        **{"occupation": "外卖骑手", **facts},
    )
    return roll.matriculate(application, org_unit=units.riders, by=None, at=at)
