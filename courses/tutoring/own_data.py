"""The tutoring room's part of what a person may take along: when and where they work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from django.utils.translation import gettext as _

from courses.tutoring import makeups
from courses.tutoring.record_models import LeaveRequest, MakeUp
from courses.tutoring.term_models import ShiftWeek, Whereabouts
from courses.tutoring.week_forms import DAYS
from enrollment.api import OwnDataSection, own_data_moment
from lms.accounts.models import User
from lms.base import private


def sections_of(user: User) -> Iterator[OwnDataSection]:
    """Every week that was painted, in words, and the way that is not too long."""
    rows = [
        (
            _("平常的一周")
            if week.monday is None
            else _("%(day)s 起的一周") % {"day": week.monday.isoformat()},
            in_words(week.cells),
        )
        for week in ShiftWeek.objects.filter(student__user=user)
    ]
    where = Whereabouts.objects.filter(student__user=user).select_related("station").first()
    if where is not None:
        rows.append((_("上课最远愿意走"), _("%(n)d 分钟") % {"n": where.reach_min}))
        if where.station is not None:
            rows.append((_("平时离哪个驿站近"), where.station.name))
    yield OwnDataSection(_("我的班表"), rows)
    yield OwnDataSection(_("请假和补课"), list(_absences(user)))


def _absences(user: User) -> Iterator[tuple[str, str]]:
    for leave in LeaveRequest.objects.filter(student__user=user).select_related("meeting"):
        label = _("请假 %(topic)s（%(when)s）") % {
            "topic": leave.meeting.topic,
            "when": own_data_moment(leave.asked_at),
        }
        yield label, _spoken(leave.reason, leave.get_state_display(), leave.answer)
    made = MakeUp.objects.filter(student__user=user)
    for make_up in made.select_related("meeting", "repeat__station"):
        label = _("补课 %(topic)s（%(when)s）") % {
            "topic": make_up.meeting.topic,
            "when": own_data_moment(make_up.asked_at),
        }
        yield label, _spoken(makeups.sentence(make_up), make_up.get_state_display(), make_up.answer)


def _spoken(*parts: private.Secret | str | None) -> str:
    """What was said, in order; sealed words opened."""
    words = [part if isinstance(part, str) else part.plain() for part in parts if part]
    return _("；").join(words)


def in_words(cells: str) -> str:
    """``周一 10–14 点、16–21 点；周二 …``; a week without shifts is said as such."""
    days = []
    for day, name in enumerate(DAYS):
        hours = cells[day * 24 : day * 24 + 24]
        spans = [
            _("%(first)d–%(last)d 点") % {"first": span[0], "last": span[-1] + 1}
            for mark, group in groupby(range(24), key=hours.__getitem__)
            if mark == "1"
            for span in [list(group)]
        ]
        if spans:
            days.append(_("周%(day)s %(hours)s") % {"day": name, "hours": _("、").join(spans)})
    return _("；").join(days) or _("没有班")
