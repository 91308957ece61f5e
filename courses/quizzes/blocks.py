"""A quiz as its editor writes it: one block per question, in the order asked.

The id of a question's block is the question's uuid, the id of an option's block is the option's
key, so that an edited question stays the same question.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.forms.utils import ErrorList
from django.utils.translation import gettext_lazy as _
from wagtail.blocks import (
    BooleanBlock,
    CharBlock,
    DecimalBlock,
    IntegerBlock,
    ListBlock,
    StreamBlock,
    StructBlock,
    StructBlockValidationError,
    TextBlock,
)

from courses.quizzes import kinds, soundness

Value = Any


class OptionBlock(StructBlock):
    text = TextBlock(label=_("选项"), rows=1, max_length=2000)
    correct = BooleanBlock(label=_("这是正确答案"), required=False)
    feedback = CharBlock(
        label=_("选了它时的说明"), required=False, help_text=_("为什么对，或者错在哪里。")
    )


class QuestionBlock(StructBlock):
    """What every kind of question has; subclasses say how it is answered."""

    kind = ""
    stem = TextBlock(
        label=_("题目"),
        rows=2,
        help_text=_("空一行分段，**加粗**，公式 \\(x^2\\)，图片 ![说明](image:图片编号)。"),
    )

    def body_of(self, value: Value) -> dict[str, Any]:
        """The answer part as ``QuestionVersion.body`` holds it."""
        raise NotImplementedError

    def clean(self, value: Value) -> Value:
        cleaned = super().clean(value)
        lacking = soundness.lacking(self.kind, self.body_of(cleaned))
        if lacking:
            raise StructBlockValidationError(non_block_errors=ErrorList([lacking]))
        return cleaned


class Ending(StructBlock):
    """Fields that close every kind; mixed in last so that they stand below the answers."""

    explanation = TextBlock(label=_("解析"), rows=2, required=False)
    points = IntegerBlock(label=_("分值"), default=1, min_value=1, max_value=20)


class _ChoiceBlock(QuestionBlock):
    # Two stand there at once: fewer are none, and pressing a plus for each is work.
    options = ListBlock(
        OptionBlock(), label=_("选项"), min_num=2, max_num=8,
        default=[{"text": "", "correct": False, "feedback": ""} for _n in range(2)],
    )  # fmt: skip

    def body_of(self, value: Value) -> dict[str, Any]:
        return {
            "options": [
                {"key": str(child.id), **{name: child.value[name] for name in child.value}}
                for child in value["options"].bound_blocks
            ]
        }


class SingleBlock(_ChoiceBlock):
    kind = kinds.SINGLE


class MultipleBlock(_ChoiceBlock):
    kind = kinds.MULTIPLE


class TrueFalseBlock(_ChoiceBlock):
    kind = kinds.TRUE_FALSE


class FillBlock(QuestionBlock):
    kind = kinds.FILL
    answers = ListBlock(
        CharBlock(max_length=100),
        label=_("可以接受的答案"),
        help_text=_("第一个会显示为正确答案；大小写、空格、全角半角不用重复写。"),
        min_num=1,
    )

    def body_of(self, value: Value) -> dict[str, Any]:
        return {"answers": list(value["answers"])}


class NumericBlock(QuestionBlock):
    kind = kinds.NUMERIC
    answer = DecimalBlock(label=_("正确数值"))
    tolerance = DecimalBlock(label=_("允许误差"), default=0, min_value=0)
    unit = CharBlock(label=_("单位"), required=False, max_length=10)

    def body_of(self, value: Value) -> dict[str, Any]:
        return {
            "answer": float(value["answer"]),
            "tolerance": float(value["tolerance"] or 0),
            "unit": value["unit"],
        }


class PairBlock(StructBlock):
    text = CharBlock(label=_("左边"), max_length=200)
    match = CharBlock(label=_("右边（正确的一项）"), max_length=200)


class MatchingBlock(QuestionBlock):
    kind = kinds.MATCHING
    pairs = ListBlock(
        PairBlock(), label=_("配对"), min_num=2, max_num=12,
        default=[{"text": "", "match": ""} for _n in range(2)],
    )  # fmt: skip
    extra = ListBlock(
        CharBlock(max_length=200, required=False),
        label=_("多出来的右边"),
        help_text=_("谁也配不上的干扰项，可以不写。"),
        default=[],
    )

    def body_of(self, value: Value) -> dict[str, Any]:
        pairs = [{"key": str(child.id), **child.value} for child in value["pairs"].bound_blocks]
        extra = [text for text in value["extra"] if text]
        return {"pairs": pairs} | ({"extra": extra} if extra else {})


class OrderingBlock(QuestionBlock):
    kind = kinds.ORDERING
    items = ListBlock(
        CharBlock(max_length=200),
        label=_("按正确顺序写"),
        help_text=_("学员看到的是打乱的。"),
        min_num=2,
        max_num=12,
        default=["", ""],
    )

    def body_of(self, value: Value) -> dict[str, Any]:
        rows = value["items"].bound_blocks
        return {"items": [{"key": str(child.id), "text": child.value} for child in rows]}


class RubricBlock(StructBlock):
    text = CharBlock(label=_("评分项"), max_length=200)
    points = IntegerBlock(label=_("分值"), default=1, min_value=1, max_value=100)


class ShortBlock(QuestionBlock):
    kind = kinds.SHORT
    sample = TextBlock(label=_("参考答案"), rows=3, required=False)
    rubric = ListBlock(RubricBlock(), label=_("评分项"), default=[])

    def body_of(self, value: Value) -> dict[str, Any]:
        rubric = [dict(row) for row in value["rubric"]]
        return {"sample": value["sample"], "rubric": rubric}


class UploadBlock(ShortBlock):
    kind = kinds.UPLOAD
    files = IntegerBlock(label=_("最多几个文件"), default=3, min_value=1, max_value=6)

    def body_of(self, value: Value) -> dict[str, Any]:
        return super().body_of(value) | {"files": value["files"]}


class PartPoints(StructBlock):
    points = IntegerBlock(label=_("分值"), default=1, min_value=1, max_value=20)


def _part(kind: type[QuestionBlock], label: Any) -> QuestionBlock:
    joined: type[QuestionBlock] = type(f"{kind.__name__}Part", (kind, PartPoints), {})
    joined.base_blocks.move_to_end("points")  # type: ignore[attr-defined]
    return joined(label=label)


class PartsBlock(StreamBlock):
    """The questions below a case."""

    single = _part(SingleBlock, _("单选题"))
    multiple = _part(MultipleBlock, _("多选题"))
    true_false = _part(TrueFalseBlock, _("判断题"))
    fill = _part(FillBlock, _("填空题"))
    numeric = _part(NumericBlock, _("计算题"))


class CaseQuestionBlock(QuestionBlock):
    kind = kinds.CASE
    parts = PartsBlock(label=_("小题"), min_num=1, max_num=12)

    def body_of(self, value: Value) -> dict[str, Any]:
        return {
            "parts": [
                {
                    "key": str(child.id),
                    "kind": child.block_type,
                    "stem": child.value["stem"],
                    "body": child.block.body_of(child.value),
                    "points": child.value["points"],
                }
                for child in value["parts"]
            ]
        }


def _whole(kind: type[QuestionBlock], label: Any, icon: str) -> QuestionBlock:
    """A question block with its closing fields."""
    joined: type[QuestionBlock] = type(kind.__name__, (kind, Ending), {})
    fields = joined.base_blocks  # type: ignore[attr-defined]
    for name in ("explanation", "points"):
        fields.move_to_end(name)
    return joined(label=label, icon=icon)


class QuestionsBlock(StreamBlock):
    """The questions of a quiz."""

    single = _whole(SingleBlock, _("单选题"), "radio-full")
    multiple = _whole(MultipleBlock, _("多选题"), "list-ul")
    true_false = _whole(TrueFalseBlock, _("判断题"), "tick-inverse")
    fill = _whole(FillBlock, _("填空题"), "edit")
    numeric = _whole(NumericBlock, _("计算题"), "order")
    matching = _whole(MatchingBlock, _("配对题"), "link")
    ordering = _whole(OrderingBlock, _("排序题"), "list-ol")
    short = _whole(ShortBlock, _("简答题"), "pilcrow")
    upload = _whole(UploadBlock, _("作业题"), "upload")
    case = _whole(CaseQuestionBlock, _("案例题"), "openquote")


class OneQuestionBlock(QuestionsBlock):
    """A question by itself, as the bank keeps it."""

    class Meta:
        min_num = 1
        max_num = 1


def carried(old: dict[str, Any], new: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """The body of a form with what the form does not show: shares, other units, what an import brought.

    Args:
        fields: what the form shows.
    """
    kept = {name: value for name, value in old.items() if name not in {*fields, "options", "parts"}}
    if "options" in new and any("share" in option for option in old.get("options", ())):
        shares = {option["key"]: option for option in old["options"]}
        options = [
            {**option, **_share(shares.get(option["key"]), option)} for option in new["options"]
        ]
        new = {**new, "options": options}
    if "parts" in new:
        before = {part["key"]: part for part in old.get("parts", ())}
        new = {**new, "parts": [_part_carried(before.get(p["key"]), p) for p in new["parts"]]}
    return {**kept, **new}


def _share(before: dict[str, Any] | None, now: dict[str, Any]) -> dict[str, Any]:
    """An option keeps its share unless the editor turned right into wrong or the other way round."""
    if before is None or before["correct"] != now["correct"]:
        return {"share": float(now["correct"])}
    return {"share": before["share"]} if "share" in before else {}


def _part_carried(before: dict[str, Any] | None, part: dict[str, Any]) -> dict[str, Any]:
    if before is None or before["kind"] != part["kind"]:
        return part
    shown = PartsBlock().child_blocks[part["kind"]].child_blocks
    return {**part, "body": carried(before["body"], part["body"], shown)}
