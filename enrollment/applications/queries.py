"""What screens ask of the applications; each named, each the same few queries for 5 and for 500."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, QuerySet, When

from enrollment.applications import claims, moves
from enrollment.applications.flow import HOLDING, LIVE, State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort, Place, Programme
from lms.accounts.models import User
from lms.base import audit


def application_of(user: User) -> Application | None:
    """The person's own application: the live one, or else the newest."""
    own = Application.objects.filter(user=user).select_related(
        "cohort__city", "place__programme", "district", "enterprise", "user",
        "join_request__district", "join_request__member__unit",
    )  # fmt: skip
    newest = list(own.order_by("-pk")[:5])
    live = (application for application in newest if application.state in LIVE)
    return next(live, newest[0] if newest else None)


def history(application: Application) -> dict[State, datetime]:
    """When the application last came into each state."""
    by_action = {action: state for state, action in moves.ACTIONS.items()}
    rows = audit.trail(application).filter(action__in=by_action).order_by("pk")
    return {by_action[action]: at for action, at in rows.values_list("action", "at")}


def ahead_of(application: Application) -> int:
    """How many people on the waiting list come first and want one of the same programmes."""
    wanted = application.choices.values("programme")
    return (
        Application.objects.filter(
            cohort=application.cohort_id,
            state=State.PUBLISHED,
            rank__lt=application.rank,
            choices__programme__in=wanted,
        )
        .distinct()
        .count()
    )


def for_queue(applications: QuerySet[Application]) -> QuerySet[Application]:
    """With what a row of a list shows, longest waiting first."""
    return (
        applications.select_related("cohort", "district", "user", "claimed_by", "join_request")
        .prefetch_related("choices__programme", "evidence")
        .order_by("state_since", "pk")
    )


def waiting_counts(waiting: QuerySet[Application], user: User, *, at: datetime) -> dict[str, int]:
    """How many wait (``mine``) and how many of them this officer works on (``claimed``)."""
    counted = waiting.order_by().aggregate(
        mine=Count("pk"), claimed=Count("pk", filter=claims.held(user, at=at))
    )
    return {"mine": counted["mine"], "claimed": counted["claimed"]}


def next_for(user: User, waiting: QuerySet[Application], *, at: datetime) -> Application | None:
    """Where to go after a decision: one's own claims first, then what nobody works on."""
    own = claims.held(user, at=at)
    return (
        waiting.filter(own | claims.free(at=at))
        .annotate(is_own=Case(When(own, then=0), default=1))
        .order_by("is_own", "state_since", "pk")
        .first()
    )


def counts(applications: QuerySet[Application]) -> Counter[str]:
    """How many applications are in each state."""
    rows = applications.order_by().values_list("state").annotate(n=Count("pk"))
    return Counter(dict(rows))


@dataclass(frozen=True)
class ProgrammeBoard:
    """Places of one programme by what became of them."""

    programme: Programme
    total: int
    offered: int
    accepted: int
    matriculated: int
    waiting: int

    @property
    def held(self) -> int:
        return self.offered + self.accepted + self.matriculated

    @property
    def left(self) -> int:
        return self.total - self.held


def board(cohort: Cohort) -> list[ProgrammeBoard]:
    """The registrar's table: places per programme, and who waits for it as first choice."""
    in_state = {state: Count("pk", filter=Q(application__state=state)) for state in HOLDING}
    rows = (
        Place.objects.filter(cohort=cohort)
        .order_by()
        .values("programme")
        .annotate(total=Count("pk"), **{str(state): n for state, n in in_state.items()})
    )
    places: dict[int, dict[str, Any]] = {row["programme"]: dict(row) for row in rows}
    waiting = dict(
        Application.objects.filter(cohort=cohort, state=State.PUBLISHED, choices__order=1)
        .order_by()
        .values_list("choices__programme")
        .annotate(n=Count("pk"))
    )
    return [
        _board_row(programme, places.get(programme.pk, {}), waiting.get(programme.pk, 0))
        for programme in Programme.objects.all()
    ]


def _board_row(programme: Programme, places: dict[str, Any], waiting: int) -> ProgrammeBoard:
    return ProgrammeBoard(
        programme,
        total=places.get("total", 0),
        offered=places.get(State.OFFERED, 0),
        accepted=places.get(State.ACCEPTED, 0),
        matriculated=places.get(State.MATRICULATED, 0),
        waiting=waiting,
    )
