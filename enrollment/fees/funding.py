"""The union's share in instalments: released when due to who keeps up, held back from who does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import floor

from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from enrollment.completion.models import Standing
from enrollment.fees.models import FeeEntry, FundEntry, Instalment, YearFund
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import OrgUnit, User
from lms.base import audit, clock
from lms.base.errors import Refused

Status = Student.Status
State = Standing.State


class PlanDoesNotAddUp(Refused):
    sentence = _("各期合计 %(sum)s 元，要等于每人的工会资助 %(share)s 元。")
    status = 400


class PlanFrozen(Refused):
    """Somebody was paid by it."""

    sentence = _("已经按这个计划拨付过，不能再改。")


@dataclass(frozen=True)
class Part:
    """One line of a plan as it is typed."""

    due_on: date
    amount_fen: int
    least_percent: int


@dataclass(frozen=True)
class Due:
    """One instalment of one student that is not paid; ``why`` is empty when it may be released."""

    student: Student
    instalment: Instalment
    percent: int
    why: str
    is_behind: bool

    def is_at_risk(self, today: date) -> bool:
        """Held back now, or likely to be: a part that lies ahead asks for what nobody has learnt yet."""
        held = self.why if self.instalment.due_on <= today else self.why not in ("", "percent")
        return bool(held) or self.is_behind


@transaction.atomic
def plan(cohort: Cohort, parts: Sequence[Part], *, by: User, at: datetime) -> None:
    """Lay down the instalments of a class, in place of those planned before.

    Raises:
        PlanDoesNotAddUp: the parts are not the union's share.
        PlanFrozen: somebody was paid by the plan before.
    """
    from lms.base.money import yuan

    total = sum(part.amount_fen for part in parts)
    if total != cohort.union_share_fen:
        raise PlanDoesNotAddUp(sum=yuan(total), share=yuan(cohort.union_share_fen))
    if FundEntry.objects.filter(instalment__cohort=cohort).exists():
        raise PlanFrozen(cohort)
    cohort.instalments.all().delete()
    Instalment.objects.bulk_create(
        Instalment(
            cohort=cohort, no=no, due_on=part.due_on,
            amount_fen=part.amount_fen, least_percent=part.least_percent,
        )
        for no, part in enumerate(sorted(parts, key=lambda part: part.due_on), start=1)
    )  # fmt: skip
    audit.record("cohort.instalments_planned", by=by, on=cohort, at=at, data={"parts": len(parts)})


def judge(status: str, state: str, percent: int, least_percent: int) -> str:
    """Why an instalment is held back, as a code; empty: it may be released. Pure."""
    if status == Status.WITHDRAWN:
        return "withdrawn"
    if status == Status.ON_LEAVE:
        return "on_leave"
    if percent < least_percent:
        return "percent"
    # Who is behind and yet beyond the share asked for has earned it.
    return "behind" if state == State.BEHIND and not least_percent else ""


def open_parts(cohorts: Iterable[Cohort], units: QuerySet[OrgUnit] | None = None) -> list[Due]:
    """Every instalment that was not paid yet of students who did not leave; three queries."""
    keys = [cohort.pk for cohort in cohorts]
    parts: dict[int, list[Instalment]] = defaultdict(list)
    for each in Instalment.objects.filter(cohort__in=keys):
        parts[each.cohort_id].append(each)
    students = Student.objects.filter(cohort__in=parts).exclude(status=Status.WITHDRAWN)
    if units is not None:
        students = students.filter(org_unit__in=units)
    paid = set(
        FundEntry.objects.filter(instalment__cohort__in=keys).values_list("student", "instalment")
    )
    listed = students.select_related("standing", "org_unit", "cohort").defer(
        "id_number", "id_lookup"
    )
    return [
        _due(student, part)
        for student in listed.order_by("student_no")
        for part in parts[student.cohort_id]
        if (student.pk, part.pk) not in paid
    ]


def _due(student: Student, part: Instalment) -> Due:
    standing: Standing | None = getattr(student, "standing", None)
    percent = floor(standing.share * 100) if standing else 0
    state = standing.state if standing else State.WAITING
    why = judge(student.status, state, percent, part.least_percent)
    return Due(student, part, percent, why, is_behind=state == State.BEHIND)


def release(*, at: datetime, by: User | None = None) -> int:
    """Pay every instalment that is due and earned; safe to repeat. Returns how many."""
    today, paid = clock.local_date(at), 0
    for due in open_parts(Cohort.objects.filter(instalments__due_on__lte=today).distinct()):
        if due.instalment.due_on <= today and not due.why:
            paid += _pay(due, by=by, at=at)
    return paid


def _pay(due: Due, *, by: User | None, at: datetime) -> int:
    try:
        with transaction.atomic():
            FundEntry.objects.create(
                student=due.student, instalment=due.instalment, org_unit=due.student.org_unit,
                amount_fen=due.instalment.amount_fen, percent=due.percent,
                year=clock.local_date(at).year, at=at, by=by,
            )  # fmt: skip
            data = {"fen": due.instalment.amount_fen, "no": due.instalment.no}
            audit.record("fund.paid", by=by, on=due.student, at=at, data=data)
    except IntegrityError:  # another worker was quicker
        return 0
    return 1


@transaction.atomic
def set_year(city: OrgUnit, year: int, amount_fen: int, *, by: User, at: datetime) -> None:
    """What the city's union sets aside for a year, from now on."""
    YearFund.objects.create(city=city, year=year, amount_fen=amount_fen, at=at, by=by)
    audit.record("fund.year_set", by=by, on=city, at=at, data={"year": year, "fen": amount_fen})


# ---------------------------------------------------------------- what the union sees


@dataclass(frozen=True)
class YearView:
    """A year of the fund, in fen.

    Args:
        fund: what was set aside; None while nobody said.
        paid: the rows of the year.
        expected: due in the rest of the year and on track; ``at_risk``: due too, but held back now.
    """

    year: int
    fund: int | None
    paid: int
    expected: int
    at_risk: int
    by_district: list[tuple[OrgUnit, int, int]]
    by_cohort: list[tuple[Cohort, int, int, int]]

    @property
    def left(self) -> int | None:
        """What is left if everything that is due is paid."""
        return None if self.fund is None else self.fund - self.paid - self.expected - self.at_risk


def falls_into(due_on: date, *, year: int, today: date) -> bool:
    """Whether a part that is not paid yet is money of that year: each is of one year. Pure.

    What is overdue will be paid this year at the earliest; nothing is paid in a year that is over.
    """
    return year == max(due_on.year, today.year)


def year_view(
    cohorts: Sequence[Cohort],
    units: QuerySet[OrgUnit],
    *,
    city: OrgUnit | None,
    year: int,
    today: date,
) -> YearView:
    """The union's money of a year within reach, from rows and the plan."""
    entries = FundEntry.objects.filter(
        year=year, org_unit__in=units, student__cohort__in=[cohort.pk for cohort in cohorts]
    )
    going = [
        due
        for due in open_parts(cohorts, units)
        if falls_into(due.instalment.due_on, year=year, today=today)
    ]
    newest = YearFund.objects.filter(city=city, year=year).last() if city else None
    paid_by_unit = _sums(entries, "org_unit")
    paid_by_cohort = _sums(entries, "student__cohort")
    coming: dict[int, int] = defaultdict(int)
    coming_by_unit: dict[int, int] = defaultdict(int)
    for due in going:
        coming[due.student.cohort_id] += due.instalment.amount_fen
        coming_by_unit[due.student.org_unit_id] += due.instalment.amount_fen
    shares = dict(
        FeeEntry.objects.filter(
            kind=FeeEntry.Kind.UNION_SHARE, student__cohort__in=cohorts, student__org_unit__in=units
        )
        .order_by()
        .values_list("student__cohort")
        .annotate(sum=Sum("amount_fen"))
    )
    return YearView(
        year=year,
        fund=newest.amount_fen if newest else None,
        paid=sum(paid_by_unit.values()),
        expected=sum(due.instalment.amount_fen for due in going if not due.is_at_risk(today)),
        at_risk=sum(due.instalment.amount_fen for due in going if due.is_at_risk(today)),
        by_district=_by_district(paid_by_unit, coming_by_unit),
        by_cohort=[
            (
                cohort,
                -shares.get(cohort.pk, 0),
                paid_by_cohort.get(cohort.pk, 0),
                coming[cohort.pk],
            )
            for cohort in cohorts
        ],
    )


def _sums(entries: QuerySet[FundEntry], by: str) -> dict[int, int]:
    return dict(entries.order_by().values_list(by).annotate(sum=Sum("amount_fen")))


def _by_district(paid: dict[int, int], coming: dict[int, int]) -> list[tuple[OrgUnit, int, int]]:
    units = {unit.pk: unit for unit in OrgUnit.objects.all()}
    found: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for place, sums in enumerate((paid, coming)):
        for key, fen in sums.items():
            found[_district_of(units[key], units)][place] += fen
    lines = [(units[key], sums[0], sums[1]) for key, sums in found.items()]
    return sorted(lines, key=lambda line: line[0].code)


def _district_of(unit: OrgUnit, units: dict[int, OrgUnit]) -> int:
    for key in reversed(unit.path.strip("/").split("/")):
        above = units.get(int(key))
        if above is not None and above.kind == OrgUnit.Kind.DISTRICT:
            return above.pk
    return unit.pk
