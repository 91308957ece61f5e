"""What the public pages say: the class, its programmes, the outline of a course."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from courses.catalogue import stories
from courses.catalogue.models import Course, Lesson
from courses.catalogue.pages import CoursePage, HomePage, ProgrammePage
from enrollment.api import Intake, open_intake
from lms.base import clock, money

ICONS = {"LOG": "truck", "NM": "megaphone", "EC": "cart"}


def home_context(page: HomePage) -> dict[str, Any]:
    """The landing page: figures of the open intake, a card per programme."""
    intake = open_intake(clock.now())
    pages = ProgrammePage.objects.child_of(page).live().select_related("programme")
    return {
        "intake": intake,
        "figures": _figures(intake),
        "programmes": [_programme_card(one, intake) for one in pages],
        "costs": _costs(intake),
        "steps": _steps(intake),
        "stories": stories.cards(stories.told_on(page)),
    }


def _figures(intake: Intake | None) -> list[dict[str, Any]]:
    if intake is None:
        return []
    return [
        {"figure": intake.places_left, "unit": _("个"), "label": _("还剩名额")},
        {
            "figure": intake.days_left(clock.now()),
            "unit": _("天"),
            "label": _("%(day)s截止") % {"day": _day(intake.closes_on)},
        },
        {"figure": money.yuan(intake.own_share_fen), "unit": _("元"), "label": _("自己出的学费")},
    ]


def _day(day: date) -> str:
    return str(date_format(day, _("n月j日")))


def _programme_card(page: ProgrammePage, intake: Intake | None) -> dict[str, Any]:
    places = {row.programme.pk: row for row in intake.per_programme} if intake else {}
    own = places.get(page.programme_id)
    return {
        "title": page.title,
        "summary": page.summary,
        "url": page.get_url(),
        "icon": ICONS.get(page.programme.code, "book"),
        "kicker": _("%(level)s · %(years)s 年")
        % {"level": page.programme.level, "years": f"{page.programme.years:g}"},
        "note": _places(own.left, own.total) if own else "",
    }


def _places(left: int, total: int) -> str:
    if not left:
        return _("%(total)d 个名额已满，可以报名候补") % {"total": total}
    return _("还有 %(left)d 个名额，共 %(total)d 个") % {"left": left, "total": total}


def _costs(intake: Intake | None) -> list[dict[str, str]]:
    """Lines of the bill; the last one is what a student pays."""
    if intake is None:
        return []
    cohort = intake.cohort
    lines = [(_("学费总额"), cohort.tuition_fen), (_("工会资助"), -cohort.union_share_fen)]
    if cohort.college_discount_fen:
        lines.append((_("院校减免"), -cohort.college_discount_fen))
    lines.append((_("自己出"), cohort.own_share_fen))
    return [{"label": label, "value": _yuan(fen)} for label, fen in lines]


def _yuan(fen: int) -> str:
    sign = "−" if fen < 0 else ""
    return sign + _("%(sum)s 元") % {"sum": money.yuan(abs(fen))}


def _steps(intake: Intake | None) -> list[dict[str, str]]:
    """Inputs of ``tracker``: the way from the first page to the first lesson."""
    if intake is None:
        return []
    cohort = intake.cohort
    opening = _("%(day)s · %(college)s") % {
        "day": _day(cohort.starts_on),
        "college": cohort.college,
    }
    until = _("%(day)s截止，当天也算") % {"day": _day(cohort.closes_on)}
    return [
        {"title": _("手机报名"), "when": until, "state": "current"},
        {"title": _("工会审核"), "when": _("材料不清楚会退回，改好再交"), "state": "todo"},
        {"title": _("公布录取"), "when": _day(cohort.decides_on), "state": "todo"},
        {"title": _("手机上确认，收录取通知书"), "when": "", "state": "todo"},
        {"title": _("开学"), "when": opening, "state": "todo"},
    ]


def programme_context(page: ProgrammePage) -> dict[str, Any]:
    """A programme: why, what for, its courses."""
    live_lessons = Q(lessons__retired_at=None)
    courses = (
        Course.objects.filter(programme=page.programme_id, retired_at=None)
        .annotate(
            lesson_count=Count("lessons", filter=live_lessons),
            minutes=Sum("lessons__minutes", filter=live_lessons),
        )
        .order_by("order", "id")
    )
    intake = open_intake(clock.now())
    own = None
    if intake:
        own = next((r for r in intake.per_programme if r.programme.pk == page.programme_id), None)
    return {
        "intake": intake,
        "places": _places(own.left, own.total) if own else "",
        "career": page.career.splitlines(),
        "cards": [
            _course_card(course, ICONS.get(page.programme.code, "book")) for course in courses
        ],
    }


def _course_card(course: Any, icon: str) -> dict[str, Any]:
    facts = {"lessons": course.lesson_count, "minutes": course.minutes or 0}
    return {
        "title": course.title,
        "summary": course.summary,
        "url": course.url_path,
        "icon": icon,
        "kicker": _("职工学堂")
        if course.is_open
        else _("%(credits)d 学分") % {"credits": course.credits},
        "note": _("%(lessons)d 讲 · 约 %(minutes)d 分钟") % facts,
    }


def course_context(page: CoursePage) -> dict[str, Any]:
    """The public outline of a course: its lessons without their content."""
    lessons = list(
        Lesson.objects.filter(course__page_id=page.pk, retired_at=None)
        .select_related("course__programme")
        .order_by("order", "id")
    )
    return {
        "course": lessons[0].course if lessons else None,
        "lessons": lessons,
        "minutes": _total(lessons),
        "objectives": page.objectives.splitlines(),
    }


def _total(lessons: Sequence[Lesson]) -> int:
    return sum(lesson.minutes for lesson in lessons)
