"""What a class needs before anybody can apply: programmes, and the class with its dates and its money."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from enrollment.registry import roll
from enrollment.registry.models import Cohort, Programme
from lms.accounts.models import OrgUnit, User
from lms.base import audit
from lms.base.errors import Refused


class CodeTaken(Refused):
    sentence = _("代号“%(code)s”已经有了，请换一个。")


class CodeInUse(Refused):
    sentence = _("已有学号用了这个专业代号，不能再改。")


class YearInUse(Refused):
    sentence = _("已有学号用了 %(year)d 年，开学日期不能改到别的年份。")


class WrongOrder(Refused):
    sentence = _("日期的顺序不对：报名开始、报名截止、录取公布、开学、毕业要一个比一个晚。")


class SharesTooHigh(Refused):
    sentence = _("工会资助加院校减免超过了学费，请改小。")


class Frozen(Refused):
    sentence = _("录取名单已公示，报名日期和学费不能再改。")


@dataclass(frozen=True)
class Dates:
    """The days of a class, each later than the one before; the last day of applying counts."""

    opens_on: date
    closes_on: date
    decides_on: date
    starts_on: date
    ends_on: date

    def refuse_if_disordered(self) -> None:
        """Raises:
        WrongOrder.
        """
        days = (self.opens_on, self.closes_on, self.decides_on, self.starts_on, self.ends_on)
        if list(days) != sorted(set(days)):
            raise WrongOrder(days)


@dataclass(frozen=True)
class Money:
    """What a place costs and who carries it, in fen."""

    tuition_fen: int
    union_share_fen: int
    college_discount_fen: int

    def refuse_if_too_shared(self) -> None:
        """Raises:
        SharesTooHigh: nothing would be left, and less than nothing is no fee.
        """
        if self.union_share_fen + self.college_discount_fen > self.tuition_fen:
            raise SharesTooHigh(self)


@transaction.atomic
def keep_programme(
    programme: Programme | None,
    *,
    code: str,
    title: str,
    level: str,
    years: Decimal,
    summary: str,
    by: User | None,
    at: datetime,
) -> Programme:
    """Make a programme, or change one. Its code is part of student numbers.

    Raises:
        CodeTaken, CodeInUse.
    """
    others = Programme.objects.exclude(pk=programme.pk) if programme else Programme.objects.all()
    if others.filter(code=code).exists():
        raise CodeTaken(code=code)
    if programme is not None and programme.code != code and programme.students.exists():
        raise CodeInUse(programme)
    kept = programme or Programme(order=Programme.objects.count())
    kept.code, kept.title, kept.level, kept.years, kept.summary = code, title, level, years, summary
    kept.save()
    audit.record("programme.kept", by=by, on=kept, at=at, data={"code": code, "title": title})
    return kept


@transaction.atomic
def open_cohort(
    *,
    slug: str,
    name: str,
    city: OrgUnit,
    college: str,
    dates: Dates,
    money: Money,
    places: dict[Programme, int],
    rule: str,
    by: User | None,
    at: datetime,
) -> Cohort:
    """A new class with its places.

    Args:
        places: how many of each programme; none of them may be taken away from people later.
        rule: version of the rule of completion, which stays that of this class.

    Raises:
        CodeTaken, WrongOrder, SharesTooHigh.
    """
    dates.refuse_if_disordered()
    money.refuse_if_too_shared()
    if Cohort.objects.filter(slug=slug).exists():
        raise CodeTaken(code=slug)
    cohort = Cohort.objects.create(
        slug=slug,
        name=name,
        year=dates.starts_on.year,
        city=city,
        college=college,
        completion_rule=rule,
        **asdict(dates),
        **asdict(money),
    )
    for programme, count in places.items():
        roll.set_quota(cohort, programme, count, by=by, at=at)
    audit.record("cohort.opened", by=by, on=cohort, at=at, data={"slug": slug})
    return cohort


@transaction.atomic
def change_cohort(
    cohort: Cohort,
    *,
    name: str,
    college: str,
    dates: Dates,
    money: Money,
    ceremony_at: datetime | None,
    ceremony_place: str,
    by: User | None,
    at: datetime,
) -> None:
    """Correct a class. What applicants relied on is frozen with the published list.

    The year is part of student numbers: it stays from the first of them on.

    Raises:
        WrongOrder, SharesTooHigh, Frozen, YearInUse.
    """
    dates.refuse_if_disordered()
    money.refuse_if_too_shared()
    values = {**asdict(dates), **asdict(money)}
    free = ("starts_on", "ends_on")
    if cohort.published_at is not None:
        changed = [key for key in values if values[key] != getattr(cohort, key)]
        if set(changed) - set(free):
            raise Frozen(cohort)
    begins_anew = dates.starts_on.year != cohort.starts_on.year
    if begins_anew and cohort.students.exists():
        raise YearInUse(cohort, year=cohort.year)
    values |= {
        "name": name,
        "college": college,
        "year": dates.starts_on.year if begins_anew else cohort.year,
        "ceremony_at": ceremony_at,
        "ceremony_place": ceremony_place,
    }
    before = {key: str(getattr(cohort, key)) for key in values}
    for key, value in values.items():
        setattr(cohort, key, value)
    cohort.save(update_fields=list(values))
    after = {key: str(value) for key, value in values.items()}
    data = {key: [before[key], after[key]] for key in values if before[key] != after[key]}
    audit.record("cohort.changed", by=by, on=cohort, at=at, data=data)
