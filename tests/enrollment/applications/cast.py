"""A cohort that takes applications, and people at every stage of it; all through services."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.urls import reverse
from PIL import Image

from enrollment.applications import (
    consents,
    drafts,
    evidence,
    id_numbers,
    offers,
    review,
    selection,
)
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Evidence
from enrollment.registry import roll
from enrollment.registry.models import Cohort, Programme
from lms.accounts.models import OrgUnit, Role, User
from tests import people

AT = people.AT
PHOTO_KINDS = (Evidence.Kind.ID_FRONT, Evidence.Kind.DIPLOMA, Evidence.Kind.WORK)
PROGRAMMES = (("LOG", "现代物流管理"), ("NM", "网络营销"), ("EC", "电子商务"))


def make_cohort(units: people.Units, *, places: tuple[int, int, int] = (2, 1, 1)) -> Cohort:
    cohort = Cohort.objects.create(
        slug="2026",
        name="2026 级学历能力提升专班",
        year=2026,
        city=units.city,
        college="海州开放大学",
        opens_on=date(2026, 8, 20),
        closes_on=date(2026, 9, 30),
        decides_on=date(2026, 10, 15),
        starts_on=date(2026, 11, 1),
        ends_on=date(2029, 1, 31),
        tuition_fen=690_000,
        union_share_fen=300_000,
        college_discount_fen=190_000,
    )
    for order, ((code, title), count) in enumerate(zip(PROGRAMMES, places, strict=True)):
        programme = Programme.objects.create(code=code, title=title, order=order)
        roll.set_quota(cohort, programme, count, by=None, at=AT)
    return cohort


def next_class(cohort: Cohort) -> Cohort:
    """The same a year later, with places for logistics."""
    days = ("opens_on", "closes_on", "decides_on", "starts_on", "ends_on")
    later = Cohort.objects.create(
        slug=f"{cohort.year + 1}",
        name=f"{cohort.year + 1} 级学历能力提升专班",
        year=cohort.year + 1,
        city=cohort.city,
        college=cohort.college,
        tuition_fen=cohort.tuition_fen,
        union_share_fen=cohort.union_share_fen,
        **{day: getattr(cohort, day).replace(year=getattr(cohort, day).year + 1) for day in days},
    )
    roll.set_quota(later, programme("LOG"), 2, by=None, at=AT)
    return later


def programme(code: str) -> Programme:
    return Programme.objects.get(code=code)


def id_number(serial: int) -> str:
    body = f"3502031990{serial // 900 % 12 + 1:02d}{serial // 30 % 28 + 1:02d}{serial % 1000:03d}"
    return body + id_numbers.check_digit(body)


def picture(
    size: tuple[int, int] = (800, 600), *, kind: str = "JPEG", exif: bytes = b"", hue: int = 90
) -> io.BytesIO:
    buffer = io.BytesIO()
    image = Image.new("RGB", size, (hue % 256, 140, 160))
    extra: dict[str, Any] = {"exif": exif} if exif else {}
    image.save(buffer, kind, **extra)
    buffer.seek(0)
    return buffer


def rider(serial: int, name: str = "") -> User:
    return people.make_person(name or f"骑手{serial}", f"+86138{serial:08d}")


def draft(user: User, cohort: Cohort, *, at: datetime = AT) -> Application:
    application = drafts.start(user, cohort, by=user, at=at)
    consents.give(application, by=user, at=at)
    return application


def filled(
    user: User,
    cohort: Cohort,
    unit: OrgUnit,
    *,
    serial: int = 1,
    wants: tuple[str, ...] = ("LOG",),
    with_photos: bool = True,
    at: datetime = AT,
    **answers: Any,
) -> Application:
    """A draft with nothing missing."""
    application = draft(user, cohort, at=at)
    given: dict[str, Any] = {
        "name": user.name,
        "id_number": id_number(serial),
        "occupation": "外卖骑手",
        "platform": "飞送",
        "working_since": date(2021, 1, 1),
        "is_member": True,
        "member_since": date(2022, 1, 1),
        "district": unit,
        "education": Application.Education.VOCATIONAL,
    }
    drafts.answer(application, by=user, at=at, **given | answers)
    drafts.choose(application, [programme(code) for code in wants], by=user, at=at)
    if with_photos:
        for kind in PHOTO_KINDS:
            file = picture((240, 240), hue=37 * serial)
            evidence.add(application, kind, file, size_bytes=900, by=user, at=at)
    else:
        bare_photos(application)
    return application


def bare_photos(application: Application) -> None:
    """Rows without files, where a test needs many applications and no pictures."""
    Evidence.objects.bulk_create(
        Evidence(
            application=application, kind=kind, file="none", sha256=f"{application.pk}{kind}",
            width_px=1, height_px=1, size_bytes=1, uploaded_at=AT,
        )
        for kind in PHOTO_KINDS
    )  # fmt: skip


def submitted(user: User, cohort: Cohort, unit: OrgUnit, **kwargs: Any) -> Application:
    application = filled(user, cohort, unit, **kwargs)
    drafts.submit(application, by=user, at=kwargs.get("at", AT))
    return application


class Office:
    """The officers at work."""

    def __init__(self, units: people.Units) -> None:
        self.units = units
        make = people.make_staff
        self.district = make(
            Role.DISTRICT_OFFICER, "赵干事", username="office-district", unit=units.siming
        )
        self.city = make(Role.CITY_OFFICER, "钱干事", username="office-city", unit=units.city)

    def passes(self, application: Application, *, at: datetime = AT) -> Application:
        """Both reviews."""
        self.district_passes(application, at=at)
        review.decide(application, "pass", stage=State.DISTRICT, by=self.city, at=at)
        return application

    def district_passes(self, application: Application, *, at: datetime = AT) -> Application:
        review.decide(application, "pass", stage=State.SUBMITTED, by=self.district, at=at)
        return application


def published(
    cohort: Cohort,
    office: Office,
    count: int,
    *,
    wants: tuple[str, ...] = ("LOG",),
    first: int = 1,
    at: datetime = AT,
) -> list[Application]:
    """``count`` people on the published list, in the order of their rank."""
    for serial in range(first, first + count):
        application = submitted(
            rider(serial), cohort, office.units.siming,
            serial=serial, wants=wants, with_photos=False, at=at,
        )  # fmt: skip
        office.passes(application, at=at)
    selection.rank(cohort, seed="3 8 12", by=None, at=at)
    selection.publish(cohort, by=None, at=at)
    return list(Application.objects.filter(cohort=cohort, state=State.PUBLISHED).order_by("rank"))


def offered(cohort: Cohort, office: Office, count: int = 1, **kwargs: Any) -> list[Application]:
    """People with an offer, in the order of their rank."""
    published(cohort, office, count, **kwargs)
    offers.fill(cohort, by=None, at=kwargs.get("at", AT))
    return list(Application.objects.filter(cohort=cohort, state=State.OFFERED).order_by("rank"))


LATER = AT + timedelta(days=30)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def topic(name: str) -> str:
    """Address of one page of the application."""
    return reverse("enrollment:topic", args=[name])
