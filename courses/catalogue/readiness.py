"""What a lesson or a story still lacks before it may be seen, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Page

from courses.catalogue import blocks, stories
from courses.catalogue.pages import LessonPage
from courses.catalogue.stories import StoryPage
from courses.quizzes import drawing, soundness
from courses.quizzes.models import Quiz, QuizItem
from lms.base.errors import Refused
from media import api as media_api


class NotReady(Refused):
    """A lesson that students could not finish."""

    sentence = gettext_lazy("“%(title)s”还不能发布：%(why)s")


def lacking(page: Page) -> list[str]:
    """Why a page cannot be published yet; empty when it can. A fixed number of statements."""
    if isinstance(page, StoryPage):
        return stories.lacking(page)
    if not isinstance(page, LessonPage):
        return []
    wanted = blocks.wanted_units(page.body.raw_data)
    if not wanted:
        return [_("这一讲还没有内容。")]
    films = [want.target for want in wanted if want.kind == "video" and want.target]
    quizzes = [want.target for want in wanted if want.kind == "quiz" and want.target]
    return [*_films(films), *_quizzes(quizzes)]


def check(page: Page) -> None:
    """For acts that have no form to go back to.

    Raises:
        NotReady: with every reason.
    """
    if why := lacking(page):
        raise NotReady(page, title=page.title, why="".join(why))


def _films(keys: Iterable[int]) -> list[str]:
    found = media_api.Video.objects.in_bulk(keys)
    has_sound = media_api.with_sound(found)
    sentences = []
    for key in keys:
        film = found.get(key)
        if film is None:
            sentences.append(_("有一个视频已经不在了，请换一个或删掉这一块。"))
        elif film.state in (media_api.State.FAILED, media_api.State.REFUSED):
            sentences.append(
                _("视频“%(title)s”没有转码成功（%(why)s），请重新上传。")
                % {"title": film.title, "why": film.reason or film.get_state_display()}
            )
        elif not film.captions_vtt and (key in has_sound or not film.is_playable):
            sentences.append(
                _("视频“%(title)s”还没有字幕，听不见、不方便开声音的人没法学。")
                % {"title": film.title}
            )
    return sentences


def _quizzes(keys: Iterable[int]) -> list[str]:
    found = Quiz.objects.prefetch_related("draws__bank").in_bulk(keys)
    asked: dict[int, list[QuizItem]] = {}
    for item in QuizItem.objects.filter(quiz__in=keys).select_related("question"):
        asked.setdefault(item.quiz_id, []).append(item)
    questions = [item.question_id for items in asked.values() for item in items]
    newest = {version.question_id: version for version in drawing.newest_versions_of(questions)}
    sentences = []
    for key in keys:
        quiz = found.get(key)
        if quiz is None:
            sentences.append(_("有一个小测已经不在了，请换一个或删掉这一块。"))
            continue
        draws = list(quiz.draws.all())
        if not asked.get(key) and not draws:
            sentences.append(_("小测“%(title)s”还没有题目。") % {"title": quiz.title})
        for number, item in enumerate(asked.get(key, ()), start=1):
            version = newest.get(item.question_id)
            why = (
                soundness.lacking(item.question.kind, version.body) if version else _("没有题干。")
            )
            if why:
                place = {"title": quiz.title, "number": number, "why": why}
                sentences.append(_("小测“%(title)s”第 %(number)d 题：%(why)s") % place)
        sentences += [
            _("小测“%(title)s”要从题库“%(bank)s”抽题，题库里没有这样的题或还没有发布。")
            % {"title": quiz.title, "bank": draw.bank.title}
            for draw in draws
            if not drawing.candidates(draw).exists()
        ]
    return sentences
