"""How long things are kept, and what goes now: every rule counts before it deletes.

Each house says it of its own; the roof joins them (``lms.wiring``). The rules of this module are of what the
ground floor leaves behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lms.accounts.models import TextMessage
from lms.base.jobs import registry
from lms.base.jobs.models import Job, JobState, WorkerSighting

TEXTS_KEPT = timedelta(days=180)
JOBS_KEPT = timedelta(days=30)
SIGHTINGS_KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Rule:
    """What goes when.

    Args:
        name: of the rule, for commands and addresses.
        title, keeps: as the operator reads them.
        overdue: how many would go now; changes nothing.
        forget: deletes them; returns how many went.
    """

    name: str
    title: str | Promise
    keeps: str | Promise
    overdue: Callable[[datetime], int]
    forget: Callable[[datetime], int]


_rules: dict[str, Rule] = {}


def also(rule: Rule) -> None:
    """Let the daily job and the operator's page know a rule."""
    _rules[rule.name] = rule


def rules() -> list[Rule]:
    return list(_rules.values())


def rule(name: str) -> Rule:
    """Raises:
    KeyError: there is none of this name.
    """
    return _rules[name]


def forget_all(*, at: datetime) -> dict[str, int]:
    """Every rule once; how many went, by name."""
    return {each.name: each.forget(at) for each in rules()}


# ---------------------------------------------------------------- what the ground floor leaves behind


def _sessions(at: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=at)


def _texts(at: datetime) -> QuerySet[TextMessage]:
    """The row stays, so that the same news is not sent again; number and words go."""
    return TextMessage.objects.filter(created_at__lt=at - TEXTS_KEPT).exclude(to=None, text=None)


def _jobs(at: datetime) -> QuerySet[Job]:
    """Jobs of the clock alone: other keys keep the same work from being done twice."""
    periodic = [kind.name for kind in registry.kinds() if kind.every is not None]
    return Job.objects.filter(
        kind__in=periodic, state=JobState.DONE, finished_at__lt=at - JOBS_KEPT
    )


def _sightings(at: datetime) -> QuerySet[WorkerSighting]:
    return WorkerSighting.objects.filter(seen_at__lt=at - SIGHTINGS_KEPT)


OWN = (
    Rule(
        "sessions",
        _("过期的登录"),
        _("到期就删"),
        lambda at: _sessions(at).count(),
        lambda at: _sessions(at).delete()[0],
    ),
    Rule(
        "texts",
        _("短信的号码和内容"),
        _("180 天，之后只留发送记录"),
        lambda at: _texts(at).count(),
        lambda at: _texts(at).update(to=None, to_lookup=None, text=None),
    ),
    Rule(
        "jobs",
        _("定时任务的记录"),
        _("完成后 30 天"),
        lambda at: _jobs(at).count(),
        lambda at: _jobs(at).delete()[0],
    ),
    Rule(
        "sightings",
        _("不再出现的后台进程"),
        _("7 天"),
        lambda at: _sightings(at).count(),
        lambda at: _sightings(at).delete()[0],
    ),
)
