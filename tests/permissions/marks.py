"""Values that are rare enough to be found again: whoever has nothing to do with them must never read them."""

from __future__ import annotations

from enrollment.api import Student
from enrollment.applications.models import Application
from tests.enrollment.applications import cast
from tests.permissions.shape import Mark

_OFFICE = frozenset({"district", "city", "registrar", "auditor"})
STUDENT, APPLICANT, MEMBER = "怡䶮甲", "林𬱖乙", "册𫖯丙"
NOTE, QUESTION = "笔记𬭛丁只给自己", "问题𬬭戊只问老师"
EXCUSE = "请假𬱟己只给老师"
RANKED = 7719  # serial number of the one in the published order


def of(yi: Student, application: Application, feed: str) -> tuple[Mark, ...]:
    tutor_calls = ("tutor", "desk/tutor/students/<uuid:uuid>/phone/")
    union_calls = [
        (role, "desk/union/call/<uuid:uuid>/phone/") for role in ("district", "city", "registrar")
    ]
    own, theirs = frozenset({"student"}), frozenset({"applicant"})
    return (
        # The text of a lesson is not secret, but it is not for the street either.
        Mark("物流是物品的实体流动", own | {"classmate", "tutor", "other_tutor", "editor"}),
        # The feed's name on the phone; who holds its address is taken for the student.
        Mark(STUDENT, _OFFICE | own | {"tutor"}, frozenset({("", "calendar/<str:token>.ics")})),
        Mark(APPLICANT, _OFFICE | theirs),
        Mark(NOTE, own),
        Mark(QUESTION, own | {"tutor"}),
        Mark(EXCUSE, own | {"tutor"}),
        Mark("3700000002", own, frozenset({tutor_calls, *union_calls})),
        Mark("3700000001", theirs),
        Mark(yi.id_number.plain(), own),
        Mark(application.id_number.plain(), theirs),
        Mark(feed, own),
        Mark(f"骑手{RANKED}", _OFFICE),
        Mark(MEMBER, frozenset({"district", "city"})),
        Mark("3700000078", frozenset()),
        Mark(cast.id_number(RANKED), frozenset()),
    )
