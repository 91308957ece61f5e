"""A spreadsheet that tutors fill in, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from courses.quizzes import kinds
from courses.quizzes.importing import sheet
from courses.quizzes.importing.items import Item, Line
from lms.base import sheets, workbook


def lines(*rows: dict[str, str]) -> list[Line]:
    return sheet.read(sheet.write(rows)).lines


def item(**cells: str) -> Item:
    (line,) = lines({"题目": "题目？", **cells})
    assert line.item is not None, line.sentence
    return line.item


def test_the_template_reads_back_with_every_kind_and_no_complaint() -> None:
    found = sheet.read(sheet.template()).lines
    assert {line.verdict for line in found} == {"mapped"}
    assert {line.item.kind for line in found if line.item} == set(kinds.ALL)


def test_a_row_as_a_tutor_writes_it() -> None:
    found = item(
        题型="多选", 选项A="甲", 选项B="乙", 选项C="丙", 答案="a、C", 解析="因为", 难度="中",
        标签="仓储，成本", 分值="2", 说明A="对的",
    )  # fmt: skip
    assert (found.kind, found.difficulty, found.points) == ("multiple", 2, 2)
    assert found.tags == ("仓储", "成本")
    assert [o["correct"] for o in found.body["options"]] == [True, False, True]
    assert found.body["options"][0]["feedback"] == "对的"


def test_headings_as_other_schools_write_them_and_figures_as_figures() -> None:
    rows: list[tuple[Any, ...]] = [
        (" 类型 ", "题干*", "正确答案（必填）", "分数"),
        ("数值题", "多少？", 0.3, 2),
    ]
    content = workbook.workbook("x", [(str(h), 10) for h in rows[0]], rows[1:])
    (line,) = sheet.read(content).lines
    assert line.item is not None
    assert (line.item.body["answer"], line.item.points) == (0.3, 2)


def test_a_case_takes_the_rows_below_it() -> None:
    found = lines(
        {"题型": "案例题", "题目": "租金 1800 元。"},
        {"题型": "计算题", "题目": "总成本？", "答案": "3300", "小题": "是", "分值": "2"},
        {"题型": "判断题", "题目": "贵不贵？", "答案": "对", "小题": "是"},
        {"题型": "判断题", "题目": "另一题", "答案": "错"},
    )
    assert [line.number for line in found] == [2, 5]
    assert found[0].item is not None
    assert [(p["kind"], p["points"]) for p in found[0].item.body["parts"]] == [
        ("numeric", 2),
        ("true_false", 1),
    ]


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"题型": "选词"}, "题型"),
        ({"题型": "单选题", "选项A": "甲", "选项B": "乙", "答案": "C"}, "不是已有的选项"),
        ({"题型": "单选题", "选项A": "甲", "选项B": "乙"}, "没有写答案"),
        ({"题型": "单选题", "选项A": "甲", "选项C": "丙", "答案": "A"}, "空的格子"),
        ({"题型": "单选题", "选项A": "甲", "选项B": "乙", "答案": "AB"}, "只能一个"),
        ({"题型": "判断题", "答案": "也许"}, "对 或 错"),
        ({"题型": "填空题"}, "至少写一个"),
        ({"题型": "计算题", "答案": "三元"}, "不是数字"),
        ({"题型": "计算题", "答案": "3", "难度": "9"}, "难度"),
        ({"题型": "计算题", "答案": "3", "分值": "0"}, "分值"),
        ({"题型": "配对题", "选项A": "入库", "选项B": "出库=复核"}, "左边=右边"),
        ({"题型": "排序题", "选项A": "揽收"}, "至少写两项"),
        ({"题型": "简答题", "选项A": "说清楚"}, "内容=分值"),
        ({"题型": "案例题"}, "小题"),
        ({"题型": "判断题", "答案": "对", "题目": ""}, "题目是空的"),
        ({"题型": "判断题", "答案": "对", "小题": "是"}, "没有案例题"),
        ({"题型": "判断题", "答案": "对", "解析": "长" * 5001}, "5000 字"),
    ],
)
def test_a_row_with_a_mistake_says_its_number_and_what_to_do(
    cells: dict[str, str], says: str
) -> None:
    good = {"题型": "判断题", "题目": "好题", "答案": "对"}
    found = lines(good, {"题目": "题目？", **cells}, {**good, "题目": "又一道"})
    assert [(line.number, line.verdict) for line in found] == [
        (2, "mapped"),
        (3, "refused"),
        (4, "mapped"),
    ]
    assert says in found[1].sentence


def test_a_sheet_without_the_needed_headings_is_refused() -> None:
    with pytest.raises(sheets.NoHeadings, match="题型、答案"):
        sheet.read(workbook.workbook("x", [("题目", 10)], [("甲",)]))
