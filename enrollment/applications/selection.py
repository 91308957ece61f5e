"""Ranking a cohort by its rule and publishing the order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from enrollment.applications import moves, ranking
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit, many
from lms.base.errors import Refused


class NobodyToRank(Refused):
    """Nobody has passed both reviews yet."""

    sentence = _("还没有复核通过的申请，先完成审核再排名。")


class NothingToPublish(Refused):
    """No ranked application waits for publication."""

    sentence = _("没有等待公示的排名，请先排名。")


class SeedMissing(Refused):
    """The lot needs a seed that everybody can see."""

    sentence = _("请填写公开摇出的抽签种子，例如当场抽出的一串数字。")
    status = 400


class SeedFrozen(Refused):
    """The order was published under another seed."""

    sentence = _("名单已经公示，抽签种子不能再改。")


_LOOKED_AT = (
    "uuid", "number", "member_since", "working_since", "hardship", "model_worker",
)  # fmt: skip


def facts(application: Application) -> ranking.Facts:
    """What the rule may look at of an application."""
    return ranking.Facts(
        key=application.number or application.uuid.hex,
        member_since=application.member_since,
        working_since=application.working_since,
        hardship=application.hardship,
        model_worker=application.model_worker,
    )


@transaction.atomic
def rank(cohort: Cohort, *, seed: str, by: User | None, at: datetime) -> int:
    """Put everybody who passed both reviews in order; returns how many were ranked.

    May be repeated until publication. Who passes later stands behind those published.

    Raises:
        NobodyToRank, SeedMissing, SeedFrozen.
    """
    seed = seed.strip() or cohort.ranking_seed
    if not seed:
        raise SeedMissing(cohort)
    if cohort.published_at and seed != cohort.ranking_seed:
        raise SeedFrozen(cohort)
    everyone = Application.objects.filter(cohort=cohort, state__in=[State.CITY, State.RANKED])
    rows = {facts(row).key: row for row in everyone.only(*_LOOKED_AT)}
    if not rows:
        raise NobodyToRank(cohort)
    # Ranks are unique in a cohort: old ones go before new ones come.
    everyone.update(rank=None)
    taken = Application.objects.filter(cohort=cohort).aggregate(last=Max("rank"))["last"] or 0
    order = ranking.order(
        cohort.ranking_rule,
        [facts(row) for row in rows.values()],
        on=cohort.closes_on,
        seed=seed,
        first_rank=taken + 1,
    )
    _write_ranks(rows, order)
    Cohort.objects.filter(pk=cohort.pk).update(ranking_seed=seed)
    cohort.ranking_seed = seed
    moves.move_all(cohort, State.CITY, State.RANKED, by=by, at=at)
    data = {"rule": cohort.ranking_rule, "seed": seed, "count": len(order)}
    audit.record("cohort.ranked", by=by, on=cohort, at=at, data=data)
    return len(order)


def _write_ranks(rows: dict[str, Application], order: list[ranking.Ranked]) -> None:
    for ranked in order:
        row = rows[ranked.key]
        row.rank, row.score = ranked.rank, ranked.score
        row.score_reasons = [line.as_json() for line in ranked.lines]
    many.write(rows.values(), ["rank", "score", "score_reasons"])


@transaction.atomic
def publish(cohort: Cohort, *, by: User | None, at: datetime) -> int:
    """Make the order public and final; returns how many stand on it.

    Raises:
        NothingToPublish: rank first.
    """
    published = len(moves.move_all(cohort, State.RANKED, State.PUBLISHED, by=by, at=at))
    if not published:
        raise NothingToPublish(cohort)
    if cohort.published_at is None:
        Cohort.objects.filter(pk=cohort.pk).update(published_at=at)
        cohort.published_at = at
    audit.record("cohort.published", by=by, on=cohort, at=at, data={"count": published})
    return published
