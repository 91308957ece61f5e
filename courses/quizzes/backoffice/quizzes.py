"""The quiz form of the authors' back office: a whole quiz on one page."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.blocks import (
    BlockField,
    CharBlock,
    ChoiceBlock,
    IntegerBlock,
    ListBlock,
    StructBlock,
)
from wagtail.snippets.blocks import SnippetChooserBlock
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.catalogue import projection
from courses.quizzes import bank
from courses.quizzes.backoffice import raw
from courses.quizzes.blocks import QuestionsBlock
from courses.quizzes.models import Quiz, QuizDraw
from lms.base import clock


class DrawBlock(StructBlock):
    """So many questions of a bank."""

    bank = SnippetChooserBlock("courses.QuestionBank", label=_("题库"))
    count = IntegerBlock(label=_("抽几题"), default=5, min_value=1, max_value=100)
    tag = CharBlock(label=_("只抽这个标签"), required=False, max_length=100)
    difficulty = ChoiceBlock(
        label=_("只抽这个难度"),
        choices=[("1", _("易")), ("2", _("中")), ("3", _("难"))],
        required=False,
    )
    points = IntegerBlock(label=_("每题分值"), default=1, min_value=1, max_value=20)


class QuizForm(WagtailAdminModelForm):
    """Title, pass mark and every question with its answers."""

    questions = BlockField(block=QuestionsBlock(required=False), label=_("题目"))
    draws = BlockField(
        block=ListBlock(DrawBlock(), default=[], collapsed=True),
        label=_("从题库抽题"),
        required=False,
        help_text=_("每次作答抽的题不一样，从题库最新发布的一版里抽。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        block = self.fields["questions"].block
        self.initial["questions"] = block.to_python(_raw(self.instance))
        self.initial["draws"] = self.fields["draws"].block.to_python(_raw_draws(self.instance))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and opens >= closes:
            raise ValidationError({"closes_at": say("考试结束要晚于开始。")})
        return cleaned

    def save(self, commit: bool = True) -> Quiz:
        with transaction.atomic():
            quiz: Quiz = super().save(commit)
            drafts = [raw.draft(child) for child in self.cleaned_data["questions"]]
            bank.arrange(quiz, drafts, by=self.for_user, at=clock.now())
            _keep_draws(quiz, list(self.cleaned_data["draws"] or []))
            projection.measure_quiz(quiz)
        return quiz


def _raw(quiz: Quiz) -> list[dict[str, Any]]:
    """The quiz as StreamField raw data, newest wordings."""
    if quiz.pk is None:
        return []
    return [
        raw.of_version(item.question, version, points=item.points)
        for item, version in bank.newest(quiz)
    ]


def _raw_draws(quiz: Quiz) -> list[dict[str, Any]]:
    if quiz.pk is None:
        return []
    return [
        {
            "bank": draw.bank_id,
            "count": draw.count,
            "tag": draw.tag,
            "difficulty": str(draw.difficulty or ""),
            "points": draw.points,
        }
        for draw in quiz.draws.all()
    ]


def _keep_draws(quiz: Quiz, rows: list[Any]) -> None:
    quiz.draws.all().delete()
    QuizDraw.objects.bulk_create(
        QuizDraw(
            quiz=quiz,
            bank=row["bank"],
            count=row["count"],
            tag=row["tag"],
            difficulty=int(row["difficulty"]) if row["difficulty"] else None,
            points=row["points"],
            order=order,
        )
        for order, row in enumerate(rows)
    )


class QuizViewSet(SnippetViewSet):
    """Quizzes in the menu and in the chooser of a lesson's quiz block."""

    model = Quiz
    icon = "tick-inverse"
    menu_label = _("小测")
    menu_order = 260
    add_to_admin_menu = True
    copy_view_enabled = False
    list_display = ["title", "pass_percent", "question_count"]
    search_fields = ["title"]
    ordering = ["-id"]
    list_per_page = 30
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("pass_percent"),
            MultiFieldPanel(
                [FieldPanel(name) for name in ("opens_at", "closes_at", "minutes", "tries")],
                heading=_("考试（小测不用填）"),
                classname="collapsed",
            ),
            FieldPanel("questions"),
            FieldPanel("draws"),
        ],
        base_form_class=QuizForm,
    )
