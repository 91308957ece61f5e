"""What a tutor sees and does."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest import mock
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from courses.learning import access
from courses.notebook import writing
from courses.tutoring import attendance, codes, leaves, planning
from courses.tutoring.models import Attendance, Meeting
from courses.tutoring.record_models import MakeUp
from enrollment.completion.models import Standing
from lms.accounts.models import OrgUnit, Role, User
from lms.base import audit
from tests import factories, people
from tests.courses.tutoring.conftest import (
    AT_THE_DOOR,
    BEFORE,
    ENDS,
    STARTS,
    book,
    make_meeting,
)

State = Meeting.State


def at(moment: datetime):
    return mock.patch("lms.base.clock.now", return_value=moment)


@pytest.fixture(autouse=True)
def _a_week_before():
    with at(BEFORE):
        yield


@pytest.fixture
def desk(client: Client, chen: User) -> Client:
    client.force_login(chen)
    return client


@pytest.fixture
def zhang(units) -> User:
    """张老师, another tutor."""
    return people.make_staff(Role.TUTOR, "张老师", username="zhang", unit=units.city)


def url(name: str, *args: object) -> str:
    return reverse(f"courses:{name}", args=args)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(url(name, *args))
    assert answer.status_code == 200, answer
    return answer.content.decode()


def fall_behind(student, *, share: float = 0.1, days: int = 20) -> Standing:
    return Standing.objects.create(
        student=student,
        cohort_id=student.cohort_id,
        org_unit_id=student.org_unit_id,
        state="behind",
        share=share,
        minutes_left=340,
        reasons=[{"code": "silent_days", "figure": days}],
        updated_at=BEFORE,
    )


def form(station, **changes: object) -> dict[str, object]:
    return {
        "topic": "期末复习",
        "station": station.pk,
        "day": "2026-09-16",
        "begins": "14:30",
        "minutes": "90",
        "notes": "请带计算器",
        **changes,
    }


# --- Today -------------------------------------------------------------------------------------


def test_today_has_the_day_s_meetings_and_who_needs_a_call(desk, meeting, yi, lin) -> None:
    fall_behind(yi)
    book(meeting, yi)
    book(meeting, lin)
    with at(AT_THE_DOOR):
        html = page(desk, "tutor_today")
    assert "2／3 人报名" in html
    assert "可以签到了" in html
    assert "开学 14 天还没有学过；还需约 340 分钟 · 现代物流管理" in html
    assert "137****0002" in html
    assert "13700000002" not in html


def test_students_of_other_districts_are_not_a_district_tutor_s(client, units, yi) -> None:
    fall_behind(yi)
    jimei = people.make_staff(Role.TUTOR, "集美老师", username="jm", unit=units.jimei)
    client.force_login(jimei)
    assert "阿怡" not in page(client, "tutor_today")
    assert client.post(url("tutor_phone", yi.uuid)).status_code == 404


def test_all_who_are_behind_least_done_first(desk, yi, lin) -> None:
    fall_behind(yi, share=0.3)
    fall_behind(lin, share=0.1)
    html = page(desk, "tutor_behind")
    assert html.index("林建业") < html.index("阿怡")


def test_showing_a_number_is_written_down(desk, chen, yi) -> None:
    fall_behind(yi)
    answer = desk.post(url("tutor_phone", yi.uuid), {"back": url("tutor_behind")})
    html = answer.content.decode()
    assert 'href="tel:+8613700000002"' in html
    assert "137 0000 0002" in html
    assert url("tutor_behind") in html
    assert "no-store" in answer["Cache-Control"]
    entry = audit.trail(yi.user).first()
    assert (entry.action, entry.actor) == ("private.revealed", chen)
    assert entry.data == {"field": "phone", "why": "辅导老师联系学员"}


def test_the_way_back_stays_on_the_desk(desk, yi) -> None:
    html = desk.post(url("tutor_phone", yi.uuid), {"back": "//evil.example/"}).content.decode()
    assert "evil" not in html


def test_a_guest_of_a_recent_meeting_may_be_called(client, meeting, yi, zhang, units) -> None:
    jimei = people.make_staff(Role.TUTOR, "集美老师", username="jm", unit=units.jimei)
    Meeting.objects.filter(pk=meeting.pk).update(tutor=jimei)
    book(meeting, yi)
    client.force_login(jimei)
    assert client.post(url("tutor_phone", yi.uuid)).status_code == 200
    with at(ENDS + timedelta(days=31)):
        assert client.post(url("tutor_phone", yi.uuid)).status_code == 404


def test_beside_the_number_of_a_guest_nothing_of_the_study_is_said(host, meeting, yi, chen) -> None:
    fall_behind(yi)
    book(meeting, yi)
    why, address = "天还没有学过", url("tutor_phone", yi.uuid)
    assert why not in host.post(address).content.decode()
    host.force_login(chen)  # who looks after 阿怡
    assert why in host.post(address).content.decode()


def test_a_guest_who_asked_for_leave_without_a_chair_may_be_called(host, meeting, yi) -> None:
    leave = leaves.ask(meeting, yi, reason="发烧", by=yi.user, at=BEFORE)
    assert url("tutor_student", yi.uuid) in page(host, "tutor_missed")
    assert "由别的老师辅导" in page(host, "tutor_student", yi.uuid)
    assert host.post(url("tutor_phone", yi.uuid)).status_code == 200
    leaves.withdraw(leave, by=yi.user, at=BEFORE)
    assert host.get(url("tutor_student", yi.uuid)).status_code == 404


def test_a_guest_who_makes_a_meeting_up_may_be_called_until_it_is_judged(host, meeting, yi) -> None:
    asked = MakeUp.objects.create(meeting=meeting, student=yi, way="recording", asked_at=ENDS)
    with at(ENDS + timedelta(days=40)):
        assert url("tutor_student", yi.uuid) in page(host, "tutor_missed")
        assert "由别的老师辅导" in page(host, "tutor_student", yi.uuid)
        assert host.post(url("tutor_phone", yi.uuid)).status_code == 200
        MakeUp.objects.filter(pk=asked.pk).update(state="approved")
        assert host.get(url("tutor_student", yi.uuid)).status_code == 404


# --- Planning ----------------------------------------------------------------------------------


def test_planning_takes_what_was_typed(desk, cohort, station) -> None:
    answer = desk.post(url("tutor_plan"), form(station, cohort=cohort.pk), follow=True)
    assert "计划好了" in answer.content.decode()
    meeting = Meeting.objects.get()
    assert meeting.starts_at == datetime.fromisoformat("2026-09-16T14:30+08:00")
    assert meeting.ends_at - meeting.starts_at == timedelta(minutes=90)
    assert (meeting.cohort, meeting.seats.count(), meeting.notes) == (cohort, 3, "请带计算器")


def test_with_one_class_it_is_not_asked_for(desk, cohort, station, units) -> None:
    assert 'name="cohort"' not in page(desk, "tutor_plan")
    factories.make_cohort(units, slug="2025")
    assert 'name="cohort"' in page(desk, "tutor_plan")


def test_without_a_class_there_is_nothing_to_plan(desk, station) -> None:
    assert "没有在读的班级" in page(desk, "tutor_plan")


def test_a_clash_is_told_kindly_and_nothing_typed_is_lost(desk, cohort, station, meeting) -> None:
    typed = form(station, cohort=cohort.pk, day="2026-09-15", begins="15:00")
    html = desk.post(url("tutor_plan"), typed).content.decode()
    assert "滨海驿站 9月15日 星期二 14:00–16:00 已有「仓储与配送答疑」（陈老师）" in html
    assert 'value="期末复习"' in html
    assert 'value="15:00"' in html
    assert Meeting.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "soon"},
        {"station": "999"},
        {"minutes": "7"},
        {"topic": ""},
        {"places": "0"},
    ],
)
def test_bad_input_is_answered_beside_the_field(desk, cohort, station, wrong) -> None:
    answer = desk.post(url("tutor_plan"), form(station, cohort=cohort.pk) | wrong)
    assert "field__error" in answer.content.decode()
    assert not Meeting.objects.exists()


def test_a_class_of_another_city_is_not_offered(desk, station, units, cohort) -> None:
    factories.make_cohort(units, slug="2025")
    away = OrgUnit.objects.create(kind="city", name="别市", short_name="别市", code="350000")
    other = factories.make_cohort(
        people.Units(away, units.siming, units.jimei, units.riders), slug="away"
    )
    desk.post(url("tutor_plan"), form(station, cohort=other.pk))
    assert not Meeting.objects.exists()


def test_publishing_opens_the_booking(desk, cohort, station, chen) -> None:
    meeting = make_meeting(cohort, station, chen, published=False)
    assert "还只是计划" in page(desk, "tutor_meeting", meeting.uuid)
    answer = desk.post(url("tutor_publish", meeting.uuid), follow=True)
    assert "发布了，学员现在可以报名" in answer.content.decode()
    again = desk.post(url("tutor_publish", meeting.uuid), follow=True)
    assert "现在是「报名中」" in again.content.decode()


def test_changing_warns_whom_it_will_tell(desk, meeting, station, yi) -> None:
    book(meeting, yi)
    html = page(desk, "tutor_change", meeting.uuid)
    assert "已有 1 人报名或候补" in html
    assert 'value="2026-09-15"' in html
    assert 'value="14:00"' in html
    typed = form(station, day="2026-09-17")
    answer = desk.post(url("tutor_change", meeting.uuid), typed, follow=True)
    assert "改好了" in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.sequence == 1


def test_a_change_that_cannot_be_keeps_the_form(desk, meeting, station, yi, lin) -> None:
    book(meeting, yi)
    book(meeting, lin)
    answer = desk.post(url("tutor_change", meeting.uuid), form(station, places="1"))
    assert "已有 2 人报名" in answer.content.decode()


def test_cancelling_asks_for_the_reason(desk, meeting, yi) -> None:
    book(meeting, yi)
    assert "1 人已报名或候补，会收到短信" in page(desk, "tutor_cancel", meeting.uuid)
    answer = desk.post(url("tutor_cancel", meeting.uuid), {"reason": ""})
    assert "field__error" in answer.content.decode()
    desk.post(url("tutor_cancel", meeting.uuid), {"reason": "停电"})
    assert "停电" in page(desk, "tutor_meeting", meeting.uuid)
    too_late = desk.post(url("tutor_cancel", meeting.uuid), {"reason": "again"})
    assert "现在是「已取消」" in too_late.content.decode()


# --- The hour itself ---------------------------------------------------------------------------


def test_starting_too_early_says_from_when(desk, meeting) -> None:
    answer = desk.post(url("tutor_start", meeting.uuid), follow=True)
    assert "13:30 起才能开始签到" in answer.content.decode()


def test_the_code_page_has_a_code_that_signs_in(desk, meeting, yi) -> None:
    with at(AT_THE_DOOR):
        answer = desk.post(url("tutor_start", meeting.uuid), follow=True)
        html = answer.content.decode()
        assert "<svg" in html
        assert "用微信或相机扫一扫签到" in html
        state = desk.get(url("tutor_code_state", meeting.uuid)).json()
    assert (state["present"], state["names"], state["is_open"]) == (0, [], True)
    assert state["svg"].startswith("<svg")
    assert " style=" not in state["svg"]


def test_the_code_changes_with_the_step_and_not_before(desk, meeting) -> None:
    planning.start(meeting, by=meeting.tutor, at=AT_THE_DOOR)
    step = timedelta(seconds=codes.STEP_S)
    svgs = []
    for moment in (AT_THE_DOOR, AT_THE_DOOR + step / 2, AT_THE_DOOR + step):
        with at(moment):
            svgs.append(desk.get(url("tutor_code_state", meeting.uuid)).json()["svg"])
    assert svgs[0] == svgs[1] != svgs[2]


def test_the_code_on_the_screen_is_the_one_that_counts(desk, meeting) -> None:
    import io

    import segno

    with at(AT_THE_DOOR):
        shown = desk.get(url("tutor_code_state", meeting.uuid)).json()["svg"]
    token = attendance.code_of(meeting, at=AT_THE_DOOR)
    expected = segno.make(f"http://testserver/m/{token}/", error="m")
    assert shown == expected.svg_inline(omitsize=True, border=2)
    assert io  # the drawing is compared, not decoded: a scanner's test is in the journeys


def test_names_fill_in_last_one_first(desk, meeting, yi, lin, chen) -> None:
    attendance.tick(meeting, yi, by=chen, at=AT_THE_DOOR)
    attendance.tick(meeting, lin, by=chen, at=STARTS)
    with at(STARTS):
        state = desk.get(url("tutor_code_state", meeting.uuid)).json()
    assert (state["names"], state["present"], state["booked"]) == (["林建业", "阿怡"], 2, 0)


def test_there_is_no_code_before_its_time_nor_after(desk, meeting) -> None:
    for moment, words in (
        (STARTS - timedelta(minutes=61), "13:30 开始签到，到时这里会出现签到码"),
        (STARTS - timedelta(minutes=45), "先扫好码的同学不用再扫"),
        (ENDS + timedelta(minutes=1), "签到已结束"),
    ):
        with at(moment):
            state = desk.get(url("tutor_code_state", meeting.uuid)).json()
        assert words in state["says"]
        assert bool(state["svg"]) == ("不用再扫" in words)


def test_a_finished_meeting_has_no_code_page(desk, meeting, chen) -> None:
    planning.finish(meeting, by=chen, at=ENDS)
    answer = desk.get(url("tutor_code", meeting.uuid))
    assert answer["Location"] == url("tutor_meeting", meeting.uuid)
    assert not desk.get(url("tutor_code_state", meeting.uuid)).json()["is_open"]


def test_ticking_and_mending_a_tick(desk, meeting, yi, lin) -> None:
    book(meeting, yi)
    with at(STARTS):
        html = page(desk, "tutor_meeting", meeting.uuid)
        assert "班里其他 1 位同学" in html
        answer = desk.post(url("tutor_tick", meeting.uuid), {"present": str(yi.uuid)})
        assert answer["Location"].endswith(f"#s-{yi.uuid}")
        assert "14:00 老师点名" in page(desk, "tutor_meeting", meeting.uuid)
        desk.post(url("tutor_tick", meeting.uuid), {"absent": str(yi.uuid)})
    assert not Attendance.objects.exists()


def test_the_roster_refuses_who_is_not_of_the_class(desk, meeting, units) -> None:
    other = factories.make_cohort(units, slug="2025")
    stranger = factories.make_student(units, "外班", "+8613700000009", cohort=other)
    for who in (str(stranger.uuid), "not-a-uuid", ""):
        assert desk.post(url("tutor_tick", meeting.uuid), {"present": who}).status_code == 404


def test_before_sign_in_there_is_no_ticking(desk, meeting, yi) -> None:
    answer = desk.post(url("tutor_tick", meeting.uuid), {"present": str(yi.uuid)}, follow=True)
    assert "点名从上课前 30 分钟开始" in answer.content.decode()


def test_finishing(desk, meeting) -> None:
    with at(STARTS):
        answer = desk.post(url("tutor_finish", meeting.uuid), follow=True)
    assert "这节课结束了" in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.state == State.DONE


# --- Who may -----------------------------------------------------------------------------------

ALONE = ("tutor_today", "tutor_behind", "tutor_plan", "tutor_missed", "tutor_odd")
READ = (
    "tutor_meeting", "tutor_change", "tutor_cancel", "tutor_code", "tutor_code_state",
    "tutor_recording",
)  # fmt: skip
ACTS = ("tutor_publish", "tutor_start", "tutor_finish", "tutor_tick")


@pytest.mark.parametrize("name", ALONE + READ + ACTS)
def test_only_tutors_come_in(client, meeting, yi, wang, outsider, name) -> None:
    address = url(name, *([] if name in ALONE else [meeting.uuid]))
    method = client.post if name in ACTS else client.get
    assert "/sign-in/" in method(address)["Location"]
    for user in (yi.user, wang, outsider):
        client.force_login(user)
        assert method(address).status_code == 403


@pytest.mark.parametrize("name", READ + ACTS)
def test_a_colleague_s_meeting_does_not_exist(client, meeting, zhang, name) -> None:
    client.force_login(zhang)
    method = client.post if name in ACTS else client.get
    assert method(url(name, meeting.uuid)).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_acts_are_posted(desk, meeting, name) -> None:
    assert desk.get(url(name, meeting.uuid)).status_code == 405


@pytest.mark.parametrize("name", ["tutor_today", "tutor_behind", "tutor_meeting", "tutor_code"])
def test_pages_are_read(desk, meeting, name) -> None:
    address = url(name, *([] if name in ALONE else [meeting.uuid]))
    assert desk.post(address).status_code == 405


def test_showing_a_number_is_for_tutors_and_by_post(client, yi, lin, wang, chen) -> None:
    address = url("tutor_phone", yi.uuid)
    for user in (lin.user, wang):
        client.force_login(user)
        assert client.post(address).status_code == 403
    client.force_login(chen)
    assert client.get(address).status_code == 405


# --- One student before the call ---------------------------------------------------------------


def test_before_the_call_one_page_says_why_and_how_far(desk, taught, meeting, yi) -> None:
    access.open_access(yi, at=people.AT)
    Standing.objects.filter(student=yi).delete()
    fall_behind(yi)
    writing.ask(yi, taught.unit("video"), at_s=3, text="库位怎么编？", uuid=uuid4(), at=BEFORE)
    html = page(desk, "tutor_student", yi.uuid)
    for words in ("天还没有学过", "137****0002", "物流学概论", "库位怎么编？", "学习足迹"):
        assert words in html
    assert "13700000002" not in html
    assert url("tutor_student", yi.uuid) in page(desk, "tutor_today")


def test_of_a_guest_the_tutor_sees_the_meeting_and_not_the_study(
    client, taught, meeting, cohort, station, units, yi
) -> None:
    guest_of = people.make_staff(Role.TUTOR, "黄老师", username="huang", unit=units.jimei)
    theirs = make_meeting(
        cohort, station, guest_of, starts_at=STARTS + timedelta(days=1),
        ends_at=ENDS + timedelta(days=1),
    )  # fmt: skip
    writing.ask(yi, taught.unit("video"), at_s=3, text="库位怎么编？", uuid=uuid4(), at=BEFORE)
    client.force_login(guest_of)
    assert client.get(url("tutor_student", yi.uuid)).status_code == 404
    book(theirs, yi)
    html = page(client, "tutor_student", yi.uuid)
    assert "由别的老师辅导" in html
    assert "库位怎么编？" not in html
    assert "学习足迹" not in html


# --- Statements --------------------------------------------------------------------------------


@pytest.fixture(params=[1, 10])
def crowd(request, units, cohort, station, chen) -> Meeting:
    """One or ten students behind, booked for one or ten meetings."""
    students = [
        factories.make_student(units, f"学员{n}", f"+86137000010{n:02d}")
        for n in range(request.param)
    ]
    station.capacity = 20
    station.save()
    day = timedelta(days=1)
    for n in range(request.param):
        meeting = make_meeting(
            cohort, station, chen, starts_at=STARTS + n * day, ends_at=ENDS + n * day
        )
        for student in students:
            book(meeting, student)
    for student in students:
        fall_behind(student)
    return meeting


@pytest.mark.parametrize(
    "name",
    [
        "tutor_today",
        "tutor_behind",
        "tutor_meeting",
        "tutor_code_state",
        "tutor_missed",
        "tutor_odd",
    ],
)
def test_pages_ask_the_same_for_few_and_many(
    desk, crowd, name, django_assert_max_num_queries
) -> None:
    address = url(name, *([] if name in ALONE else [crowd.uuid]))
    with django_assert_max_num_queries(24):
        assert desk.get(address).status_code == 200
