"""What the student's screens show: rows turned into the plain values that components take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from courses.catalogue.models import Lesson, Unit
from courses.learning import access, queries, watching, words
from courses.learning.maps import LessonState, next_lesson
from courses.learning.models import CourseProgress
from courses.learning.queries import Sibling
from courses.learning.texts import Text
from courses.tutoring import words as meeting_words
from courses.tutoring.models import Meeting
from enrollment.api import Milestone, Student
from lms.accounts.models import User
from lms.base import clock
from lms.templatetags import ui
from media import api as media_api

ICONS = {"LOG": "truck", "NM": "megaphone", "EC": "cart"}
# Nobody wants to see the last bow again.
CREDITS_S = 3


# ---------------------------------------------------------------- Today


@dataclass(frozen=True)
class Resume:
    """The one big button: inputs of ``resume_card``."""

    kicker: str
    title: str
    url: str
    done: int
    total: int
    left: str
    size: str
    action: str


def resume(student: Student, courses: Sequence[CourseProgress]) -> Resume | None:
    """Where to go on, or None when everything is finished or nothing is open yet."""
    rolled = queries.current_course(courses)
    if rolled is None:
        return None
    lesson = next_lesson(queries.lessons_of(student, rolled.course))
    if lesson is None:
        return None
    return Resume(
        kicker=_("%(course)s · 第 %(number)d 讲")
        % {"course": rolled.course.title, "number": lesson.number},
        title=lesson.title,
        url=reverse("courses:lesson", args=[lesson.uuid]),
        done=lesson.done_s,
        total=max(1, lesson.total_s),
        left=words.time_left(lesson.left_s),
        size=ui.megabytes(lesson.size_bytes),
        action=_("继续学习")
        if any(c.units_done for c in courses) or lesson.done_s
        else _("开始学习"),
    )


def week(student: Student, *, at: datetime) -> dict[str, Any]:
    """Inputs of ``week_dots``."""
    today = clock.local_date(at)
    monday = clock.local_date(clock.start_of_week(at))
    studied = queries.study_seconds(student, since=monday, until=today)
    days = [
        {"label": words.WEEKDAYS[day.weekday()], "state": state}
        for day, state in queries.week(studied, today=today)
    ]
    return {"days": days, "text": words.week_goal(access.goal_days(student), len(studied))}


def meeting_card(meeting: Meeting | None) -> dict[str, Any] | None:
    """Inputs of ``session_card`` for the next meeting with a chair."""
    if meeting is None:
        return None
    return {
        "title": meeting.topic,
        "url": reverse("courses:meeting", args=[meeting.uuid]),
        "date": clock.local_date(meeting.starts_at),
        "time": meeting_words.hours(meeting.starts_at, meeting.ends_at),
        "place": meeting.station.name,
        "address": meeting.station.address,
    }


def totals(courses: Sequence[CourseProgress]) -> dict[str, int]:
    """Programme figures over the courses that are open, as ``standing.facts_of`` counts them."""
    waived = [rolled for rolled in courses if rolled.is_waived]
    asked = [rolled for rolled in courses if rolled not in waived]
    done = waived + [rolled for rolled in asked if rolled.completed_at is not None]
    return {
        "units_done": sum(c.units_done for c in asked),
        "units_required": sum(c.units_required for c in asked),
        "minutes_left": clock.whole_minutes(sum(c.seconds_left for c in asked)),
        "courses_done": len(done),
        "courses": len(courses),
        "credits": sum(c.course.credits for c in done),
        "credits_all": sum(c.course.credits for c in courses),
    }


# ---------------------------------------------------------------- courses


def course_cards(student: Student, courses: Sequence[CourseProgress]) -> list[dict[str, Any]]:
    """Inputs of ``course_card`` for every course of the programme."""
    return [
        {
            "title": rolled.course.title,
            "summary": rolled.course.summary,
            "url": reverse("courses:course", args=[rolled.course.uuid]),
            "icon": ICONS.get(student.programme.code, "book"),
            "done": rolled.units_done,
            "total": 0 if rolled.is_waived else rolled.units_required,
            "progress": _("完成 %(done)d / %(all)d 项")
            % {"done": rolled.units_done, "all": rolled.units_required},
            "note": course_note(rolled),
        }
        for rolled in courses
    ]


def course_note(rolled: CourseProgress) -> str:
    if rolled.is_waived:
        return _("学分已认定，%(credits)d 学分，不用再学") % {"credits": rolled.course.credits}
    if rolled.completed_at is not None:
        return _("已完成，%(credits)d 学分") % {"credits": rolled.course.credits}
    return words.time_left(rolled.seconds_left)


def lesson_rows(lessons: Sequence[LessonState], *, is_waived: bool = False) -> list[dict[str, Any]]:
    """Inputs of ``lesson_row``; where the lessons are waived none is the one to go on with."""
    following = None if is_waived else next_lesson(lessons)
    return [
        {
            "number": lesson.number,
            "title": lesson.title,
            "url": reverse("courses:lesson", args=[lesson.uuid]),
            "lesson": str(lesson.uuid),
            "minutes": lesson.minutes,
            "size": ui.megabytes(lesson.all_bytes),
            "state": lesson.state,
            "done": lesson.done_s,
            "total": max(1, lesson.total_s),
            "current": lesson is following,
        }
        for lesson in lessons
    ]


# ---------------------------------------------------------------- one lesson


RATES = ("0.75", "1", "1.25", "1.5", "2")


@dataclass(frozen=True)
class Film:
    """A video of a lesson as the ``player`` component takes it; ``counts`` for students only."""

    unit: UUID
    title: str
    playback: media_api.Playback | None
    share: float
    done: bool
    position_s: float
    # How long ago it was there; none where nothing was seen. An age needs no agreement of clocks.
    position_age_s: float | None
    counts: bool
    rates: tuple[str, ...] = RATES
    needed_percent: int = round(watching.DONE_SHARE * 100)
    # Where the player asks for itself again while the video is being encoded; empty in a preview.
    again_url: str = ""

    @property
    def early_name(self) -> str:
        """What can be seen before everything is there: ``240p``; empty for sound alone."""
        sizes = self.playback.sizes if self.playback else {}
        return next((name for name in sizes if name not in ("saver", "audio")), "")

    @property
    def chapters(self) -> list[dict[str, Any]]:
        """Where each begins, in seconds and in words; none if there is only one."""
        found = self.playback.chapters if self.playback else ()
        if len(found) < 2:
            return []
        return [
            {"start_s": one["start_s"], "time": words.moment(one["start_s"]), "title": one["title"]}
            for one in found
        ]

    @property
    def choices(self) -> list[dict[str, str]]:
        """Ways to watch, each with its price: as the line allows, small picture, sound alone."""
        sizes = self.playback.sizes if self.playback else {}
        largest = max(
            (size for name, size in sizes.items() if name not in ("saver", "audio")), default=0
        )
        ways = [
            ("auto", _("流畅"), largest),
            ("saver", _("省流量"), sizes.get("saver", 0)),
            ("audio", _("只听"), sizes.get("audio", 0)),
        ]
        return [
            {"value": value, "label": label, "price": ui.megabytes(size)}
            for value, label, size in ways
            if size
        ]


def film(unit: Unit, *, user: User, at: datetime, counts: bool) -> Film:
    """Addresses and progress of a video; without addresses while it is being prepared."""
    video = unit.video
    ready = video is not None and video.is_playable
    position = getattr(unit, "mine_position_s", None) or 0.0
    last_at = getattr(unit, "mine_last_at", None)
    playback = media_api.playback(video, user=user, at=at) if video and ready else None
    is_coming = video is not None and not (playback and playback.is_whole)
    return Film(
        unit=unit.uuid,
        title=unit.title or (video.title if video else ""),
        playback=playback,
        share=getattr(unit, "mine_share", None) or 0.0,
        done=getattr(unit, "mine_done_at", None) is not None,
        position_s=position if position < unit.duration_s - CREDITS_S else 0.0,
        position_age_s=(at - last_at).total_seconds() if last_at else None,
        counts=counts,
        again_url=reverse("courses:film", args=[unit.lesson.uuid, unit.uuid])
        if is_coming and unit.lesson_id
        else "",
    )


def lesson_parts(
    text: Text, units: Sequence[Unit], *, user: User, at: datetime, counts: bool
) -> list[dict[str, Any]]:
    """The blocks of a lesson in order; videos and quizzes come as their units.

    ``reading`` stands after the last block of the text; ``writes`` marks the part below which a
    student takes notes: the first film, else the end.
    """
    by_block = {unit.block_id: unit for unit in units}
    parts: list[dict[str, Any]] = []
    text_ends = 0
    for part in text.parts:
        unit = by_block.get(part.block_id)
        if part.kind == "prose":
            parts.append({"kind": "prose", "html": part.html, "opens": part.opens})
            text_ends = len(parts)
        elif part.kind == "video" and unit:
            parts.append({"kind": "video", "film": film(unit, user=user, at=at, counts=counts)})
        elif part.kind == "quiz" and unit:
            parts.append({"kind": "quiz", "unit": unit, **_state(unit)})
    read = by_block.get("text")
    if read is not None:
        parts.insert(text_ends, {"kind": "reading", "unit": read, **_state(read)})
    if counts and parts:
        next((part for part in parts if part["kind"] == "video"), parts[-1])["writes"] = True
    return parts


def _state(unit: Unit) -> dict[str, Any]:
    share = getattr(unit, "mine_share", None)
    return {
        "done": getattr(unit, "mine_done_at", None) is not None,
        "tried": share is not None,
        "percent": ui.percent_of(share or 0, 1),
    }


@dataclass(frozen=True)
class Neighbours:
    """A lesson among its siblings; ``number`` counts from 1."""

    number: int
    total: int
    before: Sibling | None
    after: Sibling | None


def neighbours(siblings: Sequence[Sibling], lesson: Lesson) -> Neighbours:
    at = next(place for place, one in enumerate(siblings) if one.uuid == lesson.uuid)
    return Neighbours(
        number=at + 1,
        total=len(siblings),
        before=siblings[at - 1] if at else None,
        after=siblings[at + 1] if at + 1 < len(siblings) else None,
    )


# ---------------------------------------------------------------- why


def explain(
    lessons: Sequence[LessonState],
    spans: Mapping[Any, Sequence[Sequence[float]]],
    lost: Mapping[Any, Mapping[str, float]],
) -> list[dict[str, Any]]:
    """Per lesson and unit: what counted, what did not and why, what is left."""
    return [
        {
            "lesson": lesson,
            "url": reverse("courses:lesson", args=[lesson.uuid]),
            "units": [
                {
                    "unit": unit,
                    "percent": ui.percent_of(unit.share, 1),
                    "gaps": _gaps(unit.duration_s, spans.get(unit.uuid, ())),
                    "lost": [
                        {"time": ui.minutes(seconds), "why": words.why_not(reason)}
                        for reason, seconds in lost.get(unit.uuid, {}).items()
                    ],
                }
                for unit in lesson.units
            ],
        }
        for lesson in lessons
    ]


def _gaps(duration_s: float, spans: Sequence[Sequence[float]]) -> list[str]:
    """Parts that were not seen, too short ones left out; none before anything was seen."""
    if not spans:
        return []
    missing = watching.gaps(spans, duration_s)
    return [words.stretch(start, end) for start, end in missing if end - start >= 1]


# ---------------------------------------------------------------- own record


def milestone(row: Milestone) -> dict[str, Any]:
    """A line of the ledger in words."""
    kind = row.key.split(":")[0]
    titles = {
        "course.completed": _("完成课程：%(name)s") % {"name": row.evidence.get("title", "")},
        "meeting.attended": _("参加线下课：%(name)s") % {"name": row.evidence.get("topic", "")},
        "meeting.ticked_again": _("补记线下课签到"),
        "meeting.unticked": _("更正线下课签到"),
        "meeting.made_up": _("补上线下课：%(name)s") % {"name": row.evidence.get("topic", "")},
        "programme.completed": _("完成全部课程"),
    }
    earned = row.evidence.get("credits") if kind == "course.completed" else None
    return {
        "kind": kind,
        "title": titles.get(kind, _("学习记录")),
        "on": clock.local_date(row.at),
        "credits": earned,
        "is_meeting": kind == "meeting.attended"
        or (kind == "meeting.made_up" and row.evidence.get("way") == "recording"),
    }
