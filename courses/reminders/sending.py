"""One digest a day at most, inside the student's own window, only when there is something to tell."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from courses.learning import access, queries
from courses.learning.maps import next_lesson
from courses.notebook.models import Reply
from courses.reminders import carriers, links, news, windows
from courses.reminders.models import Digest, Reminder
from courses.tutoring import queries as meetings
from courses.tutoring import words as meeting_words
from courses.tutoring.models import Meeting
from enrollment.api import Student
from lms.base import clock

log = logging.getLogger(__name__)


def due(*, at: datetime) -> QuerySet[Reminder]:
    """Reminders whose window is open and whose student was not told anything today."""
    day = clock.local_date(at)
    after, until = windows.beginnings(at)
    begun = {"at__lte": until, "at__gte" if after == datetime.min.time() else "at__gt": after}
    return (
        Reminder.objects.filter(
            is_on=True,
            by=Reminder.By.SMS,
            weekdays__contains=str(clock.local(at).isoweekday()),
            student__status=Student.Status.ENROLLED,
            **begun,
        )
        .exclude(student__digests__day=day)
        .select_related("student__user", "student__learner", "student__cohort")
        .order_by("at", "pk")
    )


def send_due(*, at: datetime) -> int:
    """Send what is due; returns how many digests went out.

    A provider that refuses one message does not hold up the others: the next round of the same
    window tries again.
    """
    sent = 0
    for reminder in due(at=at).iterator(chunk_size=200):
        try:
            sent += send(reminder, at=at)
        except Exception:
            log.exception("digest for student %s was not taken", reminder.student_id)
    return sent


def send(reminder: Reminder, *, at: datetime) -> bool:
    """Tell one student, if there is something to tell and it was not told today."""
    student = reminder.student
    carrier = carriers.carrier_for(student)
    facts = facts_of(student, at=at)
    told = news.worth_telling(facts)
    if carrier is None or not told:
        return False
    day = clock.local_date(at)
    # Written down before it leaves: a worker that dies in between costs this day's message, a
    # second message on one day would cost the student's trust.
    try:
        with transaction.atomic():
            digest = Digest.objects.create(student=student, day=day, at=at, told=told)
    except IntegrityError:  # another worker was a moment quicker
        return False
    text = news.text(
        facts,
        told,
        study_url=settings.SITE_URL + reverse("courses:today"),
        off_url=links.address_of(reminder),
    )
    # A new key for each try: a refused message is written down as well, and would count as sent.
    key = f"reminder:{student.uuid}:{day}:{digest.pk}"
    try:
        carrier.carry(student, text, key=key, at=at)
    except Exception:
        digest.delete()
        raise
    return True


def facts_of(student: Student, *, at: datetime) -> news.Facts:
    """What ``news`` decides on: at most eight statements."""
    today = clock.local_date(at)
    monday = clock.local_date(clock.start_of_week(at))
    studied = queries.study_seconds(student, since=monday, until=today)
    title, minutes = _next(student)
    learner = getattr(student, "learner", None)
    digests = Digest.objects.filter(student=student)
    if learner is not None and learner.last_study_at is not None:
        unheard = digests.filter(at__gt=learner.last_study_at).count()
    else:
        unheard = digests.count()
    last = digests.order_by("-at").first()
    meeting = meetings.next_booked(student, at=at)
    soon = meeting is not None and clock.local_date(meeting.starts_at) <= today + timedelta(days=1)
    return news.Facts(
        studied_today=today in studied,
        goal_reached=len(studied) >= access.goal_days(student),
        lesson=title,
        minutes_left=minutes,
        unheard=unheard,
        replies=_new_replies(student, since=last.at if last else None),
        **(_meeting(meeting, at=at) if meeting is not None and soon else {}),
    )


def _next(student: Student) -> tuple[str, int]:
    rolled = queries.current_course(queries.own_courses(student))
    lesson = next_lesson(queries.lessons_of(student, rolled.course)) if rolled else None
    return (lesson.title, lesson.minutes_left) if lesson else ("", 0)


def _new_replies(student: Student, *, since: datetime | None) -> int:
    unseen = Reply.objects.filter(
        question__student=student, question__taken_back_at=None, seen_at=None
    )
    return (unseen.filter(at__gt=since) if since else unseen).count()


def _meeting(meeting: Meeting, *, at: datetime) -> dict[str, str]:
    is_today = clock.local_date(meeting.starts_at) == clock.local_date(at)
    hour = meeting_words.hour(meeting.starts_at)
    when = _("今天 %(hour)s ") if is_today else _("明天 %(hour)s ")
    return {
        "meeting": meeting.topic,
        "meeting_when": when % {"hour": hour},
        "meeting_where": meeting.station.name,
    }
