"""A missed meeting is made up by its recording and quiz or by a repeat; the tutor approves.

A make-up is recorded as what it is: its line in the registry's ledger says so, and by which way.
In the count of meetings a recording stands for the meeting; a repeat was counted when the student
signed in there, and counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from courses.catalogue.models import Unit
from courses.learning import access, standing, watching
from courses.learning.models import Learner, UnitProgress
from courses.tutoring import notices, recordings, states, words
from courses.tutoring.models import Attendance, Meeting
from courses.tutoring.record_models import MakeUp, Recording
from courses.tutoring.refusals import MakeUpJudged, NothingMissed, NotYetMadeUp, WordsMissing
from courses.tutoring.states import State
from enrollment.api import Student, record_milestone
from lms.accounts.models import User
from lms.base import audit

WORDS_LENGTH = 200


Way, Judged = MakeUp.Way, MakeUp.State


@dataclass(frozen=True)
class Chances:
    """How a student can make a meeting up, and how far they are.

    Args:
        film, quiz: the units of the recording; None while there is none.
        film_share: 0 to 1 of the film that was seen.
        attended: a repeat at which the student was.
        coming: repeats that can be booked, soonest first.
    """

    film: Unit | None = None
    quiz: Unit | None = None
    film_share: float = 0.0
    film_done: bool = False
    quiz_done: bool = False
    quiz_share: float | None = None
    attended: Attendance | None = None
    coming: list[Meeting] = field(default_factory=list)

    @property
    def recording_done(self) -> bool:
        return self.film is not None and self.film_done and self.quiz_done


def repeats_of(meeting: Meeting) -> QuerySet[Meeting]:
    """Other dates of the same topic for the same class."""
    same = Meeting.objects.filter(cohort=meeting.cohort_id, topic=meeting.topic)
    return same.exclude(pk=meeting.pk).exclude(state__in=(State.PLANNED, State.CANCELLED))


def is_missed(meeting: Meeting, student: Student, *, at: datetime) -> bool:
    """Whether the meeting was held for the student's class without the student."""
    held = meeting.state == State.DONE or (meeting.state in states.OPEN and meeting.ends_at <= at)
    mine = meeting.cohort_id == student.cohort_id
    return (
        held and mine and not Attendance.objects.filter(meeting=meeting, student=student).exists()
    )


def chances(meeting: Meeting, student: Student, *, at: datetime) -> Chances:
    """Both ways as they stand for this student."""
    recording = (
        Recording.objects.filter(meeting=meeting).select_related("meeting", "video", "quiz").first()
    )
    units = recordings.units_of(recording, student) if recording else {}
    held = {
        own.unit_id: own
        for own in UnitProgress.objects.filter(student=student, unit__in=units.values())
    }
    film, quiz = units.get(recordings.FILM), units.get(recordings.QUIZ)
    seen = held.get(film.pk) if film else None
    asked = held.get(quiz.pk) if quiz else None
    repeats = repeats_of(meeting)
    return Chances(
        film=film,
        quiz=quiz,
        film_share=seen.share if seen else 0.0,
        film_done=bool(seen and seen.done_at),
        quiz_done=bool(asked and asked.done_at),
        quiz_share=asked.share if asked else None,
        attended=Attendance.objects.filter(student=student, meeting__in=repeats)
        .select_related("meeting__station")
        .order_by("at")
        .first(),
        coming=list(
            repeats.filter(state=State.PUBLISHED, starts_at__gt=at)
            .select_related("station")
            .order_by("starts_at")[:3]
        ),
    )


@transaction.atomic
def ask(meeting: Meeting, student: Student, *, way: MakeUp.Way, by: User, at: datetime) -> MakeUp:
    """Ask the tutor to approve what the student did. Twice is once; after a return, anew.

    Raises:
        NothingMissed: it is not over, was called off, or the student was there.
        NotYetMadeUp: with what is still to do.
    """
    access.hold(student, at=at)  # of two taps the second sees the first one's row
    if not is_missed(meeting, student, at=at):
        raise NothingMissed(meeting)
    found = chances(meeting, student, at=at)
    if way == Way.RECORDING and not found.recording_done:
        raise NotYetMadeUp(meeting, left=_left(found))
    if way == Way.REPEAT and found.attended is None:
        raise NotYetMadeUp(meeting, left=_("重开的那一节还没有你的签到"))
    known = MakeUp.objects.filter(meeting=meeting, student=student).first()
    if known is not None and known.state != Judged.RETURNED:
        return known
    make_up = known or MakeUp(meeting=meeting, student=student)
    repeat = found.attended.meeting if way == Way.REPEAT and found.attended else None
    make_up.way, make_up.repeat = way, repeat
    make_up.evidence = _evidence(way, found)
    make_up.state, make_up.asked_at = Judged.WAITING, at
    make_up.answer, make_up.answered_by, make_up.answered_at = None, None, None
    make_up.save()
    audit.record("make_up.asked", by=by, on=make_up, at=at, data=_about(make_up))
    return make_up


def _left(found: Chances) -> str:
    if found.film is None:
        return _("这节课还没有录像")
    parts = []
    if not found.film_done:
        parts.append(
            _("录像看了 %(seen)d%%，看满 %(needed)d%% 才算")
            % {"seen": int(100 * found.film_share), "needed": round(100 * watching.DONE_SHARE)}
        )
    if not found.quiz_done:
        parts.append(_("小测还没通过"))
    return _("，").join(parts)


def _evidence(way: MakeUp.Way, found: Chances) -> dict[str, Any]:
    if way == Way.REPEAT and found.attended:
        return {
            "repeat": str(found.attended.meeting.uuid),
            "at": found.attended.at.isoformat(),
        }
    film, quiz = found.film, found.quiz
    return {
        "film": str(film.uuid) if film else "",
        "film_share": round(found.film_share, 3),
        "quiz": str(quiz.uuid) if quiz else "",
        "quiz_share": round(found.quiz_share or 0.0, 3),
    }


@transaction.atomic
def approve(make_up: MakeUp, *, words: str = "", by: User, at: datetime) -> None:
    """Count the meeting as made up, in the ledger and in the standing, in this moment.

    Raises:
        MakeUpJudged: a second tap, or a colleague was faster.
    """
    _judge(make_up, Judged.APPROVED, words, by=by, at=at)
    meeting, student = make_up.meeting, make_up.student
    record_milestone(
        student,
        key=f"meeting.made_up:{meeting.uuid}",
        at=at,
        evidence={
            "meeting": str(meeting.uuid),
            "topic": meeting.topic,
            "way": make_up.way,
            "by": str(by.uuid),
            **make_up.evidence,
        },
    )
    if not Learner.objects.filter(student=student).exists():
        access.open_access(student, at=at)
    access.hold(student, at=at)
    standing.report(student, at=at)
    notices.tell_make_up(make_up, by=by, at=at)


@transaction.atomic
def give_back(make_up: MakeUp, *, words: str, by: User, at: datetime) -> None:
    """Not yet: say what is missing. The student may ask again.

    Raises:
        WordsMissing: the student has to know what to do.
        MakeUpJudged: it was judged meanwhile.
    """
    if not words.strip():
        raise WordsMissing(make_up)
    _judge(make_up, Judged.RETURNED, words, by=by, at=at)
    notices.tell_make_up(make_up, by=by, at=at)


def _judge(make_up: MakeUp, state: MakeUp.State, words: str, *, by: User, at: datetime) -> None:
    # Named by the state it expects: of two taps, or two tutors, one counts.
    waiting = MakeUp.objects.filter(pk=make_up.pk, state=Judged.WAITING)
    if not waiting.update(state=state):
        raise MakeUpJudged(make_up)
    make_up.state, make_up.answer = state, words.strip()[:WORDS_LENGTH] or None
    make_up.answered_by, make_up.answered_at = by, at
    make_up.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(f"make_up.{state}", by=by, on=make_up, at=at, data=_about(make_up))


def waiting_for(tutor: User) -> QuerySet[MakeUp]:
    """What the tutor has to judge, the oldest first."""
    return (
        MakeUp.objects.filter(meeting__tutor=tutor, state=Judged.WAITING)
        .select_related("meeting__station", "student__user", "repeat__station")
        .order_by("asked_at")
    )


def sentence(make_up: MakeUp) -> str:
    """How a meeting was made up, as it stands on the student's and the tutor's screens."""
    if make_up.way == Way.REPEAT and make_up.repeat:
        return _("补课：上了 %(when)s 的同一课") % {"when": words.when(make_up.repeat)}
    return _("补课：看完录像 %(seen)d%%，小测 %(score)d%%") % {
        "seen": round(100 * make_up.evidence.get("film_share", 0)),
        "score": round(100 * make_up.evidence.get("quiz_share", 0)),
    }


def _about(make_up: MakeUp) -> dict[str, str]:
    return {
        "meeting": str(make_up.meeting.uuid),
        "student": str(make_up.student.uuid),
        "way": make_up.way,
    }
