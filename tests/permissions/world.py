"""One small world with somebody in every role and one object of every kind, built by services.

The objects are of 阿怡 (a student), of 林 (an applicant) and of 陈老师's afternoon at a station, all
in the first district.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import PurePath
from uuid import uuid4

import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from wagtail.documents import get_document_model
from wagtail.models import Page

from courses.learning import access
from courses.notebook import writing
from courses.notebook.models import Note, TutorQuestion
from courses.quizzes import attempts, bank
from courses.quizzes import handing as handing_in
from courses.quizzes.models import AnswerFile, Quiz, QuizItem
from courses.reminders import choosing, links
from courses.reminders.choosing import Choice
from courses.reminders.models import EVERY_DAY, Reminder
from courses.tutoring import (
    attendance,
    booking,
    calendars,
    leaves,
    makeups,
    planning,
    stations,
    terms,
    weeks,
)
from courses.tutoring.models import Meeting
from courses.tutoring.planning import Plan
from courses.tutoring.record_models import LeaveRequest, MakeUp
from courses.tutoring.term_models import TermPlan
from enrollment.api import Student
from enrollment.applications import posters
from enrollment.applications.models import Application
from enrollment.completion import exporting, month_reports
from enrollment.completion.desk_models import Export, MonthReport
from enrollment.kits import handing
from enrollment.kits.models import Handout
from enrollment.letters import batches as letter_batches
from enrollment.letters.ceremony import set_ceremony
from enrollment.letters.models import Batch, Letter
from enrollment.membership import rosters
from enrollment.membership.models import JoinRequest, Roster
from enrollment.platform import tokens
from enrollment.platform.models import Scope
from enrollment.records import marks as given_marks
from enrollment.records import papers
from enrollment.records.curriculum import plan_of
from enrollment.registry import roll
from enrollment.registry.models import Cohort
from lms.accounts.approvals import Approval
from lms.accounts.models import OrgUnit, Role, User
from lms.base.jobs import api as jobs
from lms.base.storage import private_files, video_files
from media import api as media
from tests import factories, people
from tests.courses import teaching
from tests.enrollment.applications import cast
from tests.enrollment.letters import cast as letters
from tests.enrollment.membership import workbooks
from tests.permissions import marks
from tests.permissions.shape import Values, World

# A Tuesday afternoon in Shanghai. The clock stands still while the table is read, so that codes
# and links which last seconds or hours are as good for the last question as for the first.
NOW = datetime(2026, 3, 17, 6, 30, tzinfo=UTC)
WEEK_AGO = NOW - timedelta(days=7)

_STAFF = (
    ("tutor", Role.TUTOR, "陈老师", "siming"),
    ("other_tutor", Role.TUTOR, "黄老师", "jimei"),
    ("district", Role.DISTRICT_OFFICER, "王干事", "siming"),
    ("other_district", Role.DISTRICT_OFFICER, "苏干事", "jimei"),
    ("city", Role.CITY_OFFICER, "刘干事", "city"),
    ("registrar", Role.REGISTRAR, "周老师", "city"),
    ("editor", Role.COURSE_EDITOR, "小何", "city"),
    ("operator", Role.OPERATOR, "老吴", "city"),
    ("auditor", Role.AUDITOR, "老郑", "city"),
)
_CLASS, _INTAKE = "class-2025", "intake-2026"


@contextmanager
def standing_still() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def build() -> World:
    """Everything and everybody. Call it while time stands still, inside a transaction."""
    units = people.make_units()
    staff = {
        key: people.make_staff(role, name, username=f"matrix-{key}", unit=getattr(units, unit))
        for key, role, name, unit in _STAFF
    }
    taught = teaching.make_taught()
    teaching.make_programme("NM", "网络营销")
    lin, application = _applicant(units)
    cohort = _cohort(units, _CLASS, began=WEEK_AGO)
    yi = factories.make_student(units, marks.STUDENT, "+8613700000002", cohort=cohort, at=WEEK_AGO)
    classmate = factories.make_student(
        units, "同班的学员", "+8613700000003", cohort=cohort, at=WEEK_AGO
    )
    other = factories.make_student(
        units, "别班的学员", "+8613700000004", programme="NM", at=WEEK_AGO,
        cohort=_cohort(units, "class-2024", began=WEEK_AGO - timedelta(days=365)),
    )  # fmt: skip
    for student in (yi, classmate, other):  # what the news of the matriculation does on commit
        access.open_access(student, at=WEEK_AGO)
    everybody: dict[str, User | None] = {
        "anonymous": None,
        "outsider": people.make_person("外人", "+8613900009999"),
        "applicant": lin,
        "student": yi.user,
        "classmate": classmate.user,
        "other_student": other.user,
        **staff,
    }
    return _filled(everybody, units, staff, taught, yi, application)


def _cohort(
    units: people.Units, slug: str, *, began: datetime, closes: datetime | None = None
) -> Cohort:
    """A class that began on that day; it takes applications until ``closes``, if given."""
    closed = (closes or began - timedelta(days=14)).date()
    cohort = Cohort.objects.create(
        slug=slug,
        name=f"{slug} 级专班",
        year=began.year if closes else began.year - 1,
        city=units.city,
        college="海州开放大学",
        opens_on=closed - timedelta(days=60),
        closes_on=closed,
        decides_on=closed,
        starts_on=began.date(),
        ends_on=began.date() + timedelta(days=900),
        tuition_fen=600_000,
        union_share_fen=400_000,
    )
    for code in factories.TITLES:
        roll.set_quota(cohort, factories.make_programme(code), 3, by=None, at=WEEK_AGO)
    return cohort


def _applicant(units: people.Units) -> tuple[User, Application]:
    intake = _cohort(
        units, _INTAKE, began=NOW + timedelta(days=90), closes=NOW + timedelta(days=30)
    )
    lin = people.make_person(marks.APPLICANT, "+8613700000001")
    # No member yet: the officer of the district has both the application and the wish to join.
    application = cast.submitted(
        lin, intake, units.siming, serial=77, at=WEEK_AGO, is_member=False, wants_to_join=True
    )
    return lin, application


def _published(units: people.Units) -> Cohort:
    """An intake whose order of applicants is public; the names in it are not."""
    later = _cohort(
        units, "intake-late", began=NOW + timedelta(days=90), closes=NOW + timedelta(days=40)
    )
    cast.published(later, cast.Office(units), 1, first=marks.RANKED, at=WEEK_AGO)
    return later


def _meeting(units: people.Units, cohort: Cohort, tutor: User, *, in_days: int) -> Meeting:
    station = stations.keep_station(
        "SM-01", name="滨海驿站", district=units.siming, address="滨海路 12 号",
        latitude=24.48, longitude=118.09, capacity=3, opening_hours="08:00–22:00",
        by=None, at=WEEK_AGO,
    )  # fmt: skip
    starts = NOW - timedelta(minutes=10) + timedelta(days=in_days)
    plan = Plan("仓储答疑", station, starts, starts + timedelta(hours=2))
    return planning.plan_meeting(cohort, plan, tutor=tutor, by=tutor, at=WEEK_AGO)


def _running(units: people.Units, yi: Student, tutor: User) -> Meeting:
    """An afternoon that is going on; 阿怡 has booked and signed in."""
    meeting = _meeting(units, yi.cohort, tutor, in_days=0)
    planning.publish(meeting, by=tutor, at=WEEK_AGO)
    booking.book(meeting, yi, by=yi.user, at=WEEK_AGO)
    planning.start(meeting, by=tutor, at=NOW - timedelta(minutes=5))
    attendance.tick(meeting, yi, by=tutor, at=NOW)
    return meeting


def _leave(units: people.Units, yi: Student, tutor: User) -> LeaveRequest:
    """阿怡 cannot come in three days."""
    meeting = _meeting(units, yi.cohort, tutor, in_days=3)
    planning.publish(meeting, by=tutor, at=WEEK_AGO)
    return leaves.ask(meeting, yi, reason=marks.EXCUSE, by=yi.user, at=WEEK_AGO)


def _make_up(units: people.Units, yi: Student, tutor: User) -> MakeUp:
    """阿怡 missed a class that was held again yesterday, and was there then."""
    missed = _meeting(units, yi.cohort, tutor, in_days=-2)
    again = _meeting(units, yi.cohort, tutor, in_days=-1)
    for meeting in (missed, again):
        planning.publish(meeting, by=tutor, at=WEEK_AGO)
    attendance.tick(again, yi, by=tutor, at=again.starts_at)
    return makeups.ask(missed, yi, way=MakeUp.Way.REPEAT, by=yi.user, at=NOW)


def _term(yi: Student, tutor: User) -> TermPlan:
    """A solved term of one topic in the weeks to come."""
    terms.keep_hours(tutor, cells=weeks.of_hours([(14, 16)]), per_week=2, at=WEEK_AGO)
    first = (NOW + timedelta(days=7)).date()
    due = terms.Due("供应链", first, first + timedelta(days=6))
    plan = terms.ask(yi.cohort, [due], minutes=120, pays_from=1, tutor=tutor, at=WEEK_AGO)
    jobs.attend(jobs.Job.objects.get(kind=terms.KIND).pk)
    return plan


def _roster(units: people.Units, officer: User) -> Roster:
    """A district's workbook that was looked through and waits for the second word."""
    content = workbooks.workbook((marks.MEMBER, cast.id_number(78), "13700000078"))
    file = io.BytesIO(content)
    taken = rosters.take(
        file, name="名册.xlsx", size_bytes=len(content), unit=units.siming, by=officer, at=WEEK_AGO
    )
    jobs.attend(jobs.Job.objects.get(kind=rosters.CHECK).pk)
    taken.refresh_from_db()
    return taken


def _handout(letter: Letter, registrar: User) -> Handout:
    scan = handing.Scan(uuid4(), WEEK_AGO)
    handing.hand_over(letter.student.cohort, letter, scan, by=registrar, at=WEEK_AGO)
    return Handout.objects.get(uuid=scan.uuid)


def _batch(letter: Letter, registrar: User) -> Batch:
    batch = letter_batches.start(letter.student.cohort, by=registrar, at=WEEK_AGO)
    letters.print_all()
    return batch


def _letter(yi: Student, registrar: User) -> Letter:
    set_ceremony(
        yi.cohort, when=NOW + timedelta(days=3), where="工人文化宫", by=registrar, at=WEEK_AGO
    )
    return letters.printed(yi, at=WEEK_AGO)


def _video(taught: teaching.Taught) -> media.Video:
    """The lecture, with a file where its set lies."""
    film = taught.film
    film.captions_vtt = "WEBVTT\n"
    film.save()
    name = f"{film.published_prefix}/240p.mp4"
    if not video_files().exists(name):
        video_files().save(name, ContentFile(b"mp4"))
    return film


def _written(taught: teaching.Taught, yi: Student) -> tuple[Note, TutorQuestion]:
    """阿怡's note, and her question to the tutor."""
    unit = taught.unit("video")
    note = writing.take_note(yi, unit, at_s=12, text=marks.NOTE, uuid=uuid4(), at=WEEK_AGO)
    return note, writing.ask(yi, unit, at_s=12, text=marks.QUESTION, uuid=uuid4(), at=WEEK_AGO)


def _open_course(programme: Page) -> teaching.Taught:
    """What every member may learn; its words are nobody's secret."""
    page = teaching.make_course(programme, "公开课")
    page.is_open = True
    page = teaching.publish(page)
    test = teaching.make_quiz("公开小测")
    lesson = teaching.make_lesson(
        page, "第一讲", [teaching.text("人人可学。"), teaching.quiz(test)]
    )
    return teaching.Taught(programme, page, lesson, teaching.make_video("公开片"), test)


def _reminder(yi: Student) -> Reminder:
    choice = Choice(Reminder.By.SMS, time(14, 50), EVERY_DAY)
    return choosing.choose(yi, choice, by=yi.user, at=WEEK_AGO)


def _filled(
    everybody: dict[str, User | None],
    units: people.Units,
    staff: dict[str, User],
    taught: teaching.Taught,
    yi: Student,
    application: Application,
) -> World:
    meeting = _running(units, yi, staff["tutor"])
    hall = _open_course(taught.programme)
    planned = _meeting(units, yi.cohort, staff["tutor"], in_days=2)
    letter, film = _letter(yi, staff["registrar"]), _video(taught)
    poster = posters.make_poster(application.cohort, "驿站", by=staff["city"], at=WEEK_AGO)
    feed = calendars.feed_of(yi, at=WEEK_AGO)
    attempt = attempts.open_attempt(yi, taught.quiz, at=WEEK_AGO)
    handed = _handed_in(yi)
    job = jobs.enqueue("letters.print", key="matrix", payload={})
    document = get_document_model()(title="讲义")
    document.file.save("notes.txt", ContentFile(b"notes"))
    playing = media.playback(film, user=yi.user, at=NOW).saver_url.split("/")
    token, code = playing[2], attendance.code_of(meeting, at=NOW)
    stale = attendance.code_of(meeting, at=NOW - timedelta(days=1))
    course_path, lesson_path = (
        page.get_url().strip("/") + "/" for page in (taught.course_page, taught.lesson_page)
    )
    batch = _batch(letter, staff["registrar"])
    handout = _handout(letter, staff["registrar"])
    note, question = _written(taught, yi)
    switch = links.token_of(_reminder(yi))
    objects: dict[str, Values] = {
        "learn/courses/": {"uuid": taught.course.uuid},
        "learn/lessons/": {"uuid": taught.lesson.uuid},
        "learn/lessons/<uuid:uuid>/film/": {
            "uuid": taught.lesson.uuid,
            "unit": taught.unit("video").uuid,
        },
        "learn/units/<uuid:uuid>/read/": {"uuid": taught.unit("text").uuid},
        "learn/units/<uuid:uuid>/quiz/": {"uuid": taught.unit("quiz").uuid},
        "learn/attempts/": {"uuid": attempt.uuid},
        "learn/answers/": {"uuid": handed.uuid},
        "desk/tutor/marking/": {"uuid": handed.attempt.uuid},
        "learn/meetings/": {"uuid": meeting.uuid},
        "learn/open/courses/": {"uuid": hall.course.uuid},
        "learn/open/units/<uuid:uuid>/read/": {"uuid": hall.unit("text").uuid},
        "learn/open/units/<uuid:uuid>/quiz/": {"uuid": hall.unit("quiz").uuid},
        "learn/notes/": {"uuid": note.uuid},
        "learn/questions/": {"uuid": question.uuid},
        "desk/progress/": {"uuid": yi.uuid},
        "desk/tutor/questions/": {"uuid": question.uuid},
        "calendar/": {"token": feed.token},
        "learn/stations/": {"uuid": meeting.station.uuid},
        "calendar/shared/": {
            "token": calendars.shared_feed_of(tutor=staff["tutor"], at=WEEK_AGO).token
        },
        "m/": {"token": code},
        "r/": {"token": switch},
        "videos/": {"token": token, "path": "240p.mp4"},
        "desk/tutor/meetings/": {"uuid": meeting.uuid},
        "desk/tutor/terms/": {"uuid": _term(yi, staff["tutor"]).uuid, "number": 0},
        "desk/tutor/students/": {"uuid": yi.uuid},
        "desk/tutor/leaves/": {"uuid": _leave(units, yi, staff["tutor"]).uuid},
        "desk/tutor/make-ups/": {"uuid": _make_up(units, yi, staff["tutor"]).uuid},
        "jobs/": {"uuid": job.uuid},
        "desk/union/call/": {"uuid": yi.uuid},
        "desk/union/reports/": {"uuid": _report(yi).uuid},
        "desk/union/export/": {"uuid": _table(yi, staff["district"]).uuid},
        "desk/registration/": {"slug": yi.cohort.slug},
        "desk/operator/retention/": {"name": "sessions"},
        "desk/second/": {"uuid": _numbers(yi, staff["registrar"]).uuid, "word": "grant"},
        "p/": {"code": poster.code},
        "ranking/": {"slug": application.cohort.slug},
        "apply/consent/": {"version": application.consent_version},
        "apply/photos/": {"kind": "id_front"},
        "apply/": {"topic": "identity"},
        "desk/review/": {"uuid": application.uuid, "kind": "id_front"},
        "desk/members/rosters/": {"uuid": _roster(units, staff["district"]).uuid},
        "desk/members/joins/": {"uuid": JoinRequest.objects.get(application=application).uuid},
        "desk/posters/": {"code": poster.code, "kind": "png"},
        "desk/set-up/programmes/": {"code": yi.programme.code},
        "desk/set-up/classes/": {"slug": application.cohort.slug},
        "desk/people/": {
            "uuid": staff["tutor"].uuid,
            "pk": staff["tutor"].grants.get().pk,
            "act": "sessions",
        },
        "desk/platform/": _platform(units, staff["operator"]),
        "desk/units/": {"code": units.siming.code},
        **_recorded(yi, staff["registrar"]),
        "desk/registrar/": {"slug": application.cohort.slug, "act": "rank"},
        "desk/applications/": {"uuid": application.uuid},
        "verify/": {"code": letter.code},
        "verify/keys/": {"name": "root.crt"},
        "uploads/images/": {
            "name": PurePath(default_storage.save("images/map.png", ContentFile(b"\x89PNG"))).name
        },
        "V/": {"code": letter.code, "token": "of-the-paper"},
        "letters/": {"uuid": letter.uuid},
        "desk/letters/": {"uuid": letter.uuid},
        "desk/kits/": {"uuid": handout.uuid, "slug": letter.student.cohort.slug},
        "desk/letters/batches/": {"uuid": batch.uuid, "piece": "manifest"},
        "desk/letters/text/": {"slug": letter.student.cohort.slug},
        "documents/": {"1": document.pk, "2": document.filename},
        "cms/pages/": {"*": taught.lesson_page.pk},
        "^": {"1": ""},
    }
    tree = r"^((?:[\w\-]+/)*)$"
    variants: dict[tuple[str, str], Values] = {
        (tree, "programme"): {"1": taught.programme.get_url().strip("/") + "/"},
        (tree, "course"): {"1": course_path},
        (tree, "lesson"): {"1": lesson_path},
        (tree, "story"): {"1": teaching.make_story().get_url().strip("/") + "/"},
        (tree, "nothing"): {"1": "no-such-page/"},
        ("videos/<str:token>/<path:path>", "wrong secret"): {
            "token": token[:-2] + "xx", "path": "240p.mp4",
        },
        ("videos/<str:token>/<path:path>", "path outside"): {
            "token": token, "path": "../../originals/x.mp4",
        },
        ("calendar/<str:token>.ics", "wrong secret"): {"token": feed.token[:-2] + "xx"},
        ("m/<str:token>/", "wrong secret"): {"token": code[:-2] + "xx"},
        ("r/<str:token>/", "wrong secret"): {"token": switch[:-2] + "xx"},
        ("m/<str:token>/", "yesterday's code"): {"token": stale},
        ("verify/<str:code>/", "wrong secret"): {"code": "X" * len(letter.code)},
        ("verify/keys/<str:name>", "private key"): {"name": "root.key"},
        ("learn/meetings/<uuid:uuid>/", "not yet published"): {"uuid": planned.uuid},
        ("ranking/<slug:slug>/", "published"): {"slug": _published(units).slug},
        ("learn/lessons/<uuid:uuid>/", "open to all"): {"uuid": hall.lesson.uuid},
        ("learn/lessons/<uuid:uuid>/download/", "open to all"): {"uuid": hall.lesson.uuid},
    }  # fmt: skip
    return World(
        people=everybody,
        objects=objects,
        variants=variants,
        marks=marks.of(yi, application, feed.token),
    )


def _recorded(yi: Student, registrar: User) -> dict[str, Values]:
    """A mark and an act with its paper on 阿怡's page of the roll."""
    (course,) = plan_of(yi.programme_id)
    paper = papers.Paper("证书.pdf", papers.PDF, b"%PDF-1.7 paper")
    who = {"reason": "物流师证书", "by": registrar, "at": WEEK_AGO}
    act = given_marks.recognise(yi, course, papers=[paper], **who).act
    slug = yi.cohort.slug
    return {
        "desk/roll/": {"uuid": yi.uuid, "act": "leave"},
        "desk/roll/papers/": {"uuid": act.papers.get().uuid},
        "desk/marks/": {"slug": slug, "uuid": course.uuid},
        "desk/graduation/": {"slug": slug, "act": "graduate"},
        "desk/fees/": {"slug": slug, "uuid": yi.uuid, "act": "pay"},
        "desk/money/": {"slug": slug},
    }


def _platform(units: people.Units, operator: User) -> Values:
    """A token of another system."""
    token, _secret = tokens.make(
        "数据平台", scopes=Scope.values, unit=units.city, days=30, by=operator, at=WEEK_AGO
    )
    return {"kind": "token", "uuid": token.uuid}


def _handed_in(yi: Student) -> AnswerFile:
    """An assignment that waits for the tutor, with its document."""
    test = Quiz.objects.create(title="作业")
    wording = bank.Wording("交一份计划。", {"sample": "", "rubric": [], "files": 1})
    question = bank.write_question("matrix-work", kind="upload", wording=wording, at=WEEK_AGO)
    QuizItem.objects.create(quiz=test, question=question)
    attempt = attempts.open_attempt(yi, test, at=WEEK_AGO)
    version = question.versions.get()
    content = b"%PDF-1.7 plan"
    file = handing_in.add(
        attempt, version, io.BytesIO(content), name="plan.pdf", size_bytes=len(content),
        by=yi.user, at=WEEK_AGO,
    )  # fmt: skip
    attempts.submit(attempt, {version.pk: "见附件"}, by=yi.user, at=WEEK_AGO)
    return file


def _report(yi: Student) -> MonthReport:
    """The first district's report of last month, printed."""
    month = month_reports.month_before(NOW)
    district = OrgUnit.objects.get(code="359903")
    report, _new = month_reports.freeze(yi.cohort, district, month, at=WEEK_AGO)
    month_reports.print_report(report)
    return report


def _numbers(yi: Student, registrar: User) -> Approval:
    """The registrar's wish to take the college's table along, for a colleague to confirm."""
    wish = exporting.Wish("registration", "csv", "college", yi.cohort)
    table = exporting.begin(wish, by=registrar, at=WEEK_AGO)
    return Approval.objects.get(subject_id=table.uuid)


def _table(yi: Student, officer: User) -> Export:
    """A table that the officer of the first district took along, made as a large one is."""
    wish = exporting.Wish("roll", "csv", "report", yi.cohort)
    table = exporting.begin(wish, by=officer, at=WEEK_AGO)
    private_files().save(table.path, ContentFile(b"".join(exporting.pieces(table))))
    exporting.finish(table, at=WEEK_AGO)
    return table
