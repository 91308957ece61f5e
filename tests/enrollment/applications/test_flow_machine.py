"""A state machine of the whole flow with its seats: whatever people click, in whatever order.

Invariants after every step: nobody without an offer holds a place, no place has two holders,
no place lies idle while somebody waits for it, nobody is passed over, students match places.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from enrollment.applications import (
    admission,
    drafts,
    moves,
    notices,
    offers,
    ranking,
    review,
    selection,
)
from enrollment.applications.flow import HOLDING, MOVES, State, may_move
from enrollment.applications.models import Application, Decision
from enrollment.registry import roll
from enrollment.registry.models import Place, Student
from lms.base import audit
from lms.base.errors import NotAllowed, Refused
from tests import people
from tests.enrollment.applications import cast

CODES = ("LOG", "NM", "EC")
PASSED = frozenset({State.CITY, State.RANKED, State.PUBLISHED}) | HOLDING
KNOWN = frozenset(moves.ACTIONS.values())
pick = st.integers(0, 10_000)


class Flow(RuleBasedStateMachine):
    """Applicants, officers and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = transaction.atomic()
        self.frame.__enter__()
        self.quiet = notices.quietly()
        self.quiet.__enter__()
        self.units = people.make_units()
        self.office = cast.Office(self.units)
        self.now: datetime = people.AT
        self.serial = 0

    def teardown(self) -> None:
        self.quiet.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.frame.__exit__(None, None, None)

    @initialize(
        places=st.tuples(*[st.integers(0, 2)] * 3),
        wishes=st.lists(st.permutations(CODES), min_size=4, max_size=7),
        waiting=st.sampled_from([True, True, True, False]),
    )
    def begin(self, places: Any, wishes: list[Any], waiting: bool) -> None:
        self.cohort = cast.make_cohort(self.units, places=places)
        self.cohort.offer_days = 1  # so that offers run out within a run
        self.cohort.save()
        for number, wish in enumerate(wishes):
            application = self._apply(tuple(wish[: 1 + number % 3]))
            self.office.passes(application, at=self.now)
        if waiting:
            selection.rank(self.cohort, seed="1", by=None, at=self.now)
            selection.publish(self.cohort, by=None, at=self.now)
            offers.fill(self.cohort, by=None, at=self.now)

    def _apply(self, wants: tuple[str, ...]) -> Application:
        self.serial += 1
        return cast.submitted(
            cast.rider(self.serial), self.cohort, self.units.siming, serial=self.serial,
            wants=wants, with_photos=False, at=people.AT,
        )  # fmt: skip

    def _one(self, choice: int, *states: State) -> Application | None:
        found = Application.objects.filter(cohort=self.cohort)
        if states:
            found = found.filter(state__in=states)
        rows = list(found.select_related("cohort", "user").order_by("pk"))
        return rows[choice % len(rows)] if rows else None

    @rule(wish=st.permutations(CODES), length=st.integers(1, 3))
    def somebody_applies(self, wish: list[str], length: int) -> None:
        if self.serial < 12:
            self._apply(tuple(wish[:length]))

    @rule(wish=st.permutations(CODES), length=st.integers(1, 3))
    def a_latecomer_comes_through(self, wish: list[str], length: int) -> None:
        if self.serial < 12:
            self.office.passes(self._apply(tuple(wish[:length])), at=self.now)
            self.the_registrar_ranks_publishes_and_offers()

    @rule(choice=pick, verdict=st.sampled_from(["pass", "pass", "return", "reject"]))
    def an_officer_decides(self, choice: int, verdict: str) -> None:
        application = self._one(choice, State.SUBMITTED, State.DISTRICT)
        if application is None:
            return
        by = self.office.district if application.state == State.SUBMITTED else self.office.city
        reason = {"return": "diploma", "reject": "duplicate"}.get(verdict, "")
        review.decide(
            application, verdict, stage=application.state, by=by, at=self.now, reason=reason
        )

    @rule(choice=pick, verdict=st.sampled_from(["pass", "reject"]))
    def the_wrong_officer_decides(self, choice: int, verdict: str) -> None:
        application = self._one(choice, State.SUBMITTED, State.DISTRICT)
        if application is None:
            return
        by = self.office.city if application.state == State.SUBMITTED else self.office.district
        with pytest.raises(NotAllowed):
            review.decide(
                application, verdict, stage=application.state, by=by, at=self.now,
                reason="duplicate",
            )  # fmt: skip

    @rule(choice=pick)
    def a_correction_comes_in(self, choice: int) -> None:
        application = self._one(choice, State.RETURNED)
        if application is not None:
            drafts.submit(application, by=application.user, at=self.now)

    @rule()
    def the_registrar_only_ranks(self) -> None:
        with suppress(Refused):
            selection.rank(self.cohort, seed="1", by=None, at=self.now)

    @rule()
    def the_registrar_ranks_publishes_and_offers(self) -> None:
        for act in (
            lambda: selection.rank(self.cohort, seed="1", by=None, at=self.now),
            lambda: selection.publish(self.cohort, by=None, at=self.now),
            lambda: offers.fill(self.cohort, by=None, at=self.now),
        ):
            try:
                act()
            except Refused:
                continue

    @rule(choice=pick, answer=st.sampled_from(["accept", "decline"]))
    def somebody_answers(self, choice: int, answer: str) -> None:
        application = self._one(choice, State.OFFERED)
        if application is None:
            return
        late = bool(application.offer_expires_at and application.offer_expires_at <= self.now)
        try:
            getattr(offers, answer)(application, by=application.user, at=self.now)
        except offers.OfferOver:
            assert late
        else:
            assert answer == "decline" or not late

    @rule(choice=pick)
    def somebody_says_no(self, choice: int) -> None:
        application = self._one(choice, State.OFFERED)
        if application is not None:
            offers.decline(application, by=application.user, at=self.now)

    @rule(choice=pick)
    def somebody_says_yes_too_late(self, choice: int) -> None:
        application = self._one(choice, State.OFFERED)
        if application is None or application.offer_expires_at is None:
            return
        self.now = max(self.now, application.offer_expires_at)
        with pytest.raises(offers.OfferOver):
            offers.accept(application, by=application.user, at=self.now)

    @rule(choice=pick)
    def somebody_withdraws(self, choice: int) -> None:
        application = self._one(choice)
        if application is None:
            return
        legal = may_move(application.state, State.WITHDRAWN)
        try:
            drafts.withdraw(application, by=application.user, at=self.now)
        except Refused:
            assert not legal
        else:
            assert legal

    @rule(choice=pick)
    def the_registrar_matriculates(self, choice: int) -> None:
        application = self._one(choice, State.ACCEPTED, State.OFFERED, State.PUBLISHED)
        if application is None:
            return
        accepted = application.state == State.ACCEPTED
        try:
            admission.matriculate(application, by=None, at=self.now)
        except Refused:
            assert not accepted
        else:
            assert accepted

    @rule(code=st.sampled_from(CODES), places=st.integers(0, 3))
    def the_quota_changes(self, code: str, places: int) -> None:
        held = Place.objects.filter(
            cohort=self.cohort, programme__code=code, application__isnull=False
        ).count()
        try:
            roll.set_quota(self.cohort, cast.programme(code), places, by=None, at=self.now)
        except roll.HeldPlace:
            assert places < held
        else:
            assert places >= held
        offers.fill(self.cohort, by=None, at=self.now)

    @rule(days=st.integers(1, 3))
    def days_pass_and_nobody_sweeps(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule()
    def the_sweep_runs(self) -> None:
        offers.expire_overdue(self.cohort, by=None, at=self.now)
        late = Q(state=State.OFFERED, offer_expires_at__lte=self.now)
        assert not Application.objects.filter(late).exists()

    @rule(choice=pick)
    def somebody_with_a_place_withdraws(self, choice: int) -> None:
        application = self._one(choice, State.OFFERED, State.ACCEPTED)
        if application is not None:
            drafts.withdraw(application, by=application.user, at=self.now)

    @rule(choice=pick)
    def somebody_accepts_and_is_put_on_the_roll(self, choice: int) -> None:
        application = self._one(choice, State.OFFERED)
        if application is None or application.offer_expires_at <= self.now:
            return
        offers.accept(application, by=application.user, at=self.now)
        admission.matriculate(application, by=None, at=self.now)

    @invariant()
    def the_books_agree(self) -> None:
        books = Books.read()
        for check in CHECKS:
            check(self, books)


@dataclass
class Books:
    """Everything that was written, read in a few queries after every step."""

    applications: list[Application]
    free: set[int]  # programmes with a place that nobody holds
    students: list[Student]
    decisions: list[Decision]
    acts: dict[str, list[str]]  # moves of an application by its uuid, newest first

    @classmethod
    def read(cls) -> Books:
        acts: dict[str, list[str]] = {}
        rows = audit.AuditEntry.objects.filter(action__in=KNOWN).order_by("-pk")
        for uuid, action in rows.values_list("subject_id", "action"):
            acts.setdefault(uuid, []).append(action)
        unheld = Place.objects.filter(application__isnull=True, student__isnull=True)
        everybody = Application.objects.select_related("place").prefetch_related("choices")
        return cls(
            list(everybody),
            set(unheld.values_list("programme", flat=True)),
            list(Student.objects.select_related("place__application")),
            list(Decision.objects.order_by("pk")),
            acts,
        )

    def in_state(self, *states: State) -> list[Application]:
        return [each for each in self.applications if each.state in states]


def wishes(application: Application) -> set[int]:
    return {choice.programme_id for choice in application.choices.all()}


def holding_and_places_are_one(_flow: Flow, books: Books) -> None:
    for application in books.applications:
        assert (application.place_id is not None) == (application.state in HOLDING)
    held = [each.place_id for each in books.applications if each.place_id]
    assert len(set(held)) == len(held)


def no_place_lies_idle_while_somebody_waits(_flow: Flow, books: Books) -> None:
    for application in books.in_state(State.PUBLISHED):
        assert not wishes(application) & books.free, application


def nobody_is_passed_over(_flow: Flow, books: Books) -> None:
    for waiting in books.in_state(State.PUBLISHED):
        for holder in books.in_state(*HOLDING):
            passed = holder.rank > waiting.rank and holder.place.programme_id in wishes(waiting)
            assert not passed, waiting


def places_are_those_of_a_wish(_flow: Flow, books: Books) -> None:
    for holder in books.in_state(*HOLDING):
        assert holder.place.programme_id in wishes(holder)


def nobody_skips_a_review(flow: Flow, books: Books) -> None:
    last: dict[tuple[int, str], Decision] = {
        (each.application_id, each.stage): each for each in books.decisions
    }
    officers = {State.SUBMITTED: flow.office.district, State.DISTRICT: flow.office.city}
    for application in books.in_state(*PASSED):
        assert all(last[application.pk, stage].verdict == "pass" for stage in officers)
    assert all(each.by_id == officers[State(each.stage)].pk for each in books.decisions)


def every_move_has_left_its_row(_flow: Flow, books: Books) -> None:
    for application in books.applications:
        if application.state != State.DRAFT:
            newest = books.acts[str(application.uuid)][0]
            assert newest == moves.ACTIONS[State(application.state)], application


def ranks_are_those_of_the_rule(flow: Flow, books: Books) -> None:
    ranked = sorted(books.in_state(State.RANKED), key=lambda each: each.rank)
    order = ranking.order("v1", map(selection.facts, ranked), on=flow.cohort.closes_on, seed="1")
    assert [row.number for row in ranked] == [each.key for each in order]


def students_sit_on_their_places(_flow: Flow, books: Books) -> None:
    for student in books.students:
        assert student.place.application.state == State.MATRICULATED
        assert student.place.application.user_id == student.user_id
    assert len(books.students) == len(books.in_state(State.MATRICULATED))


CHECKS = (
    holding_and_places_are_one,
    no_place_lies_idle_while_somebody_waits,
    nobody_is_passed_over,
    places_are_those_of_a_wish,
    nobody_skips_a_review,
    every_move_has_left_its_row,
    ranks_are_those_of_the_rule,
    students_sit_on_their_places,
)


def play(examples: int = 40) -> None:
    """Let the machine run; the same clicks every time."""
    run_state_machine_as_test(
        Flow,
        settings=settings(
            max_examples=examples,
            stateful_step_count=18,
            deadline=None,
            derandomize=True,
            # Without shrinking: a failure is told within seconds, and its steps are short anyway.
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
def test_whatever_people_click_the_flow_holds() -> None:
    play()


def test_every_end_is_an_end_and_every_state_can_be_reached() -> None:
    reachable = {State.DRAFT}
    while True:
        further = reachable | {to for was in reachable for to in MOVES[was]}
        if further == reachable:
            break
        reachable = further
    assert reachable == set(State)
