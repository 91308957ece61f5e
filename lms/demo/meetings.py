"""Offline sessions of the class: every second week one, with who came; and what comes next."""

from __future__ import annotations

from datetime import datetime, timedelta

from courses.tutoring import attendance, booking, planning
from courses.tutoring.models import Meeting, Station
from enrollment.api import Cohort, Student, quietly
from lms.base import clock
from lms.demo.units import City

# (weeks from now, topic, station number, tutor, local hour)
PAST = (
    (-10, "开班见面：怎么用手机学习", 1, "tutor", 15),
    (-8, "物流成本怎么算：带一张自己的接单记录来", 4, "tutor", 15),
    (-6, "直播间里的营销漏斗", 6, "tutor2", 15),
    (-4, "网店选品与定价练习", 11, "tutor2", 19),
    (-2, "期中答疑：计算题专场", 1, "tutor", 15),
)
# (days from now, topic, station number, tutor, local hour)
COMING = (
    (2, "路线优化上机练习", 4, "tutor", 15),
    (5, "直播话术与合规", 6, "tutor2", 19),
    (9, "消费者权益案例讨论", 8, "tutor2", 15),
)
LONG = timedelta(hours=2)


def build(city: City, cohort: Cohort, *, now: datetime) -> None:
    """Hold the past sessions and publish the coming ones, unless the class has some already."""
    if Meeting.objects.filter(cohort=cohort).exists():
        return
    students = list(Student.objects.filter(cohort=cohort).select_related("user", "cohort"))
    with quietly():
        for no, (weeks, topic, station, tutor, hour) in enumerate(PAST):
            starts = _at(now + timedelta(weeks=weeks), hour)
            meeting = _publish(city, cohort, topic, station, tutor, starts)
            for place, student in enumerate(students[: meeting.seats.count()]):
                booking.book(meeting, student, by=student.user, at=starts - timedelta(days=2))
                if (place * 7 + no) % 5:
                    _note_presence(meeting, student, starts)
            meeting.refresh_from_db()
            planning.finish(meeting, by=meeting.tutor, at=starts + LONG)
        for days, topic, station, tutor, hour in COMING:
            starts = _at(now + timedelta(days=days), hour)
            meeting = _publish(city, cohort, topic, station, tutor, starts, at=now)
            for student in students[days::3]:
                booking.book(meeting, student, by=student.user, at=now)


def soon(city: City, cohort: Cohort, *, now: datetime) -> Meeting:
    """One session that begins in twenty minutes, so that signing in can be tried."""
    starts = now.replace(second=0, microsecond=0) + timedelta(minutes=20)
    with quietly():
        meeting = _publish(city, cohort, "今天的驿站小课：错题讲评", 2, "tutor", starts, at=now)
        for student in Student.objects.filter(cohort=cohort).select_related("user", "cohort")[:9]:
            booking.book(meeting, student, by=student.user, at=now)
    return meeting


def _at(day: datetime, hour: int) -> datetime:
    return clock.start_of_day(clock.local_date(day)) + timedelta(hours=hour)


def _publish(
    city: City,
    cohort: Cohort,
    topic: str,
    station: int,
    tutor: str,
    starts: datetime,
    *,
    at: datetime | None = None,
) -> Meeting:
    by = city.staff[tutor]
    at = at or starts - timedelta(days=7)
    plan = planning.Plan(
        topic=topic,
        station=Station.objects.get(code=f"YZ{station:03d}"),
        starts_at=starts,
        ends_at=starts + LONG,
    )
    meeting = planning.plan_meeting(cohort, plan, tutor=by, by=by, at=at)
    planning.publish(meeting, by=by, at=at)
    meeting.refresh_from_db()
    return meeting


def _note_presence(meeting: Meeting, student: Student, starts: datetime) -> None:
    attendance.tick(meeting, student, by=meeting.tutor, at=starts + timedelta(minutes=5))
