"""Rows of the tables about standings, read a few hundred people at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.completion import calls as calling
from enrollment.completion import words
from enrollment.completion.models import Call, Standing
from enrollment.completion.scope import Scope
from enrollment.registry.models import Cohort, Student
from lms.base import clock
from lms.base.tables import Column, Value

BATCH = 500
Rows = Iterable[Sequence[Value]]


def students(cohort: Cohort, scope: Scope, *, behind: bool = False) -> QuerySet[Student]:
    """Everybody of the class on the roll within reach, or those behind; by student number."""
    found = Student.objects.filter(scope.rows(), cohort=cohort)
    if behind:
        found = found.filter(standing__state=Standing.State.BEHIND)
    return found.exclude(status=Student.Status.WITHDRAWN).order_by("student_no")


def batches(cohort: Cohort, scope: Scope, *, behind: bool = False) -> Iterator[list[int]]:
    """Keys of students, so that no statement and no list grows with the class."""
    keys = list(students(cohort, scope, behind=behind).values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        yield keys[first : first + BATCH]


def roll(cohort: Cohort, scope: Scope) -> tuple[Sequence[Column], Rows]:
    """Everybody with the figures of their standing."""
    columns = (
        Column(_("学号"), 16, text=True), Column(_("姓名"), 20, text=True), Column(_("专业"), 16),
        Column(_("所属工会"), 22), Column(_("职业"), 12), Column(_("学籍状态"), 10),
        Column(_("学习状态"), 10), Column(_("完成率（%）")), Column(_("已完成单元")),
        Column(_("应完成单元")), Column(_("已修完课程")), Column(_("线下课次数")),
        Column(_("还需分钟"), 10), Column(_("最近学习"), 14), Column(_("说明"), 48),
    )  # fmt: skip
    return columns, _roll(cohort, scope)


_STANDING = (
    "state", "share", "units_done", "units_required", "courses_done", "meetings_attended",
    "minutes_left", "last_study_at", "reasons",
)  # fmt: skip


def _roll(cohort: Cohort, scope: Scope) -> Iterator[Sequence[Value]]:
    states = dict(Standing.State.choices)
    statuses = dict(Student.Status.choices)
    waiting, now = str(states[Standing.State.WAITING]), clock.now()
    columns = (
        "student_no", "name", "programme__title", "org_unit__name", "occupation", "status",
        *(f"standing__{name}" for name in _STANDING),
    )  # fmt: skip
    for keys in batches(cohort, scope):
        rows = Student.objects.filter(pk__in=keys).order_by("student_no").values_list(*columns)
        for no, name, programme, unit, work, status, state, *figures in rows:
            head = (no, name, programme, unit, work, str(statuses[status]))
            if state is None:  # on the roll, and not reported of yet
                yield (*head, waiting, *[None] * 8)
                continue
            share, done, required, courses, meetings, minutes, last, reasons = figures
            yield (
                *head,
                str(states[state]),
                round(share * 100, 1),
                done,
                required,
                courses,
                meetings,
                minutes,
                _day(last),
                words.reasons(reasons, last, cohort.starts_on, at=now),
            )


def _day(at: datetime | None) -> str:
    return f"{clock.local_date(at):%Y-%m-%d}" if at else ""


def calls(cohort: Cohort, scope: Scope) -> tuple[Sequence[Column], Rows]:
    """Whom to call, with the number, why, what may help, and room for what came of it."""
    columns = (
        Column(_("学号"), 16, text=True), Column(_("姓名"), 20, text=True),
        Column(_("手机号"), 16, text=True), Column(_("所属工会"), 22), Column(_("原因"), 48),
        Column(_("补上约需分钟"), 12), Column(_("建议"), 36), Column(_("上次联系"), 14),
        Column(_("上次结果"), 14), Column(_("本次结果"), 24),
    )  # fmt: skip
    return columns, _calls(cohort, scope)


def _calls(cohort: Cohort, scope: Scope) -> Iterator[Sequence[Value]]:
    outcomes, now = dict(Call.Outcome.choices), clock.now()
    for keys in batches(cohort, scope, behind=True):
        found = calling.with_last_call(Standing.objects.filter(student__in=keys))
        rows = found.select_related("student__user", "student__org_unit")
        for standing in rows.order_by("student__student_no"):
            student, outcome = standing.student, standing.call_outcome  # type: ignore[attr-defined]
            yield (
                student.student_no,
                student.name,
                student.user.phone.plain().removeprefix("+86"),
                student.org_unit.name,
                words.why(standing, cohort, at=now),
                words.minutes_to_catch_up(standing),
                words.next_step(standing.reasons, words.minutes_to_catch_up(standing)),
                _day(standing.called_at),  # type: ignore[attr-defined]
                str(outcomes[outcome]) if outcome else "",
                "",
            )
