"""The academy's part of what a person may take along: what they learnt in open courses."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from courses.academy.models import MemberProgress
from enrollment.api import OwnDataSection, own_data_moment
from lms.accounts.models import User


def sections_of(user: User) -> Iterator[OwnDataSection]:
    """Every part of a lesson with how far they came."""
    held = MemberProgress.objects.filter(user=user).select_related("unit__lesson__course")
    yield OwnDataSection(_("职工学堂"), [(_place(row), _state(row)) for row in held.order_by("pk")])


def _place(row: MemberProgress) -> str:
    lesson = row.unit.lesson
    return f"{lesson.course.title} · {lesson.title} · {row.unit.get_kind_display()}"


def _state(row: MemberProgress) -> str:
    if row.done_at is not None:
        return _("%(when)s 完成") % {"when": own_data_moment(row.done_at)}
    return _("学了 %(percent)d%%") % {"percent": int(row.share * 100)}
