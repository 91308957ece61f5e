"""A term from the tutor's question to meetings that students can book."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from courses.tutoring import planning, shifts, term_problem, terms, weeks
from courses.tutoring.models import Meeting, Station
from courses.tutoring.planner import rules
from courses.tutoring.refusals import CannotStand, PlanChanged, PlanNotReady, StationBusy
from courses.tutoring.term_models import Holiday, TermPlan
from courses.tutoring.terms import Due
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import User
from lms.base import clock
from lms.base.jobs import api as jobs
from tests.courses.tutoring.conftest import make_meeting, plan

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 9, 8, 10, tzinfo=clock.SHANGHAI)
FIRST, LAST = date(2026, 9, 14), date(2026, 9, 20)
AFTERNOONS = weeks.of_hours([(14, 17)])


@pytest.fixture
def asked(cohort: Cohort, station: Station, chen: User, yi: Student, lin: Student) -> TermPlan:
    """One topic in one week; 阿怡 rides the peaks, 林建业 works days and is free at night."""
    shifts.keep_week(yi, weeks.of_hours([(10, 13), (18, 21)]), monday=None, by=yi.user, at=NOW)
    shifts.keep_week(lin, weeks.of_hours([(8, 18)]), monday=None, by=lin.user, at=NOW)
    terms.keep_hours(chen, cells=AFTERNOONS, per_week=2, at=NOW)
    return terms.ask(
        cohort, [Due("仓储", FIRST, LAST)], minutes=120, pays_from=1, tutor=chen, at=NOW
    )


def solved(asked: TermPlan) -> TermPlan:
    asked.refresh_from_db()
    jobs.attend(jobs.Job.objects.get(key=asked.job).pk)
    asked.refresh_from_db()
    return asked


def test_a_term_is_solved_by_a_job_and_names_who_cannot_come(asked: TermPlan, lin: Student) -> None:
    answer = solved(asked).answer
    assert asked.state == TermPlan.State.READY
    assert [s["filled"] for s in answer["sessions"]] == [1]
    (miss,) = answer["misses"]
    assert miss["student"] == str(lin.uuid)
    assert miss["never"]
    assert miss["kind"] == "SHIFT"
    term = term_problem.load(asked)
    assert (
        rules.clashes(term.problem, [s for x in answer["sessions"] if (s := term.session_of(x))])
        == []
    )


def test_another_class_a_holiday_and_closing_time_leave_their_slots_out(
    asked: TermPlan, cohort: Cohort, station: Station, chen: User
) -> None:
    starts = datetime(2026, 9, 15, 14, tzinfo=clock.SHANGHAI)
    make_meeting(cohort, station, chen, starts_at=starts, ends_at=starts + timedelta(hours=1))
    Holiday.objects.create(day=date(2026, 9, 16), name="停电")
    Station.objects.filter(pk=station.pk).update(opening_hours="9点–16点")
    problem = term_problem.load(asked).problem
    may = {
        (slot.day.day, f"{clock.local(slot.starts_at):%H:%M}")
        for n, slot in enumerate(problem.slots)
        if problem.may_teach(0, 0, n) and problem.rooms[0].is_open(n)
    }
    assert may == {(day, "14:00") for day in (14, 17, 18, 19, 20)}


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("08:00–22:00", (8, 22)),
        ("每天 8:30-20:00", (8, 20)),
        ("9点–16点", (9, 16)),
        ("07：00－24：00", (7, 23)),
        ("24 小时", None),
        ("", None),
        ("看门卫", None),
    ],
)
def test_opening_hours_are_read_as_people_write_them(
    words: str, hours: tuple[int, int] | None
) -> None:
    found = term_problem.opening(Station(opening_hours=words))
    assert (found and (found[0].hour, found[1].hour)) == hours


def test_a_class_that_was_moved_stays_and_the_rest_is_solved_again(
    asked: TermPlan, chen: User, station: Station
) -> None:
    solved(asked)
    there = datetime(2026, 9, 19, 15, tzinfo=clock.SHANGHAI)
    terms.move(asked, 0, starts_at=there, station=station, by=chen, at=NOW)
    assert asked.state == TermPlan.State.WAITING
    answer = solved(asked).answer
    assert (answer["sessions"][0]["starts_at"], answer["sessions"][0]["pinned"]) == (
        there.isoformat(),
        True,
    )
    terms.unpin(asked, 0, by=chen, at=NOW)
    assert asked.asked["pins"] == []


def test_a_class_that_was_taken_off_does_not_come_back(asked: TermPlan, chen: User) -> None:
    was = solved(asked).answer["sessions"][0]
    terms.drop(asked, 0, by=chen, at=NOW)
    again = solved(asked).answer["sessions"]
    assert again
    assert all(s["starts_at"] != was["starts_at"] for s in again)


def test_where_it_cannot_stand_the_rule_is_named_and_nothing_changes(
    asked: TermPlan, chen: User, station: Station
) -> None:
    solved(asked)
    Holiday.objects.create(day=date(2026, 9, 18), name="停电")
    there = datetime(2026, 9, 18, 14, tzinfo=clock.SHANGHAI)
    with pytest.raises(CannotStand, match="放假"):
        terms.move(asked, 0, starts_at=there, station=station, by=chen, at=NOW)
    assert TermPlan.objects.get().version == 1


def test_of_two_tabs_the_second_is_told(asked: TermPlan, chen: User) -> None:
    solved(asked)
    other_tab = TermPlan.objects.get()
    terms.pin(asked, 0, by=chen, at=NOW)
    with pytest.raises(PlanChanged):
        terms.drop(other_tab, 0, by=chen, at=NOW)


def test_the_job_of_an_older_question_writes_nothing(asked: TermPlan, chen: User) -> None:
    solved(asked)
    terms.pin(asked, 0, by=chen, at=NOW)
    old = jobs.Job.objects.get(key=asked.job)
    TermPlan.objects.update(version=9)
    jobs.attend(old.pk)
    assert TermPlan.objects.get().state == TermPlan.State.WAITING


def test_a_plan_becomes_meetings_once_all_or_none(
    asked: TermPlan, cohort: Cohort, station: Station, chen: User
) -> None:
    solved(asked)
    session = asked.answer["sessions"][0]
    starts = datetime.fromisoformat(session["starts_at"])
    taken = plan(station, starts_at=starts, ends_at=starts + timedelta(hours=2))
    other = planning.plan_meeting(cohort, taken, tutor=chen, by=chen, at=NOW)
    with pytest.raises(StationBusy):
        terms.publish(asked, by=chen, at=NOW)
    asked.refresh_from_db()
    assert asked.state == TermPlan.State.READY
    planning.cancel(other, reason="停电", by=chen, at=NOW)
    (made,) = terms.publish(asked, by=chen, at=NOW)
    made.refresh_from_db()
    assert (made.state, made.series, made.topic) == (Meeting.State.PUBLISHED, asked.uuid, "仓储")
    with pytest.raises(PlanNotReady):
        terms.publish(asked, by=chen, at=NOW)


def test_topics_share_the_term_in_order() -> None:
    dues = terms.spread(["甲", "乙", "丙"], FIRST, FIRST + timedelta(days=9), None)
    assert [(due.first.day, due.last.day) for due in dues] == [(14, 16), (17, 19), (20, 23)]


def test_the_tutors_screens_from_question_to_publishing(
    cohort: Cohort, station: Station, chen: User, yi: Student, client: Client
) -> None:
    client.force_login(chen)
    said = {"topics": "仓储\n配送\n", "first": FIRST, "last": LAST, "minutes": 120, "per_week": 2,
            "pays_from": 1, "course": ""}  # fmt: skip
    with time_machine.travel(NOW, tick=False):
        assert "请涂出你能上课的时间" in client.post("/desk/tutor/terms/", said).content.decode()
        assert client.post("/desk/tutor/terms/", said | {"h": "9" * 5000}).status_code == 200
        hours = {"h": [str(h) for h in weeks.painted(AFTERNOONS)]}
        answer = client.post("/desk/tutor/terms/", said | hours)
        asked = TermPlan.objects.get()
        page = f"/desk/tutor/terms/{asked.uuid}/"
        assert answer["Location"] == page
        assert "正在比较方案" in client.get(page).content.decode()
        solved(asked)
        shown = client.get(page).content.decode()
        assert "已经证明" in shown
        assert "／3 人" in shown
        sessions = len(asked.answer["sessions"])
        assert sessions == 2
        one = page + "classes/0/"
        assert client.get(one).status_code == 200
        day = {"act": "drag", "day": "2026-09-15"}
        assert client.post(one, day)["Location"] == page
        solved(asked)
        assert asked.asked["pins"][0]["starts_at"][:10] == "2026-09-15"
        assert client.post(one, {"act": "move", "station": "nowhere"}).status_code == 404
        assert client.post(page + "publish/")["Location"] == "/desk/tutor/"
    assert Meeting.objects.filter(state=Meeting.State.PUBLISHED).count() == sessions
