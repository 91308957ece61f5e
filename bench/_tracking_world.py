"""A class to be tracked: students by bulk, their ledger lines as the product writes them, rollups by its own rebuild.

What is measured reads only tables, so the crowd is written by ``COPY`` without the services; everything derived
(standings, cells, months, days) comes from the product's own ``rebuild`` and ``count``. The lives of the
re-derivation are lived through the services, one act after the other.
"""

from __future__ import annotations

import functools
import random
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

UNITS, UNIT_S, COURSES = 48, 600, 4
DISTRICTS, ENTERPRISES = 6, 12
WORK = ("外卖骑手", "网约车司机", "快递员", "货车司机", "网络主播")
OFFICER = "officer"
# The table of every unit is measured at this size; beyond it nothing that is measured reads progress.
PROGRESS_UP_TO = 5_000
# Of a student's year in the re-derivation: study, now and then with a meeting; and the days looked back at.
ACTS_PER_DAY = 0.015
LOOKS = (90, 200, 330)


@contextmanager
def _step(words: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"  {words}: {time.monotonic() - began:.1f} s", file=sys.stderr)


def copy(rows: Iterable[Any]) -> None:
    """Write rows of one model by ``COPY``; their keys are the database's and are read afterwards."""
    from django.db import connection

    given = list(rows)
    if not given:
        return
    meta = type(given[0])._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{meta.db_table}" ({columns}) FROM STDIN') as out,
    ):
        for row in given:
            out.write_row(
                [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
            )


def build(now: datetime) -> dict[str, Any]:
    """Units, a programme with 48 units, two classes (the elder one small), an officer, the empty page."""
    from django.conf import settings
    from django.test import Client

    from courses.catalogue.models import Course, Lesson, Unit
    from lms.accounts.models import OrgUnit, Role
    from tests import factories, people
    from tests.courses import teaching

    city = OrgUnit.objects.create(
        kind="city", name="海州市总工会", short_name="市总", code="359900"
    )
    for number in range(DISTRICTS):
        district = OrgUnit.objects.create(
            kind="district", name=f"第{number}区总工会", short_name=f"{number}区",
            code=f"3599{number:02d}1", parent=city,
        )  # fmt: skip
        for each in range(ENTERPRISES // DISTRICTS):
            code = f"E{number}{each}"
            OrgUnit.objects.create(
                kind="enterprise", name=f"{code} 企业工会", short_name=code, code=code, parent=district
            )  # fmt: skip
    programme = factories.make_programme("LOG")
    for number in range(COURSES):
        course = Course.objects.create(programme=programme, title=f"课程 {number}", order=number)
        lesson = Lesson.objects.create(course=course, title="第一讲", order=1)
        Unit.objects.bulk_create(
            Unit(lesson=lesson, block_id=f"b{n}", kind="text", title=f"单元 {n}", order=n,
                 duration_s=UNIT_S)
            for n in range(UNITS // COURSES)
        )  # fmt: skip
    for slug, began in (("elder", now - timedelta(days=500)), ("now", now - timedelta(days=100))):
        _cohort(slug, city, began.date())
    grow("elder", 50, now)
    home = teaching.make_home()
    from wagtail.models import Page

    teaching.add(home, Page(title="空白页", slug="empty"))
    officer = people.make_staff(Role.CITY_OFFICER, "刘干事", username=OFFICER, unit=city)
    client = Client()
    client.force_login(officer)
    district = OrgUnit.objects.filter(kind="district").first()
    assert district is not None
    behind = "/desk/union/behind/?cohort=now"
    pages = {
        "empty": "/empty/",
        "officer_home": "/desk/union/?cohort=now",
        "behind_list": behind,
        "behind_due": f"{behind}&show=due",
        "district_page": f"{behind}&district={district.code}",
        "rollup": "/desk/union/figures/?cohort=now&by=occupation",
        "cohorts": "/desk/union/cohorts/?cohort=now",
    }
    return {
        "pages": {name: {"who": OFFICER, "path": path} for name, path in pages.items()},
        "sessions": {OFFICER: str(client.cookies[settings.SESSION_COOKIE_NAME].value)},
    }


def _cohort(slug: str, city: Any, began: date) -> Any:
    from enrollment.registry.models import Cohort

    return Cohort.objects.create(
        slug=slug, name=f"{slug} 级专班", year=began.year, city=city, college="海州开放大学",
        opens_on=began - timedelta(days=90), closes_on=began - timedelta(days=60),
        decides_on=began - timedelta(days=30), starts_on=began,
        ends_on=began + timedelta(days=880), tuition_fen=600_000, union_share_fen=400_000,
        completion_rule="v1" if slug.startswith("elder") else "v2",
    )  # fmt: skip


def people_in(slug: str, count: int) -> list[int]:
    """So many more students of the class, spread over unions and occupations; their keys."""
    from enrollment.registry.models import Cohort, Place, Programme, Student
    from lms.accounts.models import OrgUnit, User

    cohort, tag = Cohort.objects.get(slug=slug), secrets.token_hex(3)
    programme = Programme.objects.get(code="LOG")
    units = list(OrgUnit.objects.exclude(kind="city"))
    first = Place.objects.filter(cohort=cohort).count()
    names = [f"t-{tag}-{n}" for n in range(count)]
    copy(User(username=name, name=f"学员{n}", password="!") for n, name in enumerate(names))
    users = dict(User.objects.filter(username__in=names).values_list("username", "pk"))
    # Numbers of places are small; a class of 50,000 is only measured.
    copy(
        Place(
            cohort=cohort,
            programme=programme if first + n < 32_000 else _second(),
            no=(first + n) % 32_000,
        )
        for n in range(count)
    )
    taken = Student.objects.filter(cohort=cohort).values("place")
    places = list(Place.objects.filter(cohort=cohort).exclude(pk__in=taken).order_by("pk"))
    copy(
        Student(
            user_id=users[name], cohort=cohort, programme=programme, place=place, name=f"学员{n}",
            org_unit=units[n % len(units)], occupation=WORK[n % len(WORK)],
            student_no=f"{tag}-{n:05d}", matriculated_at=cohort_start(cohort),
        )
        for n, (name, place) in enumerate(zip(names, places, strict=True))
    )  # fmt: skip
    new = Student.objects.filter(cohort=cohort, student_no__startswith=f"{tag}-")
    return list(new.order_by("student_no").values_list("pk", flat=True))


@functools.cache
def _second() -> Any:
    from tests import factories

    return factories.make_programme("NM")


def cohort_start(cohort: Any) -> datetime:
    from lms.base import clock

    return clock.start_of_day(cohort.starts_on)


def grow(slug: str, size: int, now: datetime) -> None:
    """Fill the class up to ``size`` students, with ledger lines, units and days of study."""
    from django.db import connection

    from enrollment.registry.models import Cohort, Student

    cohort = Cohort.objects.get(slug=slug)
    with _step(f"{slug} {size}: people"):
        new = people_in(slug, size - Student.objects.filter(cohort=cohort).count())
    with _step("ledger"):
        for first in range(0, len(new), 5000):
            _lines(cohort, new[first : first + 5000], now)
    if size <= PROGRESS_UP_TO:
        with _step("progress"):
            _progress(new, now)
    with _step("days"):
        _days_of_study(new, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with _step("rebuild"):
        derive(cohort, now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def derive(cohort: Any, now: datetime) -> None:
    from courses.learning import days
    from enrollment.completion import rebuilding

    rebuilding.rebuild(cohort, at=now)
    days.count()


def _lines(cohort: Any, keys: list[int], now: datetime) -> None:
    """Two lines each and the completed courses: on pace, slow, silent, finished."""
    from enrollment.completion import ledger
    from enrollment.completion.models import Milestone
    from enrollment.completion.rules import LearningFacts
    from enrollment.registry.models import Student

    entries, milestones = [], []
    for student in Student.objects.filter(pk__in=keys).select_related("cohort"):
        student.cohort = cohort
        done = (student.pk * 7919) % (UNITS + 1)
        last = now - timedelta(days=(student.pk * 31) % 40, hours=5)
        before = ""
        for share, at in ((0.5, last - timedelta(days=9)), (1.0, last)):
            units = int(done * share)
            facts = LearningFacts(
                units, UNITS, units * COURSES // UNITS, COURSES, student.pk % 5,
                (UNITS - units) * UNIT_S, at if units else None,
            )  # fmt: skip
            entry = ledger.entry_of(student, facts, before, at=at)
            before = entry.sha256
            entries.append(entry)
        for course in range(done * COURSES // UNITS):
            evidence = {"course": course, "credits": 3}
            sha256 = ledger.digest(ledger.canonical(evidence))
            milestones.append(
                Milestone(student=student, key=f"course.completed:{course}", at=last,
                          recorded_at=last, rule_version="v2", evidence=evidence,
                          evidence_sha256=sha256)
            )  # fmt: skip
    copy(entries)
    copy(milestones)


def _progress(keys: list[int], now: datetime) -> None:
    """Every unit of every student, made by the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_unitprogress"
            " (student_id, unit_id, spans, share, position_s, first_at, last_at, done_at)"
            " SELECT s.id, u.id, '[]', CASE WHEN (s.id + u.id) %% 3 = 0 THEN 0.4 ELSE 1 END, 0, %s, %s,"
            " CASE WHEN (s.id + u.id) %% 3 = 0 THEN NULL ELSE %s::timestamptz END"
            " FROM unnest(%s::bigint[]) AS s(id), courses_unit u",
            [now, now, now, keys],
        )


def _days_of_study(keys: list[int], now: datetime) -> None:
    """Twenty days each, made by the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO courses_studyday (student_id, day, seconds)"
            " SELECT s.id, %s::date - ((s.id %% 4) + 4 * d.n)::int, 600 + (s.id %% 9) * 300"
            " FROM unnest(%s::bigint[]) AS s(id), generate_series(0, 19) AS d(n)",
            [now.date(), keys],
        )


# ---------------------------------------------------------------- re-derivation


def live(count: int, now: datetime, seed: int) -> int:
    """A randomized year of two classes under two rules, thrown away and derived again: differences."""
    from django.db import connection

    from courses.learning import days
    from courses.learning.models import StudyDay
    from enrollment.completion import ledger, past, rebuilding
    from enrollment.completion.models import DayTally, MonthTally, Standing, StandingTally
    from enrollment.registry.models import Cohort, Student
    from lms.accounts.models import OrgUnit
    from tests.enrollment.completion import history

    with connection.cursor() as cursor:  # nothing here is about a machine that loses its power
        cursor.execute("SET synchronous_commit TO off")
    city, chance = OrgUnit.objects.get(kind="city"), random.Random(seed)
    units = list(OrgUnit.objects.exclude(kind="city"))
    began = now - timedelta(days=400)
    differences = 0
    for number, slug in enumerate(("elder-life", "life")):
        cohort = _cohort(slug, city, began.date())
        keys = people_in(slug, count // 2)
        students = list(
            Student.objects.filter(pk__in=keys).select_related("cohort", "org_unit", "programme")
        )
        evenings: dict[datetime, rebuilding.Picture] = {}

        def look(evening: datetime, cohort: Any = cohort, seen: Any = evenings) -> None:
            if (evening - began).days in LOOKS:
                ledger.judge_again(cohort, at=evening)
                seen[evening] = rebuilding.stored(cohort)

        with _step(f"{slug}: a year of {len(students)}"):
            history.live(
                students, units, began=began, days=365, seed=seed + number,
                acts_per_day=ACTS_PER_DAY, after=look,
            )  # fmt: skip
        StudyDay.objects.bulk_create(
            StudyDay(student=student, day=day, seconds=chance.randint(60, 5400))
            for student in students
            for day in {now.date() - timedelta(days=chance.randint(0, 80)) for _n in range(9)}
        )
        ledger.judge_again(cohort, at=now)
        days.count()
        before = rebuilding.stored(cohort), _days(cohort)
        for model in (Standing, StandingTally, MonthTally, DayTally):
            model.objects.filter(cohort=cohort).delete()
        rebuilding.rebuild(cohort, at=now)
        days.count()
        after = rebuilding.stored(cohort), _days(cohort)
        differences += after[0].differs_from(before[0]).size + len(before[1] ^ after[1])
        differences += rebuilding.broken_evidence(cohort)
        # And what was shown on some evenings of the year, from the ledger of today.
        for evening, seen in evenings.items():
            differences += past.picture(cohort, at=evening).differs_from(seen).size
        assert len(evenings) == len(LOOKS)
        assert len(after[0].standings) == len(students)
        Cohort.objects.filter(pk=cohort.pk).update(ends_on=now.date())
    return differences


def _days(cohort: Any) -> set[Any]:
    from enrollment.completion.models import DayTally

    rows = DayTally.objects.filter(cohort=cohort)
    return set(rows.values_list("org_unit", "day", "figure", "n"))
