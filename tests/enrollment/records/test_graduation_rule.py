"""The rule of graduation, without a database."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from enrollment.records import words
from enrollment.records.curriculum import CourseStudy, PlannedCourse
from enrollment.records.graduation import Case, Mark, Missing, credits_earned, missing

INTRO = PlannedCourse(UUID(int=1), "物流学概论", 3)
STORES = PlannedCourse(UUID(int=2), "仓储", 4)
DONE, HALF = CourseStudy(10, 10, True, 80), CourseStudy(4, 10, False, None)
COMPLETE = Case(
    status="enrolled",
    plan=[INTRO, STORES],
    study={INTRO.uuid: DONE, STORES.uuid: DONE},
    marks={INTRO.uuid: Mark("exam", 60), STORES.uuid: Mark("learning", 91)},
    meetings_short=0,
    owed_fen=0,
)


def test_who_has_everything_misses_nothing() -> None:
    assert missing(COMPLETE) == []
    assert credits_earned(COMPLETE) == 7


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "on_leave"}, "休学中，先办复学"),
        ({"status": "withdrawn"}, "已经退学"),
        ({"study": {INTRO.uuid: DONE}}, "《仓储》还没开始学"),
        ({"study": {INTRO.uuid: DONE, STORES.uuid: HALF}}, "《仓储》还差 6 个学习单元"),
        ({"marks": {INTRO.uuid: Mark("exam", 60)}}, "《仓储》还没有成绩"),
        (
            {"marks": {INTRO.uuid: Mark("exam", 59), STORES.uuid: Mark("exam", 60)}},
            "《物流学概论》59 分，不到 60 分",
        ),
        ({"meetings_short": 2}, "还差 2 次线下课"),
        ({"owed_fen": 123_450}, "学费还欠 1,234.50 元"),
        ({"plan": []}, "专业还没有课程"),
    ],
)
def test_each_thing_that_is_missing_is_said(change: dict[str, object], said: str) -> None:
    assert [words.missing(each) for each in missing(replace(COMPLETE, **change))] == [said]  # type: ignore[arg-type]


def test_a_recognised_course_needs_neither_lessons_nor_a_mark() -> None:
    case = replace(
        COMPLETE, study={INTRO.uuid: DONE},
        marks={INTRO.uuid: Mark("exam", 75), STORES.uuid: Mark("recognised", None)},
    )  # fmt: skip
    assert missing(case) == []
    assert credits_earned(case) == 7


def test_credits_count_only_what_is_whole() -> None:
    assert credits_earned(replace(COMPLETE, study={INTRO.uuid: DONE, STORES.uuid: HALF})) == 3


def test_who_has_graduated_misses_nothing_any_more() -> None:
    assert missing(replace(COMPLETE, status="graduated", owed_fen=1)) == []


def test_a_code_of_a_newer_rule_shows_as_it_is() -> None:
    assert words.missing(Missing("thesis", 1)) == "thesis 1"
