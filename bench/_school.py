"""A school to measure: one course of forty lessons, five short ones, any number of students.

What the measured students have, they have through the product's own services. The crowd beside
them is copied row by row from one of them, because only its weight in the tables matters.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

LESSONS = 40
SHORT_COURSES = 5
VIDEO_S = 600
EVENT_S = 15
SLUG = "2026"
# As tests.people.make_staff opens the account.
TUTOR, PASSWORD = "chen", "test-pass-123"


@dataclass
class School:
    """Addresses and cookies, as plain values that travel between processes.

    Args:
        pages: what is measured, by name; ``{who, path}`` with ``who`` one of ``sessions`` or "".
        screens: the student's other screens, which only the phone looks at.
        sessions: session cookies by the name of the student.
        videos: uuids of the units that progress posts speak of, in the order of the lessons.
        watched: how many lessons the students have finished.
    """

    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    screens: dict[str, dict[str, str]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    videos: list[str] = field(default_factory=list)
    watched: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def build(now: datetime, lessons: int = LESSONS, film: Any = None) -> School:
    """Fill an empty database; every lesson of the large course has a video, a text and a quiz.

    Args:
        film: a real video for the lesson that is measured; the others are rows without files.
    """
    from django.db import transaction

    from courses.catalogue.models import Course, Unit
    from tests import factories, people
    from tests.courses import teaching

    units = people.make_units()
    home = teaching.make_home()
    programme = teaching.make_programme()
    for code, title in (("NM", "网络营销"), ("EC", "电子商务")):
        teaching.make_programme(code, title)
    page = teaching.make_course(programme, "物流学概论")
    watched = lessons // 2 - 1
    for number in range(1, lessons + 1):
        given = film if number == watched + 1 else None
        _lesson(page, number, given or _film(number))
    for number in range(SHORT_COURSES):
        short = teaching.make_course(programme, f"选修课 {number + 1}")
        teaching.make_lesson(short, "绪论", [teaching.text(id_="t1")])
    cohort = factories.make_cohort(units, slug=SLUG, places=50)
    _open_intake(units, now)
    course = Course.objects.get(page_id=page.pk)
    videos = Unit.objects.filter(lesson__course=course, kind=Unit.Kind.VIDEO)
    names_of_videos = videos.order_by("lesson__order").values_list("uuid", flat=True)
    school = School(videos=[str(name) for name in names_of_videos], watched=watched)
    names = ("reader", "one", "ten")
    students = [
        factories.make_student(units, f"学员{n}", f"+861370000{n:04d}", cohort=cohort, at=now)
        for n in range(1, len(names) + 1)
    ]
    for name, student in zip(names, students, strict=True):
        with transaction.atomic():
            _study(student, course, school.watched, now)
        school.sessions[name] = session(student.user)
    _meeting(units, students[0], now)
    school.pages = _pages(students[0], course, school.watched, now)
    school.screens = _screens(students[0], course, now)
    teaching.add(home, _empty_page())
    return school


def _film(number: int) -> Any:
    """A video as the pipeline leaves it, without its files."""
    from media.models import Rendition
    from tests.courses import teaching

    film = teaching.make_video(f"第 {number} 讲", VIDEO_S)
    film.captions_vtt = "WEBVTT\n"
    film.save()
    ladder = [("720p", 1280, 720), ("480p", 854, 480), ("360p", 640, 360)]
    for name, width, height in ladder:
        Rendition.objects.create(
            video=film,
            kind="hls",
            name=name,
            path=f"{name}.m3u8",
            size_bytes=height * 40_000,
            width_px=width,
            height_px=height,
        )
    Rendition.objects.create(
        video=film, kind="audio", name="audio", path="audio.m4a", size_bytes=2_400_000
    )
    return film


def _lesson(parent: Any, number: int, film: Any) -> None:
    from tests.courses import teaching

    words = "从下单到签收，一件货要经过运输、储存、装卸、搬运、包装、流通加工、配送和信息处理。" * 4
    body = [
        teaching.video(film),
        *(teaching.text(words, id_=f"t{n}") for n in range(1, 5)),
        {
            "type": "key_terms",
            "id": "k1",
            "value": [
                {"type": "item", "id": f"k{n}", "value": {"term": "物流", "meaning": words[:40]}}
                for n in range(3)
            ],
        },
        {"type": "callout", "id": "c1", "value": {"tone": "exam", "body": f"<p>{words}</p>"}},
        teaching.quiz(teaching.make_quiz(f"小测 {number}", questions=5)),
    ]
    teaching.make_lesson(parent, f"第 {number} 讲 物流的构成", body)


def _open_intake(units: Any, now: datetime) -> None:
    """Next year's class takes applications today, so that the public page has its figures."""
    from enrollment.registry import roll
    from enrollment.registry.models import Cohort
    from tests import factories

    today = now.date()
    cohort = Cohort.objects.create(
        slug="next",
        name="下一级学历能力提升专班",
        year=today.year + 1,
        city=units.city,
        college="海州开放大学",
        opens_on=today - timedelta(days=20),
        closes_on=today + timedelta(days=20),
        decides_on=today + timedelta(days=40),
        starts_on=today + timedelta(days=60),
        ends_on=today + timedelta(days=900),
        tuition_fen=600_000,
        union_share_fen=400_000,
    )
    for code in factories.TITLES:
        roll.set_quota(cohort, factories.make_programme(code), 50, by=None, at=now)


def _study(student: Any, course: Any, watched: int, now: datetime) -> None:
    """Half of the course is done, in the weeks before now."""
    from courses.catalogue.models import Unit
    from courses.learning import access, progress
    from courses.learning.progress import Segment

    access.open_access(student, at=now)
    units = Unit.objects.filter(lesson__course=course).select_related("lesson__course")
    done = units.filter(lesson__in=list(course.lessons.order_by("order")[:watched])).order_by(
        "lesson__order", "order"
    )
    began = now - timedelta(days=40)
    for number, unit in enumerate(done):
        at = began + timedelta(hours=12 * number)
        if unit.kind == Unit.Kind.VIDEO:
            stop = at + timedelta(seconds=VIDEO_S)
            seen = Segment(uuid.uuid4(), unit.uuid, 0, VIDEO_S, 1, at, stop)
            progress.record_segments(student, [seen], device="d", sent_at=stop, at=stop)
        elif unit.kind == Unit.Kind.TEXT:
            progress.finish_text(student, unit, at=at)
        else:
            progress.finish_quiz(
                student, unit.quiz, share=1, passed=True, spent_s=60, studied_at=at, at=at
            )


def _meeting(units: Any, student: Any, now: datetime) -> None:
    from courses.tutoring import booking, planning, stations
    from courses.tutoring.planning import Plan
    from lms.accounts.models import Role
    from tests import people

    tutor = people.make_staff(Role.TUTOR, "陈老师", username=TUTOR, unit=units.city)
    station = stations.keep_station(
        "SM-01",
        name="滨海驿站",
        district=units.siming,
        address="思明区滨海路 12 号",
        latitude=24.4798,
        longitude=118.0894,
        capacity=30,
        opening_hours="08:00–22:00",
        by=None,
        at=now,
    )
    # Three in the afternoon of the day after tomorrow, by the clocks of the city.
    starts = now.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=2)
    plan = Plan(
        topic="仓储答疑", station=station, starts_at=starts, ends_at=starts + timedelta(hours=2)
    )
    meeting = planning.plan_meeting(student.cohort, plan, tutor=tutor, by=tutor, at=now)
    planning.publish(meeting, by=tutor, at=now)
    booking.book(meeting, student, by=student.user, at=now)


def enrol(school: School, count: int, now: datetime) -> None:
    """More students who have just begun, with a session each: ``s0``, ``s1``, …"""
    from courses.learning import access
    from enrollment.registry.models import Cohort
    from lms.accounts.models import OrgUnit
    from tests import factories, people

    city, siming, jimei, riders = OrgUnit.objects.order_by("pk")[:4]
    units = people.Units(city, siming, jimei, riders)
    cohort = Cohort.objects.get(slug=SLUG)
    for number in range(count):
        phone = f"+86136001{number:05d}"
        student = factories.make_student(units, f"同学{number}", phone, cohort=cohort, at=now)
        access.open_access(student, at=now)
        school.sessions[f"s{number}"] = session(student.user)


def hand_out_codes(count: int, now: datetime) -> list[dict[str, str]]:
    """People who were just sent a code each: ``{session, code}``, good for one sign-in.

    The codes are made by the site's own first step and read from the outbox of text messages.
    """
    import re

    from django.conf import settings
    from django.test import Client

    from lms.accounts.models import TextMessage
    from tests import people

    start = int(now.timestamp()) % 10_000_000
    handed = []
    for number in range(count):
        phone = f"1350{(start + number) % 10_000_000:07d}"
        people.make_person(f"来人{number}", f"+86{phone}")
        client = Client(headers={"Host": "localhost"})
        # Each from an address of its own, as phones are.
        client.post(
            "/sign-in/", {"phone": phone}, REMOTE_ADDR=f"10.1.{number // 250}.{number % 250}"
        )
        message = TextMessage.objects.order_by("-pk").first()
        found = re.search(r"\d{6}", message.text.plain()) if message else None
        if found is None:
            raise SystemExit("no code was sent")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        handed.append({"session": session, "code": found[0]})
    return handed


def session(user: Any) -> str:
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def _empty_page() -> Any:
    """Wagtail's own page model with Wagtail's own template: a title and nothing else."""
    from wagtail.models import Page

    return Page(title="空白页", slug="empty")


def _pages(student: Any, course: Any, watched: int, now: datetime) -> dict[str, dict[str, str]]:
    from django.urls import reverse

    from courses.quizzes import attempts

    lesson = course.lessons.order_by("order")[watched]
    quiz = lesson.units.get(kind="quiz").quiz
    attempt = attempts.open_attempt(student, quiz, at=now)
    own = {
        "today": "/learn/",
        "course": reverse("courses:course", args=[course.uuid]),
        "lesson": reverse("courses:lesson", args=[lesson.uuid]),
        "quiz": reverse("courses:attempt", args=[attempt.uuid]),
        "courses": "/learn/courses/",
        "why": reverse("courses:why", args=[course.uuid]),
        "meetings": "/learn/meetings/",
        "me": "/learn/me/",
        "downloads": "/learn/downloads/",
    }
    public = {"catalogue": "/", "catalogue_programme": "/log/"}
    return {
        "empty": {"who": "reader", "path": "/empty/"},
        **{name: {"who": "reader", "path": path} for name, path in own.items()},
        **{name: {"who": "", "path": path} for name, path in public.items()},
    }


def _screens(student: Any, course: Any, now: datetime) -> dict[str, dict[str, str]]:
    from django.urls import reverse

    from courses.quizzes import attempts
    from courses.tutoring.models import Meeting, Station

    quiz = course.lessons.order_by("order")[0].units.get(kind="quiz").quiz
    handed_in = attempts.open_attempt(student, quiz, at=now)
    attempts.submit(handed_in, {}, by=student.user, at=now)
    following = course.lessons.order_by("order")[1].units.get(kind="quiz")
    paths = {
        "settings": reverse("courses:settings"),
        "notes": reverse("courses:notes"),
        "questions": reverse("courses:questions"),
        "result": reverse("courses:attempt", args=[handed_in.uuid]),
        "paper": reverse("courses:quiz_paper", args=[following.uuid]),
        "meeting": reverse("courses:meeting", args=[Meeting.objects.get().uuid]),
        "scan": reverse("courses:scan_page"),
        "stations": reverse("courses:stations"),
        "station": reverse("courses:station", args=[Station.objects.get().uuid]),
        "shifts": reverse("courses:shifts"),
        "no_signal": reverse("courses:no_signal"),
    }
    return {name: {"who": "reader", "path": path} for name, path in paths.items()}


# ---------------------------------------------------------------- the crowd


def grow(students: int) -> None:
    """Add students, each with the rows of the first one, until there are so many."""
    from django.db import connection

    from courses.learning.models import (
        CourseProgress,
        Learner,
        StudyDay,
        UnitProgress,
        WatchSegment,
    )
    from enrollment.completion import rebuilding
    from enrollment.completion.models import Milestone
    from enrollment.registry.models import Student

    first = Student.objects.order_by("pk").first()
    assert first is not None
    new = _people(first, students - Student.objects.count())
    for model in (Learner, CourseProgress, UnitProgress, StudyDay, WatchSegment, Milestone):
        _copy(model, first.pk, new)
    _copy_ledger(first.pk, new)
    # The union's figures of the crowd, as the product itself derives them.
    rebuilding.rebuild(first.cohort, at=datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _people(first: Any, count: int) -> list[int]:
    """Accounts, roles, places and enrolments; returns the keys of the students."""
    from enrollment.registry.models import Place, Student
    from lms.accounts.models import Grant, Role, User

    tag = secrets.token_hex(3)
    users = User.objects.bulk_create(
        User(username=f"crowd-{tag}-{n}", name=f"同学{n}", password="!") for n in range(count)
    )
    Grant.objects.bulk_create(
        Grant(user=u, role=Role.STUDENT, org_unit=first.org_unit, granted_at=first.matriculated_at)
        for u in users
    )
    top = Place.objects.filter(cohort=first.cohort).order_by("-no").values_list("no", flat=True)[0]
    places = Place.objects.bulk_create(
        Place(cohort=first.cohort, programme=first.programme, no=top + 1 + n) for n in range(count)
    )
    rows = Student.objects.bulk_create(
        Student(
            user=user,
            cohort=first.cohort,
            programme=first.programme,
            place=place,
            org_unit=first.org_unit,
            student_no=f"{tag}-{n}",
            name=user.name,
            matriculated_at=first.matriculated_at,
        )
        for n, (user, place) in enumerate(zip(users, places, strict=True))
    )
    return [row.pk for row in rows]


def _copy(model: Any, first: int, new: list[int]) -> None:
    """The rows of one student once more for each of the others, made by the database."""
    from django.db import connection, models

    kept = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
    columns = ", ".join(f.column for f in kept)
    fresh = {"student_id": "other.id"} | {
        f.column: "gen_random_uuid()" for f in kept if isinstance(f, models.UUIDField) and f.unique
    }
    values = ", ".join(fresh.get(f.column, f"own.{f.column}") for f in kept)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} own,"
            " unnest(%s::bigint[]) AS other(id) WHERE own.student_id = %s",
            [new, first],
        )


def _copy_ledger(first: int, new: list[int]) -> None:
    """The learning lines of one student once more for each of the others, each chained as its own."""
    from enrollment.completion import ledger
    from enrollment.completion.models import LearningEntry
    from lms.base.prepared import PreparedInsert

    lines = list(LearningEntry.objects.filter(student_id=first).order_by("pk"))
    columns = [f.attname for f in LearningEntry._meta.concrete_fields if not f.primary_key]
    rows = []
    for student in new:
        before = ""
        for line in lines:
            line.student_id = student
            line.sha256 = before = ledger.chain(line, before)
            rows.append([getattr(line, column) for column in columns])
    PreparedInsert(LearningEntry, columns)(rows)


# ---------------------------------------------------------------- what phones send


def batch(school: School, first: int, size: int, now: datetime) -> dict[str, Any]:
    """A post of ``size`` events of fifteen seconds; ``first`` counts the student's events before it.

    Forty events fill a video; then the next one begins, as in life.
    """
    began = now - timedelta(days=7)
    per_video = VIDEO_S // EVENT_S

    def event(number: int) -> dict[str, Any]:
        start = (number % per_video) * EVENT_S
        at = began + timedelta(seconds=number * EVENT_S)
        started = at.timestamp() * 1000
        unit = school.videos[(school.watched + number // per_video) % len(school.videos)]
        return {
            "uuid": str(uuid.uuid4()),
            "unit": unit,
            "from": start,
            "to": start + EVENT_S,
            "rate": 1,
            "started_at": started,
            "stopped_at": started + EVENT_S * 1000,
        }

    events = [event(first + n) for n in range(size)]
    return {"device": "phone", "sent_at": now.timestamp() * 1000, "events": events}
