"""The page of content health: a fixed number of statements, however much is taught."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from courses.academy.models import MemberProgress
from courses.catalogue.models import Lesson, Unit
from courses.health import items, links
from courses.health.models import QuestionFigures
from courses.learning.models import UnitProgress
from lms.base import clock
from media import api as media_api

# A class has to have come that far before an unfinished lesson says something.
FEWEST_STARTED = 5
FEW_FINISH = 0.3
MOST_QUESTIONS = 100


@dataclass
class LessonRow:
    """A lesson and what is the matter with it.

    Args:
        finished: at most so many finished it: so many are through its hardest part.
        stuck_at: the part that fewest got through.
        size_bytes: of its smallest pictures.
    """

    lesson: Lesson
    reading_min: int = 0
    watching_min: int = 0
    size_bytes: int = 0
    started: int = 0
    finished: int = 0
    stuck_at: str = ""
    problems: list[str] = field(default_factory=list)
    outside: Sequence[str] = ()

    @property
    def finished_percent(self) -> int:
        return round(100 * self.finished / self.started) if self.started else 0


def lessons() -> list[LessonRow]:
    """Every live lesson, those with problems first: six queries."""
    live = Lesson.objects.filter(retired_at=None, course__retired_at=None)
    rows = {
        lesson.pk: LessonRow(lesson)
        for lesson in live.select_related("course__programme", "check_row").order_by(
            "course__programme__order", "course__order", "course_id", "order", "id"
        )
    }
    units = list(
        Unit.objects.filter(lesson__in=rows, retired_at=None)
        .select_related("video", "quiz")
        .annotate(
            items=Count("quiz__items", distinct=True), draws=Count("quiz__draws", distinct=True)
        )
        .order_by("lesson", "order", "id")
    )
    heard = media_api.with_sound({unit.video_id for unit in units if unit.video_id})
    got_through = _got_through(units)
    for unit in units:
        _add(rows[unit.lesson_id], unit, heard, got_through)
    for row in rows.values():
        _judge(row)
    return sorted(rows.values(), key=lambda row: not row.problems)


def _got_through(units: Iterable[Unit]) -> dict[int, tuple[int, int]]:
    """Per unit how many began and how many finished it, students and members: two queries."""
    keys = [unit.pk for unit in units]
    found: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for model in (UnitProgress, MemberProgress):
        counted = model._default_manager.filter(unit__in=keys).order_by().values("unit")
        done = Count("pk", filter=Q(done_at__isnull=False))
        for row in counted.annotate(began=Count("pk"), done=done):
            began, finished = found[row["unit"]]
            found[row["unit"]] = (began + row["began"], finished + row["done"])
    return found


def _add(
    row: LessonRow, unit: Unit, heard: set[int], got_through: dict[int, tuple[int, int]]
) -> None:
    began, finished = got_through[unit.pk]
    if unit.required:
        if not row.stuck_at or finished < row.finished:
            row.finished = finished
            row.stuck_at = f"{unit.get_kind_display()} {unit.title}".strip()
        row.started = max(row.started, began)
    row.size_bytes += unit.size_bytes
    if unit.kind == Unit.Kind.TEXT:
        row.reading_min += clock.whole_minutes(unit.duration_s)
    elif unit.kind == Unit.Kind.VIDEO:
        row.watching_min += clock.whole_minutes(unit.duration_s)
        row.problems += _of_film(unit, heard)
    elif unit.quiz is None:
        row.problems.append(_("小测已经不在了"))
    elif not unit.items and not unit.draws:  # type: ignore[attr-defined]
        row.problems.append(_("小测“%(title)s”还没有题目") % {"title": unit.quiz.title})


def _of_film(unit: Unit, heard: set[int]) -> list[str]:
    film = unit.video
    if film is None:
        return [_("视频已经不在了")]
    if film.state in (media_api.State.FAILED, media_api.State.REFUSED):
        return [_("视频“%(title)s”没有转码成功") % {"title": film.title}]
    if film.pk in heard and not film.captions_vtt:
        return [_("视频“%(title)s”没有字幕") % {"title": film.title}]
    return []


def _judge(row: LessonRow) -> None:
    check = getattr(row.lesson, "check_row", None)
    if check is not None:
        row.outside = check.outside
        row.problems += [_gone(kind, key) for kind, key in check.broken]
    if row.started >= FEWEST_STARTED and row.finished <= FEW_FINISH * row.started:
        said = {"started": row.started, "finished": row.finished, "part": row.stuck_at}
        row.problems.append(
            _("%(started)d 人开始学，最多 %(finished)d 人学完，停在：%(part)s") % said
        )


def _gone(kind: str, key: str) -> str:
    names = {
        links.PAGE: _("链接的页面不在了或没有发布（编号 %(key)s）"),
        links.DOCUMENT: _("附件不在了（编号 %(key)s）"),
        links.IMAGE: _("图片不在了（编号 %(key)s）"),
        links.ADDRESS: _("站内地址打不开：%(key)s"),
    }
    return names.get(kind, "%(key)s") % {"key": key}


def films() -> list[Any]:
    """Recordings that cannot be used, the newest first: one query."""
    broken = (media_api.State.FAILED, media_api.State.REFUSED)
    return list(media_api.Video.objects.filter(state__in=broken).order_by("-pk")[:MOST_QUESTIONS])


@dataclass(frozen=True)
class QuestionRow:
    """A question that says little about who knows what."""

    figures: QuestionFigures
    why: str

    @property
    def percent(self) -> int:
        return round(100 * self.figures.facility)


def questions() -> list[QuestionRow]:
    """Questions nobody or everybody gets right, and those that tell nothing: one query."""
    odd = (
        Q(facility__lte=items.TOO_HARD)
        | Q(facility__gte=items.TOO_EASY)
        | Q(discrimination__lt=items.POOR)
    )
    found = QuestionFigures.objects.filter(odd, answered__gte=items.FEWEST)
    rows = found.select_related("question__bank").order_by("discrimination", "facility")
    return [QuestionRow(one, _why(one)) for one in rows[:MOST_QUESTIONS]]


def _why(one: QuestionFigures) -> str:
    if one.discrimination is not None and one.discrimination < 0:
        return _("学得好的反而答错，多半是答案标错了")
    if one.facility <= items.TOO_HARD:
        return _("几乎没有人答对")
    if one.facility >= items.TOO_EASY:
        return _("人人都答对")
    return _("分不出学得好和学得差的")
