"""A roster of members: looked through, taken in, and taken in again."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest

from enrollment.membership import rosters, writing
from enrollment.membership.models import Member, Roster, RosterRow
from lms.accounts.models import User
from lms.base import audit, sheets
from lms.base.errors import NotAllowed
from lms.base.jobs import api as jobs
from lms.base.jobs.models import Job
from tests import canaries, people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast
from tests.enrollment.membership.workbooks import (
    apply,
    take,
    verdicts,
    with_part,
    workbook,
)

pytestmark = pytest.mark.django_db
AT = people.AT
State = Roster.State


@pytest.fixture(autouse=True)
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=True)  # type: ignore[attr-defined]


def number(serial: int) -> str:
    return applicants.id_number(serial)


LIN = ("林师傅", number(1), "13700000001", "2019-05-01", "飞送")
YI = ("阿怡", number(2), "13700000002", "2020", "")


def test_looking_through_writes_nothing_into_the_register(units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN, YI, ("", "123")), units.siming, wang)
    assert roster.state == State.READY
    assert roster.counts == {"new": 2, "refused": 1}
    assert not Member.objects.exists()
    assert not roster.file
    assert verdicts(roster)[4] == (
        "refused",
        "没有姓名。证件号码应是 18 位，现在是 3 位，请对照证件再看一遍。",
    )


def test_the_second_word_takes_it_in(units: people.Units, wang: User) -> None:
    roster = apply(take(workbook(LIN, YI), units.siming, wang), wang)
    assert roster.state == State.DONE
    lin, yi = Member.objects.order_by("pk")
    assert (lin.name, lin.unit, lin.district) == ("林师傅", units.riders, units.siming)
    assert (lin.member_since, lin.id_number.plain()) == (date(2019, 5, 1), number(1))
    assert lin.phone.plain() == "+8613700000001"
    assert (yi.unit, yi.district) == (units.siming, units.siming)
    assert [row.action for row in audit.trail(roster)] == ["roster.applied", "roster.uploaded"]
    assert not any(row.entry for row in RosterRow.objects.all())


def test_the_same_roster_again_changes_nothing(units: people.Units, wang: User) -> None:
    apply(take(workbook(LIN, YI), units.siming, wang), wang)
    before = list(Member.objects.values())
    again = take(workbook(LIN, YI), units.siming, wang)
    assert again.counts == {"same": 2}
    with pytest.raises(rosters.NothingToTake):
        rosters.apply(again, by=wang, at=AT)
    assert list(Member.objects.values()) == before


def test_what_changes_is_said_before_and_done_after(units: people.Units, wang: User) -> None:
    cast.member(units.siming, phone="+8613700000001", since=None)
    roster = take(
        workbook(("林大勇", number(1), "13700000009", "2019-05-01", "飞送")), units.siming, wang
    )
    assert verdicts(roster)[2] == (
        "changed",
        "姓名 林师傅 → 林大勇；手机号 137****0001 → 137****0009；"
        "思明区总工会 → 飞送配送工会；入会日期 没有 → 2019-05-01",
    )
    apply(roster, wang)
    member = Member.objects.get()
    assert (member.name, member.unit, member.version) == ("林大勇", units.riders, 2)
    assert member.phone.plain() == "+8613700000009"
    assert member.member_since == date(2019, 5, 1)


def test_empty_cells_change_nothing(units: people.Units, wang: User) -> None:
    cast.member(units.riders, phone="+8613700000001")
    roster = take(workbook(("林师傅", number(1), "", "", "")), units.siming, wang)
    assert verdicts(roster)[2] == ("same", "")


def test_a_row_without_a_number_gets_it_later(units: people.Units, wang: User) -> None:
    apply(take(workbook(("林师傅", "", "13700000001")), units.siming, wang), wang)
    roster = take(workbook(("林师傅", number(1), "13700000001")), units.siming, wang)
    assert verdicts(roster)[2] == ("changed", "补上证件号码")
    apply(roster, wang)
    assert Member.objects.get().id_number.plain() == number(1)


def test_somebody_who_left_is_marked(units: people.Units, wang: User) -> None:
    cast.member(units.siming, since=date(2019, 5, 1))
    line = ("林师傅", number(1), "", "", "", "2026-01-31")
    apply(take(workbook(line), units.siming, wang), wang)
    assert Member.objects.get().left_on == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (("林师傅", number(1), "", "", "无名工会"), "没有叫“无名工会”的工会"),
        (("林师傅", number(1), "", "", "集美"), "“集美”不在你负责的范围"),
        (("别人", number(3)), "转会请找市总工会办理"),
        (("同号", "", "13700000005"), "请补上证件号码"),
    ],
)
def test_lines_that_cannot_be_taken_say_why(
    units: people.Units, wang: User, line: tuple[str, ...], sentence: str
) -> None:
    cast.member(units.jimei, serial=3, name="别人")
    for serial in (5, 6):
        cast.member(units.siming, serial=serial, phone="+8613700000005", name="共用")
    verdict, said = verdicts(take(workbook(line), units.siming, wang))[2]
    assert verdict == "refused"
    assert sentence in said


def test_everything_wrong_with_a_line_is_said_at_once(units: people.Units, wang: User) -> None:
    roster = take(workbook(("林", number(1), "", "去年", "无名工会")), units.siming, wang)
    sentence = verdicts(roster)[2][1]
    assert "入会日期看不懂" in sentence
    assert "没有叫“无名工会”的工会" in sentence


def test_two_lines_of_one_person_are_one(units: people.Units, wang: User) -> None:
    roster = take(
        workbook(LIN, LIN, ("阿怡", "", "13700000002"), YI, ("无号", "", "13700000001")),
        units.siming,
        wang,
    )
    said = verdicts(roster)
    assert [said[row][0] for row in range(2, 7)] == ["new", "refused", "new", "refused", "refused"]
    assert said[3][1] == "和第 2 行是同一个人，只留一行。"
    assert "第 4 行" in said[5][1]
    assert "第 2 行" in said[6][1]


def test_two_people_may_share_a_phone(units: people.Units, wang: User) -> None:
    roster = take(
        workbook(("甲", number(1), "13700000001"), ("乙", number(2), "13700000001")),
        units.siming,
        wang,
    )
    assert roster.counts == {"new": 2}
    apply(roster, wang)
    assert Member.objects.count() == 2


def test_the_city_imports_for_all_and_moves_people(units: people.Units, liu: User) -> None:
    cast.member(units.jimei, serial=3, name="别人")
    roster = take(workbook(LIN, ("别人", number(3), "", "", "思明区总工会"), YI), units.city, liu)
    said = verdicts(roster)
    assert said[2][0] == "new"
    assert said[3] == ("changed", "集美区总工会 → 思明区总工会")
    assert said[4] == ("refused", "没有写所属工会，请填区工会或企业工会的名称。")
    apply(roster, liu)
    assert set(Member.objects.values_list("district", flat=True)) == {units.siming.pk}


def test_nobody_imports_for_another_district(
    units: people.Units, wang: User, jimei_officer: User
) -> None:
    content = workbook(LIN)
    with pytest.raises(NotAllowed):
        take(content, units.siming, jimei_officer)
    with pytest.raises(NotAllowed):
        take(content, units.city, wang)
    roster = take(content, units.siming, wang)
    with pytest.raises(NotAllowed):
        rosters.apply(roster, by=jimei_officer, at=AT)
    with pytest.raises(NotAllowed):
        rosters.drop(roster, by=jimei_officer, at=AT)


def test_of_two_second_words_one_counts(units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    stale = Roster.objects.get(pk=roster.pk)
    rosters.apply(roster, by=wang, at=AT)
    with pytest.raises(rosters.NotReady):
        rosters.apply(stale, by=wang, at=AT)
    with pytest.raises(rosters.NotReady):
        rosters.drop(stale, by=wang, at=AT)


def test_a_dropped_roster_keeps_nobodys_numbers(units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN), units.siming, wang)
    assert RosterRow.objects.get().entry
    rosters.drop(roster, by=wang, at=AT)
    assert not RosterRow.objects.get().entry
    assert audit.trail(roster)[0].action == "roster.dropped"


def test_somebody_who_came_meanwhile_is_left_alone_and_said(
    units: people.Units, wang: User
) -> None:
    cast.member(units.siming, serial=2, name="阿仪")
    roster = take(workbook(LIN, YI), units.siming, wang)
    cast.member(units.riders, serial=1)
    Member.objects.filter(name="阿仪").update(version=2)
    roster = apply(roster, wang)
    assert roster.counts == {"refused": 2}
    assert "又有变动" in verdicts(roster)[2][1]
    assert set(Member.objects.values_list("name", flat=True)) == {"阿仪", "林师傅"}


def test_one_who_came_meanwhile_costs_only_their_own_line(units: people.Units, wang: User) -> None:
    roster = take(workbook(LIN, YI), units.siming, wang)
    cast.member(units.riders, serial=1)
    assert apply(roster, wang).counts == {"new": 1, "refused": 1}


def test_a_worker_that_died_half_way_is_followed_by_one_that_goes_on(
    units: people.Units, wang: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    lines = [(f"骑手{serial}", number(serial)) for serial in range(1, 8)]
    roster = take(workbook(*lines), units.siming, wang)
    rosters.apply(roster, by=wang, at=AT)
    writing.write(writing.waiting(roster), at=AT)  # then the machine went dark
    assert Member.objects.count() == 2
    jobs.run_due()
    roster.refresh_from_db()
    assert (roster.state, Member.objects.count()) == (State.DONE, 7)
    assert not Member.objects.exclude(version=1).exists()


def test_a_batch_that_another_worker_wrote_is_not_written_twice(
    units: people.Units, wang: User
) -> None:
    roster = take(workbook(LIN, YI), units.siming, wang)
    rosters.apply(roster, by=wang, at=AT)
    batch = writing.waiting(roster)
    writing.write(batch, at=AT)
    with pytest.raises(writing.TakenMeanwhile):
        writing.write(batch, at=AT)
    assert Member.objects.count() == 2


def test_a_look_through_that_broke_begins_afresh(units: people.Units, wang: User) -> None:
    content = workbook(LIN)
    roster = rosters.take(
        io.BytesIO(content),
        name="a.xlsx",
        size_bytes=len(content),
        unit=units.siming,
        by=wang,
        at=AT,
    )
    RosterRow.objects.create(roster=roster, row_no=2, verdict="same")
    jobs.run_due()
    assert verdicts(roster)[2][0] == "new"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (workbook(heading=("甲", "乙")), "没有认出表头"),
        (workbook(), "没有内容"),
        (with_part(workbook(), "xl/worksheets/sheet1.xml", b"<worksheet"), "打不开"),
    ],
)
def test_a_workbook_that_cannot_be_read_says_why(
    units: people.Units, wang: User, content: bytes, sentence: str
) -> None:
    roster = take(content, units.siming, wang)
    assert roster.state == State.UNREADABLE
    assert sentence in roster.problem
    assert Job.objects.get(kind=rosters.CHECK).state == "done"
    with pytest.raises(rosters.NothingToTake):
        rosters.apply(roster, by=wang, at=AT)


def test_a_file_that_is_no_workbook_is_not_even_kept(units: people.Units, wang: User) -> None:
    with pytest.raises(sheets.NotAWorkbook):
        take(b"%PDF-1.7", units.siming, wang)
    assert not Roster.objects.exists()


def test_the_job_says_how_far_it_is(
    units: people.Units, wang: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[float, str]] = []
    monkeypatch.setattr(
        jobs.Run, "progress", lambda _run, share, step="": said.append((share, step))
    )
    monkeypatch.setattr(writing, "BATCH", 2)
    lines = [(f"骑手{serial}", number(serial)) for serial in range(1, 6)]
    apply(take(workbook(*lines), units.siming, wang), wang)
    assert said[0][1] == "已核对 5 行"
    assert said[1:] == [(0.4, "已导入 2 行"), (0.8, "已导入 4 行"), (1.0, "已导入 5 行")]


def test_numbers_stand_nowhere_in_clear(units: people.Units, wang: User) -> None:
    content = workbook(LIN, YI, ("错", number(5)[:-1], "1391234567"))
    roster = take(content, units.siming, wang)
    for _time in ("looked through", "taken in"):
        kept = b"\n".join(canaries.columns().values())
        assert "林".encode() in kept, "what may stand there is found"
        for private_value in (number(1), "13700000001", number(2), "1391234567", number(5)[:-1]):
            assert private_value.encode() not in kept
        if roster.state == State.READY:
            apply(roster, wang)


def test_old_rosters_are_emptied_and_undecided_ones_dropped(
    units: people.Units, wang: User
) -> None:
    undecided = take(workbook(LIN), units.siming, wang)
    done = apply(take(workbook(YI), units.siming, wang), wang)
    rosters.tidy(at=AT + timedelta(days=8))
    undecided.refresh_from_db()
    assert undecided.state == State.DROPPED
    assert done.rows.exists()
    assert rosters.tidy(at=AT + timedelta(days=31)) == 2
    assert Member.objects.count() == 1
