"""Whether a question can be asked and marked at all, said in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from courses.quizzes import arranged, marking
from courses.quizzes.kinds import (
    CASE,
    CHOICE,
    FILL,
    MATCHING,
    NUMERIC,
    ONE_OF,
    ORDERING,
    PARTS,
    UPLOAD,
    Body,
)
from courses.quizzes.typed import plain

MOST_PAIRS = 12
MOST_FILES = 6


def lacking(kind: str, body: Body) -> str:
    """What a question still needs before it can be asked, in words; empty when nothing."""
    if kind in CHOICE:
        return _options(kind, body.get("options", []))
    if kind == FILL:
        answers = [text for text in body.get("answers", []) if plain(text)]
        return "" if answers else _("请至少写一个可以接受的答案。")
    if kind == NUMERIC:
        return _number(body)
    if kind == MATCHING:
        return _pairs(body)
    if kind == ORDERING:
        return _items(body.get("items", []))
    if kind == CASE:
        return _parts(body.get("parts", []))
    return _rubric(kind, body)


def _options(kind: str, options: Sequence[Mapping[str, Any]]) -> str:
    right = sum(bool(option.get("correct")) for option in options)
    if len(options) < 2:
        return _("请至少写两个选项。")
    if len({option["key"] for option in options}) < len(options):
        return _("有两个选项的编号相同。")
    if not all(str(option["text"]).strip() for option in options):
        return _("有选项是空的，请写上内容或删掉。")
    if kind in ONE_OF and right != 1:
        return _("请勾选一个正确选项，只能一个。")
    if not right:
        return _("请至少勾选一个正确选项。")
    return _shares(kind, options)


def _shares(kind: str, options: Sequence[Mapping[str, Any]]) -> str:
    if not any("share" in option for option in options):
        return ""
    best = [option["key"] for option in options if option.get("share", option["correct"]) > 0]
    given: Any = best if kind not in ONE_OF else [o["key"] for o in options if o["correct"]]
    full = marking.mark(kind, {"options": options}, given).right
    return "" if full else _("各选项的分值比例加起来不到 100%，没有人能得满分。")


def _number(body: Body) -> str:
    answer = body.get("answer")
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return _("请写出正确的数值。")
    return _("允许误差不能小于 0。") if body.get("tolerance", 0) < 0 else ""


def _pairs(body: Body) -> str:
    pairs = body.get("pairs", [])
    if len(pairs) < 2 or not all(str(p["text"]).strip() and str(p["match"]).strip() for p in pairs):
        return _("请至少写两对，左右两边都要写。")
    if len(arranged.choices(body)) < 2:
        return _("右边的内容全都一样，没有可配的。")
    if len(pairs) > MOST_PAIRS:
        return _("配对太多，手机上看不过来，最多 12 对。")
    return ""


def _items(items: Sequence[Mapping[str, Any]]) -> str:
    texts = [str(item["text"]).strip() for item in items]
    if len(texts) < 2 or not all(texts):
        return _("请至少写两项要排序的内容。")
    if len(set(texts)) < len(texts):
        return _("有两项内容相同，排不出先后。")
    return _("要排序的内容最多 12 项。") if len(texts) > MOST_PAIRS else ""


def _parts(parts: Sequence[Mapping[str, Any]]) -> str:
    if not parts:
        return _("案例下面请至少写一道小题。")
    for number, part in enumerate(parts, start=1):
        missing = (
            lacking(part["kind"], part["body"])
            if part["kind"] in PARTS
            else _("案例里的小题只能是单选、多选、判断、填空或计算。")
        )
        if missing:
            return _("第 %(number)d 小题：%(why)s") % {"number": number, "why": missing}
    return ""


def _rubric(kind: str, body: Body) -> str:
    rows = body.get("rubric", [])
    if any(not str(row["text"]).strip() or row["points"] < 1 for row in rows):
        return _("每个评分项都要写内容和分值。")
    if kind == UPLOAD and not 1 <= body.get("files", 1) <= MOST_FILES:
        return _("文件数请在 1 到 6 之间。")
    return ""
