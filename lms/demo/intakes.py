"""Two intakes: the class of fifty that studies, and one that anybody may apply to."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta

from enrollment import api as enrollment
from enrollment.api import Application, Cohort, Programme
from lms.accounts import people
from lms.accounts.models import OrgUnit
from lms.base import clock
from lms.demo import cast, papers
from lms.demo.units import City

QUOTA = {"LOG": 20, "NM": 15, "EC": 15}
WEEKS_STUDIED = 11
CLASS, OPEN = "first-class", "second-class"


def programmes() -> dict[str, Programme]:
    """The three programmes by code; the seed of the courses may have made them already."""
    titles = {"LOG": "现代物流管理", "NM": "网络营销", "EC": "电子商务"}
    return {
        code: Programme.objects.get_or_create(code=code, defaults={"title": title, "order": order})[
            0
        ]
        for order, (code, title) in enumerate(titles.items())
    }


def _cohort(city: City, slug: str, name: str, *, opens: date, at: datetime) -> Cohort:
    closes = opens + timedelta(days=30)
    starts = closes + timedelta(days=21)
    cohort, created = Cohort.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name,
            "year": starts.year,
            "city": city.city,
            "college": "海州开放大学",
            "opens_on": opens,
            "closes_on": closes,
            "decides_on": closes + timedelta(days=10),
            "starts_on": starts,
            "ends_on": starts + timedelta(weeks=17),
            "ceremony_at": clock.start_of_day(starts) + timedelta(hours=9, minutes=30),
            "ceremony_place": "海州市工人文化宫礼堂",
            "tuition_fen": 5600_00,
            "union_share_fen": 3000_00,
            "college_discount_fen": 1000_00,
        },
    )
    if created:
        for code, places in QUOTA.items():
            enrollment.set_quota(cohort, programmes()[code], places, by=None, at=at)
    return cohort


def class_of_fifty(city: City, *, now: datetime) -> Cohort:
    """A cohort that began eleven weeks ago, taken through every step of admission."""
    begins = clock.local_date(now) - timedelta(weeks=WEEKS_STUDIED)
    opens = begins - timedelta(days=51)
    at = clock.start_of_day(opens) + timedelta(hours=10)
    cohort = _cohort(city, CLASS, "第一期学历能力提升专班", opens=opens, at=at)
    if cohort.students.exists():
        return cohort
    with enrollment.quietly():
        for no, (name, occupation, code) in enumerate(cast.STUDENTS):
            unit = _enterprise(city, occupation, no)
            application = _apply(city, cohort, no, name, occupation, (code,), unit, at=at)
            _review(city, application, at=at + timedelta(days=2))
        decided = clock.start_of_day(cohort.decides_on) + timedelta(hours=9)
        registrar = city.staff["registrar"]
        enrollment.rank(cohort, seed="20 07 31 16 05", by=registrar, at=decided)
        enrollment.publish(cohort, by=registrar, at=decided)
        enrollment.fill(cohort, by=registrar, at=decided)
        accepted = decided + timedelta(days=1)
        for application in Application.objects.filter(cohort=cohort, state="offered"):
            enrollment.accept(application, by=application.user, at=accepted)
        enrollment.matriculate_accepted(cohort, by=registrar, at=accepted + timedelta(days=1))
    return cohort


def open_intake(city: City, *, now: datetime) -> Cohort:
    """A cohort that takes applications, with some people at every step."""
    opens = clock.local_date(now) - timedelta(days=9)
    at = clock.start_of_day(opens) + timedelta(hours=10)
    cohort = _cohort(city, OPEN, "第二期学历能力提升专班", opens=opens, at=at)
    if Application.objects.filter(cohort=cohort).exists():
        return cohort
    places = (("中山路爱心驿站", "思明"), ("枋湖爱心驿站", "湖里"), ("工会微信公众号", ""))
    for label, district in places:
        enrollment.make_poster(
            cohort,
            label=label,
            by=city.staff["registrar"],
            at=at,
            district=city.districts.get(district),
        )
    with enrollment.quietly():
        for no, (name, occupation, first, second, stage) in enumerate(cast.APPLICANTS):
            unit = _enterprise(city, occupation, no)
            begun = at + timedelta(hours=13 * no)
            application = _apply(
                city, cohort, 100 + no, name, occupation, (first, second), unit,
                at=begun, is_member=stage != "joins",
            )  # fmt: skip
            _bring_to(city, application, stage, at=begun + timedelta(hours=5))
    return cohort


def _enterprise(city: City, occupation: str, no: int) -> OrgUnit:
    """An enterprise union where this occupation works, spread over the districts."""
    places = {
        cast.RIDER: ("飞送", "速达"),
        cast.DRIVER: ("顺路",),
        cast.COURIER: ("闪链", "同安电商"),
        cast.TRUCKER: ("通港", "翔安物流"),
        cast.STREAMER: ("鹭声", "同安电商"),
    }[occupation]
    return city.enterprises[places[no % len(places)]]


def _apply(
    city: City,
    cohort: Cohort,
    no: int,
    name: str,
    occupation: str,
    codes: tuple[str, ...],
    unit: OrgUnit,
    *,
    at: datetime,
    is_member: bool = True,
) -> Application:
    user = people.person_by_phone(papers.phone(no), at=at)
    if user.phone_verified_at is None:
        user.phone_verified_at, user.name = at, name
        user.save(update_fields=["phone_verified_at", "name"])
    application = enrollment.start(user, cohort, by=user, at=at)
    enrollment.give_consent(application, by=user, at=at)
    day = clock.local_date(at)
    enrollment.answer(
        application,
        by=user,
        at=at,
        name=name,
        id_number=papers.id_number(no),
        occupation=occupation,
        platform=cast.PLATFORMS[occupation][no % len(cast.PLATFORMS[occupation])],
        working_since=day - timedelta(days=400 + 97 * (no % 17)),
        is_member=is_member,
        member_since=day - timedelta(days=200 + 61 * (no % 23)) if is_member else None,
        wants_to_join=not is_member,
        district=unit.parent,
        enterprise=unit,
        education=("senior_high", "vocational", "technical")[no % 3],
        graduated_from=f"海州第{'一二三四五六'[no % 6]}中学",
        graduated_year=2004 + no % 16,
        hardship=no % 9 == 4,
        model_worker=no % 16 == 7,
    )
    known = programmes()
    enrollment.choose(application, [known[code] for code in codes], by=user, at=at)
    for kind in ("id_front", "diploma", "work"):
        content = papers.photo(kind)
        enrollment.add_photo(
            application, kind, io.BytesIO(content), size_bytes=len(content), by=user, at=at
        )
    enrollment.submit(application, by=user, at=at)
    return application


def _review(city: City, application: Application, *, at: datetime) -> None:
    district = application.district
    assert district is not None  # noqa: S101 - submitted applications have one
    officer = city.officer_of(district)
    enrollment.decide(application, "pass", stage="submitted", by=officer, at=at)
    later = at + timedelta(days=1)
    enrollment.decide(application, "pass", stage="district", by=city.staff["city"], at=later)


def _bring_to(city: City, application: Application, stage: str, *, at: datetime) -> None:
    district = application.district
    assert district is not None  # noqa: S101
    officer = city.officer_of(district)
    if stage in ("submitted", "joins"):
        return
    if stage in ("returned", "rejected"):
        verdict, reason = {
            "returned": ("return", "work_proof"),
            "rejected": ("reject", "no_secondary"),
        }[stage]
        enrollment.decide(application, verdict, stage="submitted", by=officer, at=at, reason=reason)
        return
    enrollment.decide(application, "pass", stage="submitted", by=officer, at=at)
    if stage == "city":
        enrollment.decide(
            application,
            "pass",
            stage="district",
            by=city.staff["city"],
            at=at + timedelta(hours=20),
        )
