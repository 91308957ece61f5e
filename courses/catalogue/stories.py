"""What people of the class tell of it, on public pages: under a name they chose, after they agreed."""

from __future__ import annotations

import re
from typing import Any

from django.db import models
from django.http import HttpRequest
from django.utils.html import strip_tags
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from courses.catalogue.phones import ShownOnPhones
from enrollment.api import Student

FEATURES = ["h3", "bold", "ol", "ul", "link", "blockquote"]
# As people write them, with spaces or strokes between the figures.
_GAP = r"[\s\-]?"
_PHONE = re.compile(rf"(?<!\d)1[3-9]\d(?:{_GAP}\d){{8}}(?!\d)")
_ID_NUMBER = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{16}}{_GAP}[\dXx](?!\d)")
_STUDENT_NO = re.compile(r"(?<!\d)\d{4}-[A-Z]{2,8}-\d{3}(?!\d)")


class StoryPage(ShownOnPhones, Page):
    """One person's story. Nothing by which a stranger finds the person, unless the person wants it."""

    who = models.CharField(
        _("讲述人"),
        max_length=40,
        help_text=_("本人愿意公开的称呼，比如“骑手阿怡”。不写真名、手机号和学号。"),
    )
    summary = models.CharField(_("一句话"), max_length=120)
    picture = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("照片"),
    )
    body = RichTextField(_("正文"), features=FEATURES)
    agreed_on = models.DateField(
        _("本人同意公开的日期"),
        null=True,
        blank=True,
        help_text=_("把文字和照片给本人看过，本人同意以后填写。没有填不能发布；本人反悔就下线。"),
    )

    content_panels = [
        *Page.content_panels,
        FieldPanel("who"),
        FieldPanel("summary"),
        FieldPanel("picture"),
        FieldPanel("body"),
        FieldPanel("agreed_on"),
    ]
    parent_page_types = ["courses.HomePage"]
    subpage_types: list[str] = []
    template = "courses/story_page.html"

    class Meta:
        verbose_name = _("学员故事")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        others = told_on(self.get_parent()).exclude(pk=self.pk)
        return {**super().get_context(request, *args, **kwargs), "others": cards(others)}


SHOWN = 6


def told_on(home: Page) -> models.QuerySet[StoryPage]:
    """Stories that everybody may read, the newest first."""
    told: models.QuerySet[StoryPage] = StoryPage.objects.child_of(home).live()
    return told.order_by("-first_published_at", "-pk")


def cards(stories: models.QuerySet[StoryPage]) -> list[dict[str, str]]:
    """Inputs of ``card`` for the first of them."""
    return [
        {"title": story.title, "kicker": story.who, "text": story.summary, "url": story.get_url()}
        for story in stories[:SHOWN]
    ]


def lacking(story: StoryPage) -> list[str]:
    """Why a story may not be public, in sentences; one statement."""
    sentences = []
    if story.agreed_on is None:
        sentences.append(_now("还没有填本人同意公开的日期。"))
    text = " ".join((story.title, story.who, story.summary, strip_tags(story.body)))
    if _PHONE.search(text) or _ID_NUMBER.search(text) or _STUDENT_NO.search(text):
        sentences.append(_now("文中有手机号、证件号或学号，请删掉。"))
    if Student.objects.filter(name=story.who.strip()).exists():
        sentences.append(_now("讲述人用的是学员的真名，请改用本人选的称呼。"))
    return sentences
