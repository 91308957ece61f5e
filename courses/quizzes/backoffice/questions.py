"""Questions of the banks in the authors' back office: found, written, previewed, reviewed."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column, TitleColumn
from wagtail.blocks import BlockField
from wagtail.snippets.views.snippets import IndexView, SnippetViewSet

from courses.quizzes import bank, likeness
from courses.quizzes.backoffice import raw
from courses.quizzes.backoffice.regrading import Regrade
from courses.quizzes.blocks import OneQuestionBlock
from courses.quizzes.models import Question
from lms.base import clock


class QuestionForm(WagtailAdminModelForm):
    """Where it belongs, and the question itself as the quiz form writes it."""

    content = BlockField(block=OneQuestionBlock(), label=_("题目"))

    class Meta:
        model = Question
        fields = ("title", "bank", "difficulty", "tags")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bank"].required = True
        self.initial["content"] = self.fields["content"].block.to_python(_raw(self.instance))

    def save(self, commit: bool = True) -> Question:
        draft = raw.draft(self.cleaned_data["content"][0])
        self.instance.kind, self.instance.points = draft.kind, draft.points
        # What the preview shows before anything is kept.
        self.instance.draft = draft.wording
        with transaction.atomic():
            question: Question = super().save(commit)
            if commit:
                # A wording that nobody else has read waits again.
                if self.has_changed() and self.initial.get("bank"):
                    question.review = Question.Review.WAITING
                    question.save(update_fields=["review"])
                bank.word(question, draft.wording, at=clock.now())
        return question


def _raw(question: Question) -> list[dict[str, Any]]:
    if question.pk is None:
        return []
    version = question.versions.order_by("-number").first()
    if version is None:
        return []
    return [raw.of_version(question, version, points=question.points)]


class QuestionFilters(WagtailFilterSet):
    """Bank, kind, review, difficulty and tag."""

    tag = CharFilter(field_name="tagged_items__tag__name", label=_("标签"))

    class Meta:
        model = Question
        fields = ["bank", "kind", "review", "difficulty", "tag"]


class StemColumn(TitleColumn):
    def get_value(self, instance: Question) -> str:
        return instance.title or instance.search_text[:60] or str(instance.uuid)


class TagsColumn(Column):
    def get_value(self, instance: Question) -> str:
        return "、".join(tag.name for tag in instance.tags.all())


class QuestionIndex(IndexView):
    """The list; a search asks one table for every word."""

    def search_queryset(self, queryset: QuerySet[Question]) -> QuerySet[Question]:
        for word in likeness.words(self.search_query or ""):
            queryset = queryset.filter(search_text__contains=word)
        return queryset

    @property
    def columns(self) -> list[Column]:
        return [
            self._get_title_column("__str__", StemColumn),
            Column("get_kind_display", label=_("题型"), sort_key="kind"),
            Column("bank", label=_("题库")),
            Column("difficulty", label=_("难度"), sort_key="difficulty"),
            TagsColumn("tags", label=_("标签")),
            Column("get_review_display", label=_("审核"), sort_key="review"),
        ]

    @columns.setter
    def columns(self, value: Any) -> None:
        """Wagtail sets its own list; ours is the property."""


class QuestionViewSet(SnippetViewSet):
    model = Question
    icon = "help"
    menu_label = _("题目")
    menu_order = 262
    add_to_admin_menu = True
    copy_view_enabled = False
    index_view_class = QuestionIndex
    filterset_class = QuestionFilters
    search_fields = ["search_text"]
    ordering = ["-id"]
    list_per_page = 50
    edit_template_name = "courses/backoffice/question_edit.html"
    edit_handler = ObjectList(
        [FieldPanel(name) for name in ("bank", "content", "difficulty", "tags", "title")],
        base_form_class=QuestionForm,
    )

    def get_queryset(self, request: Any) -> QuerySet[Question]:
        questions = Question.objects.select_related("bank")
        return questions.prefetch_related("tags")  # type: ignore[misc]

    def get_urlpatterns(self) -> list[URLPattern]:
        regrade = Regrade.as_view(permission_policy=self.permission_policy)
        return [*super().get_urlpatterns(), path("regrade/<int:pk>/", regrade, name="regrade")]
