"""The quiz form of the authors' back office: a whole quiz on one page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.blocks import BlockField
from wagtail.snippets.views.snippets import SnippetViewSet

from courses.catalogue import projection
from courses.quizzes import bank
from courses.quizzes.blocks import QuestionsBlock
from courses.quizzes.models import Quiz
from lms.base import clock


class QuizForm(WagtailAdminModelForm):
    """Title, pass mark and every question with its answers."""

    questions = BlockField(block=QuestionsBlock(), label=_("题目"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        block = self.fields["questions"].block
        self.initial["questions"] = block.to_python(_raw(self.instance))

    def save(self, commit: bool = True) -> Quiz:
        with transaction.atomic():
            quiz: Quiz = super().save(commit)
            drafts = [_draft(child) for child in self.cleaned_data["questions"]]
            bank.arrange(quiz, drafts, by=self.for_user, at=clock.now())
            projection.measure_quiz(quiz)
        return quiz


def _draft(child: Any) -> bank.Draft:
    value = child.value
    wording = bank.Wording(value["stem"], child.block.body_of(value), value["explanation"])
    return bank.Draft(UUID(str(child.id)), child.block_type, wording, value["points"])


def _raw(quiz: Quiz) -> list[dict[str, Any]]:
    """The quiz as StreamField raw data, newest wordings."""
    if quiz.pk is None:
        return []
    return [
        {
            "type": item.question.kind,
            "id": str(item.question.uuid),
            "value": {
                "stem": version.stem,
                **_raw_body(version.body),
                "explanation": version.explanation,
                "points": item.points,
            },
        }
        for item, version in bank.newest(quiz)
    ]


def _raw_body(body: dict[str, Any]) -> dict[str, Any]:
    raw = dict(body)
    if "options" in body:
        raw["options"] = [
            {"type": "item", "id": option["key"], "value": _without_key(option)}
            for option in body["options"]
        ]
    return raw


def _without_key(option: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in option.items() if name != "key"}


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
        [FieldPanel("title"), FieldPanel("pass_percent"), FieldPanel("questions")],
        base_form_class=QuizForm,
    )
