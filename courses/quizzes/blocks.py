"""A quiz as its editor writes it: one block per question, in the order asked.

The id of a question's block is the question's uuid, the id of an option's block is the option's
key, so that an edited question stays the same question.
"""

from __future__ import annotations

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
    text = CharBlock(label=_("选项"), max_length=300)
    correct = BooleanBlock(label=_("这是正确答案"), required=False)
    feedback = CharBlock(
        label=_("选了它时的说明"), required=False, help_text=_("为什么对，或者错在哪里。")
    )


class QuestionBlock(StructBlock):
    """What every kind of question has; subclasses say how it is answered."""

    kind = ""
    stem = TextBlock(label=_("题目"), rows=2)

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
    options = ListBlock(OptionBlock(), label=_("选项"), min_num=2, max_num=8)

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
    multiple = _whole(MultipleBlock, _("多选题"), "tick")
    true_false = _whole(TrueFalseBlock, _("判断题"), "tick-inverse")
    fill = _whole(FillBlock, _("填空题"), "edit")
    numeric = _whole(NumericBlock, _("计算题"), "order")
