"""A small page tree to teach with, made the way editors make it: draft, then publish."""

from __future__ import annotations

import io
import itertools
from dataclasses import dataclass
from typing import Any

from django.core.files.images import ImageFile
from PIL import Image as Drawn
from wagtail.images.models import Image
from wagtail.models import Page, Site

from courses.catalogue.models import Course, Lesson, Unit
from courses.catalogue.pages import CoursePage, HomePage, LessonPage, ProgrammePage
from courses.catalogue.stories import StoryPage
from courses.quizzes import bank
from courses.quizzes.models import Quiz, QuizItem
from enrollment.api import Programme
from media.models import Rendition, Video
from tests import kept_rows
from tests.people import AT

_serial = itertools.count(1)


def publish(page: Page) -> Page:
    page.save_revision().publish()
    return type(page).objects.get(pk=page.pk)


def add(parent: Page, page: Page) -> Page:
    page.live = False
    Page.objects.get(pk=parent.pk).specific.add_child(instance=page)
    return publish(page)


def make_home() -> HomePage:
    site = Site.objects.get(is_default_site=True)
    if isinstance(site.root_page.specific, HomePage):
        return site.root_page.specific
    home = add(Page.get_first_root_node(), HomePage(title="专班", slug="class"))
    site.root_page = home
    site.save()
    return home


def make_programme(code: str = "LOG", title: str = "现代物流管理") -> ProgrammePage:
    programme, _made = Programme.objects.get_or_create(code=code, defaults={"title": title})
    page = ProgrammePage(title=title, slug=code.lower(), programme=programme, summary="从一单讲起")
    return add(make_home(), page)


def make_course(parent: ProgrammePage, title: str = "物流学概论") -> CoursePage:
    slug = f"course-{next(_serial)}"
    return add(parent, CoursePage(title=title, slug=slug, summary="入门"))


def make_story(who: str = "骑手小东") -> StoryPage:
    page = StoryPage(
        title="等单的十分钟", slug=f"story-{next(_serial)}", who=who, summary="跑单也能念书",
        body="<p>下午三点到五点单少，正好学一讲。</p>", agreed_on=AT.date(),
    )  # fmt: skip
    return add(make_home(), page)


def make_picture(name: str = "map.png") -> Image:
    """As an editor uploads one."""
    content = io.BytesIO()
    Drawn.new("RGB", (1200, 800), "navy").save(content, "PNG")
    picture = Image(title="库区平面图")
    picture.file.save(name, ImageFile(content, name=name), save=False)
    picture.save()
    return picture


def make_lesson(parent: CoursePage, title: str, body: list[dict[str, Any]]) -> LessonPage:
    slug = f"lesson-{next(_serial)}"
    return add(parent, LessonPage(title=title, slug=slug, summary="一句话", body=body))


def text(words: str = "物流是物品的实体流动。", id_: str = "t1") -> dict[str, Any]:
    return {"type": "text", "value": f"<p>{words}</p>", "id": id_}


def video(film: Video, id_: str = "v1") -> dict[str, Any]:
    return {"type": "video", "value": film.pk, "id": id_}


def quiz(test: Quiz, id_: str = "q1") -> dict[str, Any]:
    return {"type": "quiz", "value": test.pk, "id": id_}


def make_video(title: str = "物流是什么", duration_s: float = 100) -> Video:
    """A video as the pipeline leaves it: ready, with one small picture file."""
    film = Video.objects.create(
        title=title, state="ready", duration_s=duration_s, published_prefix=f"p/{title}"
    )
    Rendition.objects.create(
        video=film, kind="file", name="240p", path="240p.mp4", size_bytes=3_600_000
    )
    return film


def make_quiz(title: str = "小测", questions: int = 2) -> Quiz:
    """Single-choice questions whose right answer is always ``a``."""
    test = Quiz.objects.create(title=title)
    for number in range(questions):
        options = [
            {"key": "a", "text": "对的", "correct": True, "feedback": "对"},
            {"key": "b", "text": "错的", "correct": False, "feedback": "不对"},
        ]
        question = bank.write_question(
            f"q-{next(_serial)}",
            kind="single",
            wording=bank.Wording(f"第 {number + 1} 题？", {"options": options}, "因为。"),
            at=AT,
        )
        QuizItem.objects.create(quiz=test, question=question, order=number)
    return test


@dataclass
class Taught:
    """A programme with one course of one lesson: a video, text and a quiz."""

    programme: ProgrammePage
    course_page: CoursePage
    lesson_page: LessonPage
    film: Video
    quiz: Quiz

    @property
    def course(self) -> Course:
        return Course.objects.get(page_id=self.course_page.pk)

    @property
    def lesson(self) -> Lesson:
        return Lesson.objects.get(page_id=self.lesson_page.pk)

    def unit(self, kind: str) -> Unit:
        return self.lesson.units.get(kind=kind)


def make_taught_anew() -> kept_rows.Keys:
    """Programme, course, lesson, film and quiz: their keys, made by services each time."""
    made = _taught(make_video())
    return (
        made.programme.pk,
        made.course_page.pk,
        made.lesson_page.pk,
        made.film.pk,
        made.quiz.pk,
    )


_kept = kept_rows.Kept(make_taught_anew)


def make_taught(film: Video | None = None) -> Taught:
    if film is not None:
        return _taught(film)
    programme, course, lesson, video_, test = _kept()
    return Taught(
        ProgrammePage.objects.get(pk=programme),
        CoursePage.objects.get(pk=course),
        LessonPage.objects.get(pk=lesson),
        Video.objects.get(pk=video_),
        Quiz.objects.get(pk=test),
    )


def _taught(film: Video) -> Taught:
    programme = make_programme()
    course_page = make_course(programme)
    test = make_quiz()
    lesson_page = make_lesson(course_page, "物流是什么", [video(film), text(), quiz(test)])
    return Taught(programme, course_page, lesson_page, film, test)
