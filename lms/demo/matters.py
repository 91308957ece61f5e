"""What lies on the desks: the union's fund and instalments, fees paid, marks, questions to tutors, a report."""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from courses.api import Unit
from courses.learning.models import CourseProgress, UnitProgress
from courses.notebook import writing
from courses.notebook.models import TutorQuestion
from enrollment.api import Cohort, Student
from enrollment.completion import month_reports
from enrollment.fees import funding, ledger
from enrollment.fees.models import YearFund
from enrollment.records import curriculum, marks
from enrollment.records.models import CourseRecord
from lms.base import clock
from lms.demo.units import City

SEED = 20261001
YEAR_FEN = 260_000_00
# (weeks after the start, fen, percent of the course of study that it asks for)
PARTS = ((2, 1000_00, 0), (8, 1000_00, 30), (16, 1000_00, 90))
# (programme, place in its class, second of the film, question, answer or nothing yet)
ASKED = (
    ("LOG", 3, 41.0, "这里说的“集货”，跟我们站点早上把货归到一个筐里，是一回事吗？",
     "是一回事。把零散的货归到一处再一起走，就是集货；你们早上那一筐，就是最小的集货点。"),
    ("NM", 5, 73.0, "我跑夜单，直播课那几次都赶不上，录像算不算出勤？", ""),
    ("EC", 7, 25.0, "退货率是按单数算，还是按金额算？两个差得挺多。", ""),
)  # fmt: skip


def money(city: City, cohort: Cohort, *, now: datetime) -> None:
    """The year's fund, the plan of the instalments and what is due of it; most have paid their own share."""
    if YearFund.objects.exists():
        return
    union, college = city.staff["city"], city.staff["registrar"]
    starts = clock.start_of_day(cohort.starts_on)
    funding.set_year(city.city, cohort.year, YEAR_FEN, by=union, at=starts)
    parts = [
        funding.Part(cohort.starts_on + timedelta(weeks=weeks), fen, percent)
        for weeks, fen, percent in PARTS
    ]
    funding.plan(cohort, parts, by=union, at=starts)
    funding.release(at=now)
    chance = random.Random(SEED)  # noqa: S311 - a story, not a secret
    for student in Student.objects.filter(cohort=cohort).order_by("student_no"):
        owed, paid = ledger.balance_fen(student), chance.random()
        if paid < 0.9:
            share = owed if paid < 0.76 else owed // 2
            at = starts + timedelta(days=chance.randint(0, 20), hours=chance.randint(9, 20))
            ledger.record_payment(student, share, note="工会代收", by=college, at=at)


def results(city: City, cohort: Cohort, *, now: datetime) -> None:
    """Marks of the first course of each programme for those who finished it."""
    if CourseRecord.objects.exists():
        return
    chance = random.Random(SEED)  # noqa: S311
    for programme_id in cohort.places.order_by().values_list("programme", flat=True).distinct():
        first = curriculum.plan_of(programme_id)[0]
        done = CourseProgress.objects.filter(course__uuid=first.uuid, completed_at__isnull=False)
        given = {
            rolled.student: chance.randint(68, 96)
            for rolled in done.filter(student__cohort=cohort).select_related("student")
        }
        if given:
            marks.write(
                first, given, source=CourseRecord.Source.EXAM, by=city.staff["registrar"], at=now
            )


def questions(city: City, cohort: Cohort, *, now: datetime) -> None:
    """Three questions pinned to a lecture, one of them answered."""
    if TutorQuestion.objects.exists():
        return
    watched = UnitProgress.objects.filter(
        student__cohort=cohort, unit__kind=Unit.Kind.VIDEO
    ).select_related("student__user", "unit")
    chance = random.Random(SEED)  # noqa: S311
    for programme, place, second, text, answer in ASKED:
        found = watched.filter(student__programme__code=programme)
        seen = found.order_by("student__student_no", "unit")[place]
        at = now - timedelta(hours=3 + place)
        asked = writing.ask(
            seen.student, seen.unit, at_s=second, text=text, uuid=_uuid(chance), at=at
        )
        if answer:
            tutor, later = city.staff["tutor"], at + timedelta(hours=1)
            writing.reply(asked, by=tutor, text=answer, uuid=_uuid(chance), at=later)


def report(cohort: Cohort, *, now: datetime) -> None:
    """Last month's report of the city, set by a job as every month."""
    month = month_reports.month_before(now)
    if month >= cohort.starts_on.replace(day=1):
        midnight = clock.start_of_day(clock.local_date(now).replace(day=1))
        month_reports.freeze(cohort, cohort.city, month, at=midnight)


def _uuid(chance: random.Random) -> uuid.UUID:
    return uuid.UUID(int=chance.getrandbits(128), version=4)
