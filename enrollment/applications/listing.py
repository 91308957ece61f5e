"""The admission list goes out when two people say so: one submits it, another looks at it and confirms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.applications import ranking, selection
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts import approvals, policies
from lms.accounts.approvals import Act, Approval
from lms.accounts.models import Role, User

LIST = "admission.list"
_SHOWN = 3


def subject(cohort: Cohort) -> tuple[str, str]:
    return Cohort._meta.label, str(cohort.pk)


def submit(cohort: Cohort, *, by: User, at: datetime) -> int:
    """Ask a colleague to make the order public; returns how many stand on it.

    Raises:
        NothingToPublish: rank first.
        AlreadyAsked: it waits for a colleague.
    """
    count = _ranked(cohort).count()
    if not count:
        raise selection.NothingToPublish(cohort)
    approvals.ask(LIST, subject(cohort), by=by, at=at)
    return count


def _ranked(cohort: Cohort) -> QuerySet[Application]:
    return Application.objects.filter(cohort=cohort, state=State.RANKED).order_by("rank")


def _cohort(key: str) -> Cohort | None:
    return Cohort.objects.filter(pk=key).first() if key.isdecimal() else None


def _may(user: User, key: str) -> bool:
    cohort, units = _cohort(key), policies.units_of(user, Role.REGISTRAR, Role.CITY_OFFICER)
    return cohort is not None and units.filter(pk=cohort.city_id).exists()


def _means(key: str) -> str | None:
    """The order itself, to the last point and under its seed."""
    cohort = _cohort(key)
    if cohort is None:
        return None
    rows = _ranked(cohort).values_list("rank", "uuid", "score")
    if not rows:
        return None
    lines = [f"{rank} {uuid} {score}" for rank, uuid, score in rows]
    return "\n".join([cohort.ranking_rule, cohort.ranking_seed, *lines])


def _rows(key: str) -> list[Mapping[str, object]]:
    cohort = _cohort(key)
    if cohort is None:
        return []
    ranked = _ranked(cohort)
    first = [_line(row) for row in ranked[:_SHOWN]]
    last = [_line(row) for row in reversed(ranked.order_by("-rank")[:_SHOWN])]
    return [
        {"label": _("班级"), "value": cohort.name},
        {"label": _("公示人数"), "value": ranked.count()},
        {"label": _("抽签种子"), "value": cohort.ranking_seed},
        {"label": _("评分规则"), "value": " ".join(ranking.rule_in_words(cohort.ranking_rule))},
        {"label": _("最前三名"), "value": _("；").join(first)},
        {"label": _("最后三名"), "value": _("；").join(last)},
    ]


def _line(row: Application) -> str:
    return _("第 %(rank)d 名 %(number)s，%(score)d 分") % {
        "rank": row.rank,
        "number": row.number or "",
        "score": row.score or 0,
    }


def _do(wish: Approval, by: User, at: datetime) -> None:
    cohort = _cohort(wish.subject_id)
    if cohort is None:
        raise approvals.HasChanged(wish)
    selection.publish(cohort, by=by, at=at)


ACT = Act(LIST, gettext_lazy("公示录取排名"), _may, _means, _rows, _do)
