"""The page tree of the authors: home → programmes → courses → lessons.

What a page holds is written here; what publishing does to the rows is in ``projection``.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.blocks import (
    CharBlock,
    ChoiceBlock,
    ListBlock,
    RichTextBlock,
    StreamBlock,
    StructBlock,
    StructBlockValidationError,
    TextBlock,
)
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page
from wagtail.snippets.blocks import SnippetChooserBlock
from wagtail.url_routing import RouteResult

from courses.catalogue.phones import ShownOnPhones
from enrollment.registry.models import Programme

TEXT_FEATURES = [
    "h3",
    "h4",
    "bold",
    "ol",
    "ul",
    "link",
    "document-link",
    "superscript",
    "subscript",
]


class TermBlock(StructBlock):
    term = CharBlock(label=_("术语"))
    meaning = TextBlock(label=_("解释"), rows=2)


class CaseBlock(StructBlock):
    title = CharBlock(label=_("标题"))
    body = RichTextBlock(label=_("案例"), features=TEXT_FEATURES)
    question = CharBlock(label=_("想一想"), required=False)


class CalloutBlock(StructBlock):
    tone = ChoiceBlock(
        label=_("类型"),
        choices=[("tip", _("小贴士")), ("warning", _("注意")), ("exam", _("考点"))],
        default="tip",
    )
    body = RichTextBlock(label=_("内容"), features=TEXT_FEATURES)


class FigureBlock(StructBlock):
    image = ImageChooserBlock(label=_("图片"))
    caption = CharBlock(label=_("图注"), required=False)


SOUNDS = ("mp3", "m4a", "aac")


class AudioBlock(StructBlock):
    """A sound to play on the page; who cannot hear it reads the words below."""

    title = CharBlock(label=_("标题"))
    file = DocumentChooserBlock(label=_("声音文件"), help_text=_("mp3 或 m4a，几分钟以内。"))
    words = TextBlock(label=_("文字稿"), rows=4)

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        if cleaned["file"].file_extension.lower() not in SOUNDS:
            raise StructBlockValidationError(
                block_errors={"file": ValidationError(_("请选 mp3 或 m4a 文件。"))}
            )
        return cleaned


class TableBlock(TypedTableBlock):
    """Rows and columns of plain text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__([("text", CharBlock(label=_("文字"), required=False))], **kwargs)

    class Meta:
        icon = "table"


class LessonBody(StreamBlock):
    """Blocks of a lesson. ``video`` and ``quiz`` each become a unit, all the rest is the text unit."""

    text = RichTextBlock(label=_("正文"), features=TEXT_FEATURES, icon="pilcrow")
    image = FigureBlock(label=_("图片"), icon="image")
    video = SnippetChooserBlock("media.Video", label=_("视频"), icon="media")
    audio = AudioBlock(label=_("声音"), icon="media")
    table = TableBlock(label=_("表格"))
    attachment = DocumentChooserBlock(label=_("附件"), icon="doc-full")
    key_terms = ListBlock(TermBlock(), label=_("关键术语"), icon="list-ul")
    callout = CalloutBlock(label=_("提示框"), icon="help")
    case = CaseBlock(label=_("案例"), icon="openquote")
    quiz = SnippetChooserBlock("courses.Quiz", label=_("小测"), icon="tick-inverse")


class WholePage(ShownOnPhones, Page):
    """A page whose publishing is one act: what is live and the rows that learners read never differ."""

    class Meta:
        abstract = True

    def publish(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().publish(*args, **kwargs)

    def unpublish(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().unpublish(*args, **kwargs)


class HomePage(Page):
    """The public page of the class: what it is, places left, deadline, what people tell of it."""

    lead = models.CharField(_("导语"), max_length=200, blank=True)
    story = RichTextField(_("正文"), features=TEXT_FEATURES, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("story")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["courses.ProgrammePage", "courses.StoryPage"]
    max_count = 1
    template = "courses/home_page.html"

    class Meta:
        verbose_name = _("首页")

    def route(self, request: HttpRequest, path_components: list[str]) -> RouteResult:
        """Find a page of the class by its whole address: one query instead of two per level."""
        if not path_components:
            return super().route(request, path_components)
        address = f"{self.url_path}{'/'.join(path_components)}/"
        found = Page.objects.filter(url_path=address, live=True).first()
        if found is None:
            raise Http404
        return RouteResult(found.specific)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.catalogue.landing import home_context

        return {**super().get_context(request, *args, **kwargs), **home_context(self)}


class ProgrammePage(Page):
    """A programme's public page; points down to the registry, never the reverse."""

    programme = models.OneToOneField(
        Programme, on_delete=models.PROTECT, related_name="page", verbose_name=_("专业")
    )
    summary = models.CharField(_("简介"), max_length=300)
    why = models.TextField(_("为什么学"), blank=True)
    career = models.TextField(_("学完能做什么（每行一条）"), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("programme"),
        FieldPanel("summary"),
        FieldPanel("why"),
        FieldPanel("career"),
    ]
    parent_page_types = ["courses.HomePage"]
    subpage_types = ["courses.CoursePage"]
    template = "courses/programme_page.html"

    class Meta:
        verbose_name = _("专业")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.catalogue.landing import programme_context

        return {**super().get_context(request, *args, **kwargs), **programme_context(self)}


class CoursePage(WholePage):
    """A course: objectives and its lessons in order."""

    summary = models.CharField(_("简介"), max_length=300)
    objectives = models.TextField(_("学习目标（每行一条）"), blank=True)
    credits = models.PositiveSmallIntegerField(_("学分"), default=3)
    is_open = models.BooleanField(
        _("职工学堂公开课"),
        default=False,
        help_text=_(
            "打开后，每位会员登录就能学，不用报名；不算专班的学分。已经有专班学员在学的课不能改，请复制一份。"
        ),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("objectives"),
        FieldPanel("credits"),
        FieldPanel("is_open"),
    ]
    parent_page_types = ["courses.ProgrammePage"]
    subpage_types = ["courses.LessonPage"]
    template = "courses/course_page.html"

    def clean(self) -> None:
        """A course that students of the degree have begun stays theirs."""
        super().clean()
        from courses.learning.models import UnitProgress

        begun = UnitProgress.objects.filter(unit__lesson__course__page_id=self.pk or 0)
        if self.is_open and begun.exists():
            raise ValidationError(
                {"is_open": _("已经有专班学员在学这门课，不能改成公开课。请复制一份再公开。")}
            )

    class Meta:
        verbose_name = _("课程")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from courses.catalogue.landing import course_context

        return {**super().get_context(request, *args, **kwargs), **course_context(self)}


class LessonPage(WholePage):
    """A lesson of six to twelve minutes. Served to students of its programme and to editors."""

    summary = models.CharField(_("一句话简介"), max_length=300)
    objectives = models.TextField(_("学习目标（每行一条）"), blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("阅读分钟"), default=0, help_text=_("填 0 就按字数估算；视频和小测另外计算。")
    )
    body = StreamField(LessonBody(), verbose_name=_("内容"), blank=True)

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("objectives"),
        FieldPanel("minutes"),
        FieldPanel("body"),
    ]
    parent_page_types = ["courses.CoursePage"]
    subpage_types: list[str] = []
    template = "courses/lesson_page.html"

    class Meta:
        verbose_name = _("课时")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the learner's screen, which checks who may read."""
        from courses.catalogue.models import Lesson

        lesson = get_object_or_404(Lesson, page_id=self.pk, retired_at=None)
        return redirect("courses:lesson", lesson.uuid)

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        """The draft as a student would see it; a lesson never published has no rows yet."""
        from courses.learning.preview import preview

        return preview(request, self)
