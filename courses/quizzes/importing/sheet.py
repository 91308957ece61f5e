"""Questions from a spreadsheet, one a row, in columns that a tutor understands. Pure.

The same columns are the template that can be downloaded and what a bank is exported to.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import kinds, soundness
from courses.quizzes.importing.items import LETTERS, Item, Reading, option, true_false
from lms.base import sheets, workbook

MOST_ROWS = 20_000
MOST_OPTIONS = 8
MOST_LETTERS = 5_000
# Not translated: whoever fills in the sheet reads these, whatever language the site is in.
KIND, STEM, ANSWER, EXPLANATION = "题型", "题目", "答案", "解析"
DIFFICULTY, TAGS, POINTS = "难度", "标签", "分值"
UNIT, TOLERANCE, TITLE, PART = "单位", "允许误差", "名称", "小题"
OPTIONS = tuple(f"选项{letter}" for letter in LETTERS[:MOST_OPTIONS].upper())
SAYS = tuple(f"说明{letter}" for letter in LETTERS[:MOST_OPTIONS].upper())
COLUMNS = (
    KIND, STEM, *OPTIONS, ANSWER, EXPLANATION, DIFFICULTY, TAGS, POINTS, UNIT, TOLERANCE, PART,
    TITLE, *SAYS,
)  # fmt: skip
KIND_NAMES = {
    kinds.SINGLE: "单选题", kinds.MULTIPLE: "多选题", kinds.TRUE_FALSE: "判断题",
    kinds.FILL: "填空题", kinds.NUMERIC: "计算题", kinds.MATCHING: "配对题",
    kinds.ORDERING: "排序题", kinds.SHORT: "简答题", kinds.UPLOAD: "作业题", kinds.CASE: "案例题",
}  # fmt: skip
_KINDS = {name.removesuffix("题"): kind for kind, name in KIND_NAMES.items()} | {
    "单项选择": kinds.SINGLE, "单选": kinds.SINGLE, "选择": kinds.SINGLE, "多项选择": kinds.MULTIPLE,
    "是非": kinds.TRUE_FALSE, "对错": kinds.TRUE_FALSE, "数值": kinds.NUMERIC,
    "连线": kinds.MATCHING, "匹配": kinds.MATCHING, "问答": kinds.SHORT, "论述": kinds.SHORT,
    "案例分析": kinds.CASE, "材料": kinds.CASE,
}  # fmt: skip
_OTHER_NAMES = {
    "题干": STEM, "问题": STEM, "类型": KIND, "正确答案": ANSWER, "参考答案": ANSWER,
    "答案解析": EXPLANATION, "解释": EXPLANATION, "知识点": TAGS, "分数": POINTS, "误差": TOLERANCE,
    **{letter: f"选项{letter}" for letter in LETTERS[:MOST_OPTIONS].upper()},
}  # fmt: skip
_DIFFICULTIES = {"1": 1, "2": 2, "3": 3, "易": 1, "简单": 1, "中": 2, "中等": 2, "难": 3, "困难": 3}
_TRUE = {"对", "正确", "√", "✓", "t", "true", "是", "y", "a"}
_FALSE = {"错", "错误", "×", "✗", "x", "f", "false", "否", "n", "b"}
_SEPARATORS = re.compile(r"[|｜;；\n]+")


class _Wrong(Exception):
    """A row that cannot be taken, with what to do about it."""


@dataclass
class _Row:
    """One row by the names of its columns; every cell as text."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def lines(self, name: str) -> list[str]:
        return [part.strip() for part in _SEPARATORS.split(self[name]) if part.strip()]

    @property
    def options(self) -> list[tuple[str, str]]:
        """Text and explanation of the options that are filled in; gaps are an error."""
        texts = [self[name] for name in OPTIONS]
        while texts and not texts[-1]:
            texts.pop()
        if "" in texts:
            raise _Wrong(_("选项中间有空的格子，请把后面的选项往前移"))
        return [(text, self[says]) for text, says in zip(texts, SAYS, strict=False)]


def read(content: bytes) -> Reading:
    """The questions of the first sheet; ``Line.number`` is the row that Excel shows.

    Raises:
        sheets.NotAWorkbook: or one of its kinds; also when the headings are not ours.
    """
    rows = sheets.rows(content, most_rows=MOST_ROWS)
    _number, heading = next(rows)
    where = _columns(heading)
    reading = Reading()
    pending: _Case | None = None
    for number, cells in rows:
        row = _Row(
            number,
            {name: _text(cells[place]) for name, place in where.items() if place < len(cells)},
        )
        pending = _take(reading, row, pending)
    if pending is not None:
        pending.close(reading)
    return reading


def _columns(heading: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        name = re.sub(r"[\s*（(].*$", "", _text(cell))
        found.setdefault(_OTHER_NAMES.get(name, name), place)
    missing = [name for name in (KIND, STEM, ANSWER) if name not in found]
    if missing:
        raise sheets.NoHeadings(missing="、".join(missing))
    return {name: place for name, place in found.items() if name in COLUMNS}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


@dataclass
class _Case:
    """A case whose parts are still to come, in the rows below it."""

    number: int
    item: Item
    wrong: str = ""

    def close(self, reading: Reading) -> None:
        lacking = self.wrong or soundness.lacking(kinds.CASE, self.item.body)
        if lacking:
            reading.refused(self.number, lacking)
        else:
            reading.took(self.number, self.item)


def _take(reading: Reading, row: _Row, pending: _Case | None) -> _Case | None:
    try:
        if row[PART] and row[PART] not in ("否", "0"):
            if pending is None:
                raise _Wrong(_("这是小题，但上面没有案例题"))
            _add_part(pending, row)
            return pending
        if pending is not None:
            pending.close(reading)
            pending = None
        item = _item(row)
        if item.kind == kinds.CASE:
            return _Case(row.number, item)
        if lacking := soundness.lacking(item.kind, item.body):
            raise _Wrong(lacking)
        reading.took(row.number, item)
    except _Wrong as wrong:
        reading.refused(row.number, str(wrong))
    return pending


def _add_part(case: _Case, row: _Row) -> None:
    try:
        part = _item(row)
        lacking = soundness.lacking(part.kind, part.body)
        if lacking:
            raise _Wrong(lacking)
    except _Wrong as wrong:
        case.wrong = case.wrong or _("第 %(row)d 行的小题：%(why)s") % {
            "row": row.number,
            "why": wrong,
        }
        return
    parts = case.item.body["parts"]
    entry = {"key": LETTERS[len(parts) % 26], "kind": part.kind, "stem": part.stem,
             "body": part.body, "points": part.points}  # fmt: skip
    case.item = replace(case.item, body={"parts": [*parts, entry]})


def _item(row: _Row) -> Item:
    name = unicodedata.normalize("NFKC", row[KIND]).strip()
    kind = _KINDS.get(name.removesuffix("题"))
    if kind is None:
        raise _Wrong(_("题型“%(name)s”不认识，请写单选题、多选题、判断题等") % {"name": name[:20]})
    if not row[STEM]:
        raise _Wrong(_("题目是空的"))
    if any(len(text) > MOST_LETTERS for text in row.cells.values()):
        raise _Wrong(_("有一格超过 5000 字"))
    return Item(
        kind=kind,
        stem=row[STEM],
        body=_BODIES[kind](row),
        explanation=row[EXPLANATION],
        title=row[TITLE][:200],
        points=_points(row[POINTS]),
        difficulty=_difficulty(row[DIFFICULTY]),
        tags=tuple(dict.fromkeys(_tags(row[TAGS]))),
    )


def _tags(cell: str) -> list[str]:
    return [part.strip()[:100] for part in re.split(r"[,，、|;；\n]+", cell) if part.strip()]


def _points(cell: str) -> int:
    if not cell:
        return 1
    if not cell.isdecimal() or not 1 <= int(cell) <= 100:
        raise _Wrong(_("分值“%(text)s”不对，请写 1 到 100 的整数") % {"text": cell[:20]})
    return int(cell)


def _difficulty(cell: str) -> int:
    if cell and cell not in _DIFFICULTIES:
        raise _Wrong(_("难度“%(text)s”不对，请写 1、2、3 或 易、中、难") % {"text": cell[:20]})
    return _DIFFICULTIES.get(cell, 1)


# ---------------------------------------------------------------- bodies


def _choice(row: _Row) -> dict[str, Any]:
    answer = unicodedata.normalize("NFKC", row[ANSWER]).upper()
    chosen = set(re.sub(r"[\s,，、;；|.]", "", answer))
    options = row.options
    letters = LETTERS[: len(options)].upper()
    if not chosen:
        raise _Wrong(_("没有写答案，请写选项的字母，例如 A 或 ACD"))
    if wrong := "".join(sorted(chosen - set(letters))):
        raise _Wrong(_("答案“%(text)s”不是已有的选项，请写选项的字母") % {"text": wrong[:20]})
    return {
        "options": [
            option(place, text, correct=letters[place] in chosen, feedback=says)
            for place, (text, says) in enumerate(options)
        ]
    }


def _truth(row: _Row) -> dict[str, Any]:
    answer = unicodedata.normalize("NFKC", row[ANSWER]).casefold()
    if answer not in _TRUE | _FALSE:
        raise _Wrong(_("判断题的答案请写 对 或 错"))
    return true_false(answer in _TRUE, if_true=row[SAYS[0]], if_false=row[SAYS[1]])


def _words(row: _Row) -> dict[str, Any]:
    return {"answers": row.lines(ANSWER)}


def _number(row: _Row) -> dict[str, Any]:
    return {
        "answer": _figure(row[ANSWER], _("答案")),
        "tolerance": _figure(row[TOLERANCE] or "0", _("允许误差")),
        "unit": row[UNIT][:10],
    }


def _figure(cell: str, name: str) -> float:
    text = unicodedata.normalize("NFKC", cell).replace(",", "").strip()
    try:
        figure = float(text)
    except ValueError:
        figure = float("nan")
    if not abs(figure) < 1e300:
        raise _Wrong(
            _("%(name)s“%(text)s”不是数字，单位请写在“单位”一列")
            % {"name": name, "text": cell[:20]}
        )
    return figure


def _pairs(row: _Row) -> dict[str, Any]:
    pairs: list[dict[str, str]] = []
    extra: list[str] = []
    for text, _says in row.options:
        left, sign, right = text.replace("＝", "=").partition("=")
        if not sign:
            raise _Wrong(_("配对题的每个选项写成“左边=右边”，例如“入库=验收”"))
        if left.strip():
            key = LETTERS[len(pairs)]
            pairs.append({"key": key, "text": left.strip(), "match": right.strip()})
        else:
            extra.append(right.strip())
    return {"pairs": pairs} | ({"extra": extra} if extra else {})


def _order(row: _Row) -> dict[str, Any]:
    return {
        "items": [
            {"key": LETTERS[place], "text": text} for place, (text, _s) in enumerate(row.options)
        ]
    }


def _essay(row: _Row) -> dict[str, Any]:
    """The options are what a tutor marks by: ``要点=3`` is worth three points."""
    rubric = []
    for text, _says in row.options:
        words, _sign, points = text.replace("＝", "=").rpartition("=")
        if not words or not points.strip().isdecimal() or int(points) < 1:
            raise _Wrong(_("评分项写成“内容=分值”，例如“说清楚流程=3”"))
        rubric.append({"text": words.strip(), "points": int(points)})
    return {"sample": row[ANSWER], "rubric": rubric}


def _case(row: _Row) -> dict[str, Any]:
    return {"parts": []}


_BODIES = {
    kinds.SINGLE: _choice, kinds.MULTIPLE: _choice, kinds.TRUE_FALSE: _truth, kinds.FILL: _words,
    kinds.NUMERIC: _number, kinds.MATCHING: _pairs, kinds.ORDERING: _order, kinds.SHORT: _essay,
    kinds.UPLOAD: lambda row: _essay(row) | {"files": 3}, kinds.CASE: _case,
}  # fmt: skip

# ---------------------------------------------------------------- the template

_WIDTHS = {STEM: 50, EXPLANATION: 40, ANSWER: 16, TITLE: 16, TAGS: 16}
_EXAMPLES: tuple[dict[str, str], ...] = (
    {KIND: "单选题", STEM: "仓库收货时最先做什么？", "选项A": "核对送货单", "选项B": "上架",
     "选项C": "拍照发群里", ANSWER: "A", EXPLANATION: "先核对单据和件数，再验收、上架。", DIFFICULTY: "1",
     TAGS: "仓储,收货", "说明C": "拍照留证是后面的事。"},
    {KIND: "多选题", STEM: "哪些属于物流成本？", "选项A": "运输费", "选项B": "仓租", "选项C": "员工聚餐",
     ANSWER: "AB", EXPLANATION: "聚餐不属于物流成本。", DIFFICULTY: "2", TAGS: "成本"},
    {KIND: "判断题", STEM: "平台标记“自营”的商品由平台承担销售者责任。", ANSWER: "对", DIFFICULTY: "1"},
    {KIND: "填空题", STEM: "把商品从消费者送回企业，叫____物流。", ANSWER: "逆向|反向"},
    {KIND: "计算题", STEM: "租金每月 960 元，派 3200 票，平均每票多少元？", ANSWER: "0.3", UNIT: "元",
     TOLERANCE: "0.005", POINTS: "2"},
    {KIND: "配对题", STEM: "把环节和工作连起来。", "选项A": "入库=验收", "选项B": "出库=复核",
     "选项C": "=盘点"},
    {KIND: "排序题", STEM: "把一单快递的过程排好。", "选项A": "揽收", "选项B": "分拣", "选项C": "派送"},
    {KIND: "简答题", STEM: "说说你怎样减少派送超时。", ANSWER: "提前规划路线，先送时效件。",
     "选项A": "说到路线=3", "选项B": "说到沟通=2", POINTS: "5"},
    {KIND: "作业题", STEM: "拍一张你站点的分拣区照片，并写三条改进。", "选项A": "照片清楚=2",
     "选项B": "改进可行=3", POINTS: "5"},
    {KIND: "案例题", STEM: "小李的网店每月 1800 元租金，每单成本 5 元。"},
    {KIND: "计算题", STEM: "每月 300 单时，总成本是多少？", ANSWER: "3300", UNIT: "元", PART: "是"},
)  # fmt: skip
_HELP = (
    ("题型", "单选题、多选题、判断题、填空题、计算题、配对题、排序题、简答题、作业题、案例题。必填。"),
    ("题目", "必填。空一行分段；**加粗**；公式写成 \\(x^2\\)。"),
    ("选项A 到 H", "选择题写选项。配对题写“左边=右边”，“=右边”是多出来的干扰项。排序题按正确顺序写。"
     "简答题、作业题写评分项“内容=分值”。"),
    ("答案", "单选写 A，多选写 ACD，判断写 对 或 错，填空的几种写法用 | 隔开，计算题只写数字，"
     "简答题写参考答案。"),
    ("难度", "1、2、3，或 易、中、难。不填算 1。"),
    ("标签", "用逗号隔开，抽题时可以只抽一个标签。"),
    ("小题", "案例题下面的行写“是”，就算上面那道案例的小题。"),
    ("说明A 到 H", "学员选了这一项后看到的说明。"),
)  # fmt: skip


def template() -> bytes:
    """The workbook to fill in: headings with an example of every kind, and what to write where."""
    return workbook.sheets(
        [
            workbook.Sheet("题目", _headings(), [_cells(row) for row in _EXAMPLES]),
            workbook.Sheet("怎么填", [("栏", 16), ("说明", 100)], _HELP),
        ]
    )


def _headings() -> list[tuple[str, int]]:
    return [(name, _WIDTHS.get(name, 14 if name in OPTIONS else 9)) for name in COLUMNS]


def _cells(row: Mapping[str, str]) -> list[str]:
    return [row.get(name, "") for name in COLUMNS]


def write(rows: Iterable[Mapping[str, str]]) -> bytes:
    """A workbook of these rows, by the names of the columns."""
    return workbook.workbook("题目", _headings(), (_cells(row) for row in rows))
