"""Why a class cannot stand somewhere, and what would let somebody come, in the tutor's words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from courses.tutoring import words
from courses.tutoring.planner.misses import Kind
from courses.tutoring.planner.rules import Broken

BROKEN: dict[Broken, str | Promise] = {
    Broken.TUTOR_HOURS: lazy("那天放假，或者不在你能上课的时间里、不在这个主题的日期里"),
    Broken.TUTOR_TWICE: lazy("你在那前后已经有一节固定的课，来不及赶过去"),
    Broken.TUTOR_WEEK: lazy("那一周固定的课已经到了你每周的上限"),
    Broken.TUTOR_TERM: lazy("固定的课已经到了你这学期的上限"),
    Broken.ROOM_SHUT: lazy("那个驿站那时不开门，或者已有别的课"),
    Broken.ROOM_TWICE: lazy("那个驿站那时已有一节固定的课"),
    Broken.ONE_TOPIC_A_DAY: lazy("同一批学员那天已有另一个主题的固定的课"),
}


def fix(miss: dict[str, Any], stations: dict[str, str]) -> str:
    """The single change that would let this person come, as a sentence."""
    if not miss["kind"]:
        return _("改任何一处都还不够，请打电话商量，或走补课。")
    at = datetime.fromisoformat(miss["starts_at"])
    places = {
        "when": f"{words.day(at)} {words.hour(at)}",
        "station": stations.get(miss["station"], miss["station"]),
        "minutes": miss["minutes"],
    }
    return _sentence(Kind[miss["kind"]], in_week=miss["in_week"]) % places


def _sentence(kind: Kind, *, in_week: bool) -> str:
    match kind:
        case Kind.CHAIR:
            return _("%(when)s 在 %(station)s 加一把椅子就能来。")
        case Kind.REPEAT:
            return _("%(when)s 在 %(station)s 再开一节就能来，只是人数不到你定的下限。")
        case Kind.BAN:
            return _("把你去掉的 %(when)s %(station)s 那一节放回来就能来。")
        case Kind.LIMIT if in_week:
            return _("那一周你多上一节（%(when)s，%(station)s）就能来。")
        case Kind.LIMIT:
            return _("这学期你多上一节（%(when)s，%(station)s）就能来。")
        case Kind.TUTOR_HOUR:
            return _("你 %(when)s 也能上课的话，在 %(station)s 就能来。")
        case Kind.SHIFT:
            return _("本人把 %(when)s 前后的班调开，就能来 %(station)s。")
        case Kind.TRAVEL:
            return _("本人愿意多走一点（到 %(station)s 约 %(minutes)d 分钟），%(when)s 就能来。")
        case Kind.ROOM_OPEN:
            return _("%(station)s %(when)s 能开门的话，就能来。")
        case Kind.HOLIDAY:
            return _("%(when)s 放假也上课的话，在 %(station)s 就能来。")
