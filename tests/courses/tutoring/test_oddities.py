"""What looks odd is listed with what was seen; nobody loses a presence by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.tutoring import attendance, oddities
from courses.tutoring.geo import Point
from courses.tutoring.models import Attendance
from courses.tutoring.oddities import Kind, SignIn
from courses.tutoring.refusals import MinutesUnfit, NotThere
from tests.courses.tutoring.conftest import AT_THE_DOOR, ENDS, STARTS, make_meeting
from tests.courses.tutoring.test_tutor_screens import at

NOON = datetime(2026, 9, 15, 4, 0, tzinfo=UTC)
HERE, FAR = Point(24.48, 118.09), Point(24.75, 118.15)
MINUTE = timedelta(minutes=1)


def came(student: int, *, meeting: int = 1, after: timedelta = timedelta(0), **facts) -> SignIn:
    known = {"device": f"d{student}", "code_age_s": 5, "where": HERE, **facts}
    return SignIn(meeting=UUID(int=meeting), student=UUID(int=student), at=NOON + after, **known)


def kinds(*rows: SignIn) -> list[Kind]:
    return [odd.kind for odd in oddities.found(rows)]


def test_one_phone_for_two_people_over_two_meetings() -> None:
    (odd,) = oddities.found(
        [
            came(1, device="x"),
            came(2, device="x", meeting=2, after=timedelta(days=7)),
            came(1, device="x", meeting=3, after=timedelta(days=14)),
        ]
    )
    assert (odd.kind, odd.figure, len(odd.students), len(odd.meetings)) == (Kind.DEVICE, 3, 2, 3)


def test_a_code_long_after_it_was_shown_is_listed_and_a_slow_phone_is_not() -> None:
    assert kinds(came(1, code_age_s=oddities.STALE_S)) == [Kind.STALE]
    assert kinds(came(1, code_age_s=oddities.STALE_S - 1)) == []
    assert kinds(came(1, code_age_s=None)) == []


def test_three_in_the_same_second_are_listed_two_friends_are_not() -> None:
    same = [came(n, after=timedelta(milliseconds=100 * n)) for n in (1, 2, 3)]
    assert kinds(*same) == [Kind.SECOND]
    assert kinds(*same[:2]) == []
    assert kinds(same[0], same[1], came(3, after=timedelta(seconds=5))) == []


def test_a_roster_ticked_in_one_go_is_not_odd() -> None:
    assert kinds(*[came(n, device="", code_age_s=None) for n in range(1, 9)]) == []


def test_two_stations_too_far_apart_for_the_time_between() -> None:
    first = came(1)
    assert kinds(first, came(1, meeting=2, where=FAR, after=20 * MINUTE)) == [Kind.FAR]
    assert kinds(first, came(1, meeting=2, where=FAR, after=240 * MINUTE)) == []
    assert kinds(first, came(1, meeting=2, where=None, after=20 * MINUTE)) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            came,
            st.integers(1, 4),
            meeting=st.integers(1, 3),
            after=st.timedeltas(timedelta(0), timedelta(hours=3)),
            device=st.sampled_from(["", "x", "y", "z"]),
            code_age_s=st.none() | st.integers(0, 79),
        ),
        max_size=12,
    )
)
def test_the_order_of_arrival_changes_nothing_and_nobody_is_named_without_a_sign_in(rows) -> None:
    found = oddities.found(rows)
    again = oddities.found(reversed(rows))
    key = lambda odd: (odd.kind.name, odd.at, odd.figure, sorted(map(str, odd.students)))  # noqa: E731
    assert sorted(map(key, found)) == sorted(map(key, again))
    for odd in found:
        for student in odd.students:
            assert any(row.student == student and row.device for row in rows) or (
                odd.kind is Kind.STALE
            )


@pytest.mark.django_db
def test_the_tutors_list_names_them_and_takes_nothing_away(
    meeting, cohort, station, chen, yi, lin, client
) -> None:
    week = timedelta(days=7)
    later = make_meeting(cohort, station, chen, starts_at=STARTS + week, ends_at=ENDS + week)
    phone = uuid4()
    attendance.sign_in(meeting, yi, device=phone, by=yi.user, at=AT_THE_DOOR, code_age_s=70)
    attendance.sign_in(later, lin, device=phone, by=lin.user, at=AT_THE_DOOR + week, code_age_s=3)
    client.force_login(chen)
    with at(ENDS + week):
        page = client.get("/desk/tutor/odd/").content.decode()
    assert "同一部手机为不同的人签过到" in page
    assert "出来 70 秒了" in page
    assert "不等于作弊" in page
    assert Attendance.objects.count() == 2


@pytest.mark.django_db
def test_late_by_the_scan_and_by_the_tutors_word(meeting, yi, lin, chen, client) -> None:
    attendance.sign_in(meeting, yi, device=uuid4(), by=yi.user, at=STARTS + 25 * MINUTE)
    assert Attendance.objects.get(student=yi).late_min == 25
    attendance.tick(meeting, lin, by=chen, at=STARTS + 40 * MINUTE)
    assert Attendance.objects.get(student=lin).late_min == 0  # the tutor ticked late, that is all
    client.force_login(chen)
    address = f"/desk/tutor/meetings/{meeting.uuid}/roster/"
    with at(ENDS):
        for act, minutes in (("late", "15"), ("left", "30")):
            client.post(address, {act: str(lin.uuid), f"minutes-{lin.uuid}": minutes})
        noted = Attendance.objects.get(student=lin)
        assert (noted.late_min, noted.left_at) == (15, ENDS - 30 * MINUTE)
        page = client.get(f"/desk/tutor/meetings/{meeting.uuid}/").content.decode()
        assert "迟到 25 分钟" in page
        assert "15:30 先走" in page
        client.post(address, {"left": str(lin.uuid), f"minutes-{lin.uuid}": "0"})
        for typed in ("abc", "9" * 12, "9" * 5000):
            said = {"late": str(lin.uuid), f"minutes-{lin.uuid}": typed}
            answer = client.post(address, said, follow=True)
            assert "分钟数不对" in answer.content.decode()
    noted.refresh_from_db()
    assert (noted.late_min, noted.left_at) == (15, None)


@pytest.mark.django_db
def test_only_who_was_there_can_be_late_and_not_longer_than_the_class(meeting, yi, chen) -> None:
    with pytest.raises(NotThere):
        attendance.note_late(meeting, yi, minutes=5, by=chen, at=ENDS)
    attendance.tick(meeting, yi, by=chen, at=STARTS)
    for minutes in (-1, 120, 10**12):
        with pytest.raises(MinutesUnfit):
            attendance.note_left(meeting, yi, minutes=minutes, by=chen, at=ENDS)


def test_within_ten_minutes_nobody_is_late() -> None:
    from courses.tutoring import times
    from courses.tutoring.clashes import Busy

    class_ = Busy(NOON, NOON + 120 * MINUTE, None)
    assert [times.late_min(class_, NOON + n * MINUTE) for n in (-30, 0, 10, 11)] == [0, 0, 0, 11]
