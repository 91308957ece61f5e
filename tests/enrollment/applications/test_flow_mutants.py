"""Faults planted in the flow, one at a time: the state machine must find every one.

A mutant is a piece of a function's text and what stands there instead, so that a change of the
code that would make a mutant meaningless fails here first.
"""

from __future__ import annotations
import __future__

import inspect
from dataclasses import dataclass
from types import ModuleType

import pytest
from django.db import DatabaseError

from enrollment.applications import admission, drafts, flow, moves, offers, review, selection
from enrollment.applications.flow import State
from enrollment.registry import roll
from tests.enrollment.applications import test_flow_machine

# The faults are planted in Python; the machine itself runs on every database.
pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]
# More than the machine's own run: a mutant may need a rare order of clicks, and the lots drawn among
# equal points differ from run to run with the numbers of the applications.
EXAMPLES = 200


@dataclass(frozen=True)
class Mutant:
    """In ``function`` of ``module``, ``now`` stands where ``was`` stood."""

    fault: str
    module: ModuleType
    function: str
    was: str
    now: str

    def plant(self, monkeypatch: pytest.MonkeyPatch) -> None:
        source = inspect.getsource(getattr(self.module, self.function))
        assert source.count(self.was) == 1, f"{self.fault}: the text is not there (once)"
        code = compile(
            source.replace(self.was, self.now),
            f"<{self.fault}>",
            "exec",
            flags=__future__.annotations.compiler_flag,
        )
        planted: dict[str, object] = {}
        exec(code, self.module.__dict__, planted)
        monkeypatch.setattr(self.module, self.function, planted[self.function])


MUTANTS = (
    Mutant(
        "a declined place is kept", offers, "decline",
        "place=None, offer_expires_at=None", "offer_expires_at=None",
    ),
    Mutant(
        "the waiting list runs backwards", offers, "fill", 'order_by("rank")', 'order_by("-rank")'
    ),
    Mutant(
        "only the first wish counts", offers, "_offer_one_of",
        "application.choices.all()", "list(application.choices.all())[:1]",
    ),
    Mutant(
        "any free place is given", offers, "_offer_one_of",
        "places = free[choice.programme_id]", "places = next(filter(None, free.values()), [])",
    ),
    Mutant(
        "nobody moves up after a no", offers, "decline",
        "fill(application.cohort, by=None, at=at)", "pass",
    ),
    Mutant(
        "nobody moves up after an offer ran out", offers, "expire_overdue",
        "fill(cohort, by=by, at=at)", "pass",
    ),
    Mutant(
        "nobody moves up after a withdrawal", drafts, "withdraw",
        "offers.fill(application.cohort, by=None, at=at)", "pass",
    ),
    Mutant("a late yes is taken", offers, "accept", " or expires <= at", ""),
    Mutant(
        "offers never run out", offers, "expire_overdue",
        "moves.move(application, State.EXPIRED, by=by, at=at, place=None, offer_expires_at=None)",
        "pass",
    ),
    Mutant(
        "a quota that is too small is taken", roll, "set_quota",
        "if len(free) < surplus:", "if False:",
    ),
    Mutant(
        "moves are not compared before they swap", moves, "move",
        "if not may_move(was, to):", "if False:",
    ),
    Mutant(
        "a move leaves no audit row", moves, "move",
        "audit.record(ACTIONS[to]", "(lambda *_a, **_k: None)(ACTIONS[to]",
    ),
    Mutant(
        "ranking again forgets those already published", selection, "rank",
        "first_rank=taken + 1", "first_rank=1",
    ),
    Mutant(
        "points count the wrong way round", selection, "_write_ranks",
        "row.rank, row.score = ranked.rank,", "row.rank, row.score = 900 - ranked.rank,",
    ),
    Mutant(
        "the roll is not written", admission, "matriculate",
        "return roll.matriculate(application, org_unit=unit, by=by, at=at)", "return unit",
    ),
    Mutant(
        "one officer decides for both", review, "decide",
        "if not may_decide(by, application):", "if False:",
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.fault)
def test_the_machine_finds(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.plant(monkeypatch)
    # A broken invariant, a constraint, or a programme that no longer runs: not merely a refusal.
    with pytest.raises((AssertionError, DatabaseError, pytest.fail.Exception)):
        test_flow_machine.play(EXAMPLES)


def test_the_machine_finds_a_review_that_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(review._NEXT, (State.SUBMITTED, review.Verdict.PASS), State.CITY)
    monkeypatch.setitem(flow.MOVES, State.SUBMITTED, flow.MOVES[State.SUBMITTED] | {State.CITY})
    # Refused where the city's officer comes and there is nothing left to decide.
    with pytest.raises((AssertionError, moves.AlreadyMoved)):
        test_flow_machine.play(EXAMPLES)
