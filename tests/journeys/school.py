"""The world of the table of permissions, as of today, with whatever else a screen can show.

There is a film with everything a player offers, one that is still being made and a lesson without;
quizzes of every kind, open, handed in, as an exam and as work to hand in; somebody new, somebody
who fills in the form and somebody who has an offer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from courses.catalogue.models import Lesson
from courses.catalogue.pages import CoursePage
from courses.learning import access, progress
from courses.learning.progress import Segment
from courses.notebook import writing
from courses.quizzes import attempts, bank, kinds
from courses.quizzes.models import Attempt, QuestionVersion, Quiz, QuizItem
from courses.tutoring import booking, planning, recordings
from courses.tutoring.models import Meeting
from courses.tutoring.record_models import MakeUp
from enrollment.api import Student
from enrollment.applications import offers
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import OrgUnit, User
from lms.base import clock
from media.models import Rendition, Video
from tests import factories, people
from tests.courses import teaching
from tests.enrollment.applications import cast
from tests.journeys.cross import Screen
from tests.permissions import world
from tests.permissions.asking import _own
from tests.permissions.shape import Values, World

_LONG = "为什么这一句话在很窄的手机上也要读得完而且不能把页面撑宽？SUPPLYCHAINMANAGEMENT2026"
_BODIES: dict[str, Mapping[str, Any]] = {
    kinds.SINGLE: {"options": [
        {"key": "a", "text": _LONG, "correct": True, "feedback": "对"},
        {"key": "b", "text": "错的", "correct": False, "feedback": "不对"},
    ]},
    kinds.MULTIPLE: {"options": [
        {"key": "a", "text": "拣货", "correct": True, "feedback": ""},
        {"key": "b", "text": "复核", "correct": True, "feedback": ""},
        {"key": "c", "text": "睡觉", "correct": False, "feedback": ""},
    ]},
    kinds.FILL: {"answers": ["先进先出"]},
    kinds.NUMERIC: {"unit": "元", "answer": 12.5, "tolerance": 0.1},
    kinds.MATCHING: {"pairs": [
        {"key": "a", "text": "仓储", "match": "存"}, {"key": "b", "text": "运输", "match": "送"},
    ]},
    kinds.ORDERING: {"items": [{"key": key, "text": f"第{key}步"} for key in "abcd"]},
    kinds.SHORT: {"sample": "看周转", "rubric": []},
    kinds.UPLOAD: {"sample": "", "rubric": [], "files": 2},
}  # fmt: skip
_ANSWERS = {kinds.SINGLE: "b", kinds.MULTIPLE: ["a"], kinds.FILL: "后进先出", kinds.NUMERIC: "12.5"}


@dataclass(frozen=True)
class School:
    world: World
    people: Mapping[str, Any]
    objects: Mapping[str, Values]

    def path_of(self, screen: Screen) -> str:
        """Where the screen is."""
        values = {**_own(self.world.objects, screen.route), **self.objects.get(screen.of, {})}
        if "^" in screen.route:  # Wagtail's: the pages by their own addresses
            return f"/{values['1']}"
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(values[part[1]]), screen.route)

    def person(self, screen: Screen) -> Any:
        return self.people[screen.who]


def open_school(monkeypatch: pytest.MonkeyPatch) -> School:
    now = clock.now()
    monkeypatch.setattr(world, "NOW", now)
    monkeypatch.setattr(world, "WEEK_AGO", now - timedelta(days=7))
    made = world.build()
    yi = Student.objects.get(user=made.people["student"])
    meeting = Meeting.objects.get(uuid=made.variants[_MEETING]["uuid"])
    planning.publish(meeting, by=meeting.tutor, at=now)
    booking.book(meeting, yi, by=yi.user, at=now)
    objects = _lessons(yi) | _papers(yi) | _missed(yi, meeting)
    objects["to come"] = {"uuid": meeting.uuid}
    objects["open to all"] = made.variants["learn/lessons/<uuid:uuid>/", "open to all"]
    for label in ("programme", "course", "lesson", "story", "nothing"):
        objects[label] = made.variants[r"^((?:[\w\-]+/)*)$", label]
    objects["published"] = made.variants["ranking/<slug:slug>/", "published"]
    objects["unknown"] = {"code": "X" * 12}
    for topic in ("identity", "work", "union", "education", "choices", "photos"):
        objects[topic] = {"topic": topic}
    return School(made, {**made.people, **_others(yi)}, objects)


_MEETING = ("learn/meetings/<uuid:uuid>/", "not yet published")


def _film(title: str) -> Video:
    """As the pipeline leaves it: streams, a small picture, sound, captions, chapters."""
    film = teaching.make_video(title, 1_260)
    film.chapters = [{"start_s": 0, "title": "开头"}, {"start_s": 600, "title": _LONG}]
    film.captions_vtt = "WEBVTT\n\n00:00.000 --> 00:09.000\n物流\n"
    film.save()
    for kind, name, size in (("hls", "720p", 24_000_000), ("hls", "360p", 9_000_000),
                             ("audio", "audio", 2_100_000)):  # fmt: skip
        Rendition.objects.create(
            video=film, kind=kind, name=name, path=f"{name}.m3u8", size_bytes=size,
            width_px=1280, height_px=720, bandwidth_bps=800_000,
        )  # fmt: skip
    return film


def _lessons(yi: Student) -> dict[str, Values]:
    course = CoursePage.objects.first()
    assert course is not None
    rich = teaching.make_lesson(
        course,
        "仓库里的一天：从收货、上架、拣选到发货",
        [
            teaching.video(_film("一" * 40)),
            teaching.text(_LONG),
            teaching.quiz(_quiz("小测", *kinds.CHOICE[:2])),
        ],
    )
    unready = Video.objects.create(title="还在准备", state="uploaded", duration_s=60)
    coming = teaching.make_lesson(course, "还在准备", [teaching.video(unready), teaching.text()])
    bare = teaching.make_lesson(course, "只有课文", [teaching.text(_LONG)])
    found = {page.pk: Lesson.objects.get(page_id=page.pk) for page in (rich, coming, bare)}
    seen = found[rich.pk].units.get(kind="video")
    now = clock.now()
    began = now - timedelta(minutes=20)
    stretch = Segment(uuid4(), seen.uuid, 0, 600, 1, began, began + timedelta(seconds=600))
    progress.take_in(yi, [stretch], device="a", sent_at=now, at=now)
    writing.take_note(yi, seen, at_s=612, text=_LONG, uuid=uuid4(), at=now)
    asked = writing.ask(yi, seen, at_s=20, text=_LONG, uuid=uuid4(), at=now)
    tutor = User.objects.get(username="matrix-tutor")
    writing.reply(asked, by=tutor, text="先到的先过期。", uuid=uuid4(), at=now)
    return {
        "with a film": {"uuid": found[rich.pk].uuid},
        "without": {"uuid": found[bare.pk].uuid},
        "being made": {"uuid": found[coming.pk].uuid},
        "mixed quiz": {"uuid": found[rich.pk].units.get(kind="quiz").uuid},
    }


def _missed(yi: Student, coming: Meeting) -> dict[str, Values]:
    """A class with a recording that waits to be seen, and one whose make-up waits for the tutor."""
    now, tutor = clock.now(), coming.tutor
    began = now - timedelta(days=4)
    plan = planning.Plan(coming.topic, coming.station, began, began + timedelta(hours=2))
    week_ago = now - timedelta(days=7)
    held = planning.plan_meeting(yi.cohort, plan, tutor=tutor, by=tutor, at=week_ago)
    planning.publish(held, by=tutor, at=week_ago)
    planning.start(held, by=tutor, at=plan.starts_at)
    planning.finish(held, by=tutor, at=plan.ends_at)
    film, quiz = _film("那天的课"), _quiz("补课小测", kinds.SINGLE)
    recordings.attach(held, video=film, quiz=quiz, by=tutor, at=now)
    asked = MakeUp.objects.get(student=yi)
    return {"missed": {"uuid": held.uuid}, "asked for": {"uuid": asked.meeting.uuid}}


def _quiz(title: str, *asked: str, **facts: Any) -> Quiz:
    made = Quiz.objects.create(title=title, **facts)
    for order, kind in enumerate(asked):
        wording = bank.Wording(f"{kind}：{_LONG}", _BODIES[kind], "因为。")
        question = bank.write_question(
            f"cross-{title}-{kind}", kind=kind, wording=wording, at=people.AT
        )
        QuizItem.objects.create(quiz=made, question=question, order=order)
    return made


def _papers(yi: Student) -> dict[str, Values]:
    """Attempts in every state."""
    now = clock.now()

    def begin(quiz: Quiz) -> Attempt:
        return attempts.open_attempt(yi, quiz, at=now)

    every = begin(_quiz("各种题", *_BODIES))
    done = begin(_quiz("交了", *_ANSWERS))
    kind_of = {version.pk: version.question.kind for version in _versions(done)}
    given = {pk: _ANSWERS[kind_of[pk]] for pk, _points in done.version_ids}
    attempts.submit(done, given, by=yi.user, at=now)
    passed = begin(_quiz("过了", kinds.SINGLE))
    attempts.submit(passed, {passed.version_ids[0][0]: "a"}, by=yi.user, at=now)
    exam = begin(_quiz("考试", kinds.SINGLE, kinds.FILL, minutes=30, tries=1))
    work = begin(_quiz("计划书", kinds.UPLOAD))
    handed = Attempt.objects.filter(student=yi, pending=True).get()
    papers = {
        "every kind": every, "handed in": done, "passed": passed, "exam": exam,
        "work": work, "with the tutor": handed,
    }  # fmt: skip
    return {name: {"uuid": attempt.uuid} for name, attempt in papers.items()}


def _versions(attempt: Attempt) -> Any:
    keys = [pk for pk, _points in attempt.version_ids]
    return QuestionVersion.objects.filter(pk__in=keys).select_related("question")


def _others(yi: Student) -> dict[str, Any]:
    """Who is new, who fills in the form, who has an offer."""
    now = clock.now()
    units = people.Units(
        *(OrgUnit.objects.get(code=code) for code in ("359900", "359903", "359911", "E0001"))
    )
    new = factories.make_student(units, "新来的", "+8613700000009", cohort=yi.cohort, at=now)
    access.open_access(new, at=now)
    writes = people.make_person("正在填表的人", "+8613700000021")
    intake = Cohort.objects.get(slug="intake-2026")
    cast.filled(writes, intake, units.siming, serial=501, at=now)
    ranked = Cohort.objects.get(slug="intake-late")
    offers.fill(ranked, by=None, at=now)
    offer = Application.objects.get(cohort=ranked, state=State.OFFERED)
    return {"new": new.user, "writes": writes, "offered": offer.user}
