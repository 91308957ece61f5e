"""One line of a roster, read without a database."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from enrollment.membership import entries
from enrollment.membership.entries import Entry
from tests.enrollment.applications import cast
from tests.enrollment.membership.workbooks import HEADING

TODAY = date(2026, 9, 1)
NUMBER = cast.id_number(1)
# As openpyxl hands on a cell with a date: without a time zone.
SPREADSHEET_DAY = datetime(2019, 5, 6)  # noqa: DTZ001
WHERE = entries.columns(HEADING)


def read(*cells: Any) -> entries.Reading:
    return entries.read(2, cells, WHERE, today=TODAY)


def test_a_full_line_becomes_typed_values() -> None:
    reading = read(" 林 师傅", f" {NUMBER.lower()} ", 13700000001, "2019年5月1日", "飞送", None)
    assert reading.problems == ()
    assert reading.entry == Entry(
        "林师傅", NUMBER, "+8613700000001", date(2019, 5, 1), "飞送", None
    )


def test_an_entry_survives_being_kept_sealed() -> None:
    entry = read("买买提·艾力", NUMBER, "", SPREADSHEET_DAY, "", "2025").entry
    assert Entry.from_text(entry.as_text()) == entry


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2019", date(2019, 1, 1)),
        (2019, date(2019, 1, 1)),
        ("2019年", date(2019, 1, 1)),
        ("2019-5", date(2019, 5, 1)),
        ("2019.5.6", date(2019, 5, 6)),
        ("2019/05/06", date(2019, 5, 6)),
        ("２０１９年５月", date(2019, 5, 1)),
        (20190506, date(2019, 5, 6)),
        ("201905", date(2019, 5, 1)),
        (SPREADSHEET_DAY, date(2019, 5, 6)),
        (None, None),
        ("", None),
    ],
)
def test_dates_are_understood_as_unions_write_them(typed: Any, day: date | None) -> None:
    reading = read("林", NUMBER, "", typed)
    assert (reading.entry.since, reading.problems) == (day, ())


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (("", NUMBER), "没有姓名"),
        (("字" * 101, NUMBER), "姓名超过 100 个字"),
        (("林", ""), "证件号码和手机号至少要有一个"),
        (("林", NUMBER[:-1]), "17 位"),
        (("林", NUMBER[:-1] + ("1" if NUMBER[-1] != "1" else "2")), "校验位"),
        (("林", float(NUMBER[:17] + "0")), "存成了数字"),
        (("林", int(NUMBER[:17] + "0")), "存成了数字"),
        (("林", NUMBER, "12345"), "不是 11 位手机号码"),
        (("林", NUMBER, "", "去年"), "入会日期看不懂"),
        (("林", NUMBER, "", "2019-13-01"), "入会日期看不懂"),
        (("林", NUMBER, "", 43586), "入会日期看不懂"),
        (("林", NUMBER, "", "2027-01-01"), "入会日期在今天以后"),
        (("林", NUMBER, "", "1900-01-01"), "太早"),
        (("林", NUMBER, "", "2020", "", "2019"), "退会日期早于入会日期"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(cells: tuple[Any, ...], sentence: str) -> None:
    problems = read(*cells).problems
    assert len(problems) == 1
    assert sentence in problems[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(read("", "123", "456", "x").problems) == 4


def test_sentences_hold_no_number() -> None:
    wrong = NUMBER[:-1] + "Z"
    said = " ".join(read("林", wrong, "13812").problems)
    assert wrong not in said
    assert "13812" not in said


@pytest.mark.parametrize(
    "heading",
    [
        ("姓 名*", "身份证号码（18 位）", "联系电话"),
        ("序号", "职工姓名", "手机"),
        ("证件号码", "姓名", "入会时间"),
    ],
)
def test_headings_of_todays_rosters_are_known(heading: tuple[str, ...]) -> None:
    assert heading[entries.columns(heading)["name"]].startswith(("姓", "职工"))


@pytest.mark.parametrize("heading", [(), ("姓名",), ("证件号码", "手机号"), ("a", "b"), (1, None)])
def test_a_sheet_without_headings_is_refused(heading: tuple[Any, ...]) -> None:
    with pytest.raises(entries.NoHeadings):
        entries.columns(heading)


def test_a_short_line_is_a_line_with_empty_cells() -> None:
    assert read("林", NUMBER).entry.since is None
