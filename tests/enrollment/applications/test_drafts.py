"""Filling in, submitting, correcting and withdrawing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enrollment.applications import consents, drafts, evidence, review, topics
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.applications.topics import Topic
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit, clock
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


def test_starting_twice_is_the_same_draft(lin: User, cohort: Cohort) -> None:
    first = drafts.start(lin, cohort, by=lin, at=AT)
    assert drafts.start(lin, cohort, by=lin, at=AT + timedelta(days=1)) == first
    assert first.state == State.DRAFT


def test_nobody_starts_after_the_deadline(lin: User, cohort: Cohort) -> None:
    with pytest.raises(drafts.IntakeClosed):
        drafts.start(lin, cohort, by=lin, at=cast.LATER)


def test_answers_come_back_on_another_device(draft: Application) -> None:
    again = Application.objects.get(pk=draft.pk)
    assert again.name == "林师傅"
    assert again.id_number.plain() == cast.id_number(1)
    assert str(again.id_number) == "3502**********" + cast.id_number(1)[-4:]
    assert [choice.programme.code for choice in again.choices.all()] == ["LOG"]


def test_an_id_number_is_not_taken_before_consent(lin: User, cohort: Cohort) -> None:
    bare = drafts.start(lin, cohort, by=lin, at=AT)
    with pytest.raises(consents.ConsentMissing):
        drafts.answer(bare, by=lin, at=AT, id_number=cast.id_number(1))
    with pytest.raises(consents.ConsentMissing):
        evidence.add(bare, "work", cast.picture(), size_bytes=9, by=lin, at=AT)


def test_consent_keeps_the_version_of_its_text(draft: Application) -> None:
    assert draft.consent_version == consents.CURRENT
    assert draft.consented_at == AT


def test_a_foreigners_card_is_noticed_by_its_number(draft: Application, lin: User) -> None:
    drafts.answer(draft, by=lin, at=AT, id_number="USA110088113012")
    draft.refresh_from_db()
    assert draft.id_kind == Application.IdKind.FOREIGN


def test_what_is_missing_is_named_in_order(lin: User, cohort: Cohort) -> None:
    bare = drafts.start(lin, cohort, by=lin, at=AT)
    assert topics.missing_of(bare) == list(topics.ORDER)
    with pytest.raises(drafts.Incomplete, match="身份"):
        drafts.submit(bare, by=lin, at=AT)


def test_submitting_gives_a_number_and_an_audit_row(draft: Application, lin: User) -> None:
    drafts.submit(draft, by=lin, at=AT)
    draft.refresh_from_db()
    assert draft.state == State.SUBMITTED
    assert draft.number == f"2026-{draft.pk:05d}"
    assert audit.trail(draft)[0].action == "application.submitted"


def test_submitting_twice_is_refused_and_changes_nothing(draft: Application, lin: User) -> None:
    twin = Application.objects.get(pk=draft.pk)
    drafts.submit(draft, by=lin, at=AT)
    with pytest.raises(drafts.moves.AlreadyMoved):
        drafts.submit(twin, by=lin, at=AT + timedelta(minutes=1))
    twin.refresh_from_db()
    assert twin.state_since == AT


def test_the_deadline_includes_its_last_day(draft: Application, lin: User) -> None:
    with pytest.raises(drafts.IntakeClosed):
        drafts.submit(draft, by=lin, at=clock.end_of_day(draft.cohort.closes_on))
    last_minute = clock.end_of_day(draft.cohort.closes_on) - timedelta(minutes=1)
    drafts.submit(draft, by=lin, at=last_minute)
    assert draft.state == State.SUBMITTED


def test_one_person_applies_once(
    submitted: Application, yi: User, cohort: Cohort, units: people.Units
) -> None:
    other = cast.filled(yi, cohort, units.siming, serial=1)
    assert drafts.is_taken(cohort, cast.id_number(1), besides=other)
    with pytest.raises(drafts.DuplicatePerson, match="报过名"):
        drafts.submit(other, by=yi, at=AT)
    other.refresh_from_db()
    assert other.state == State.DRAFT


def test_after_withdrawal_the_person_may_apply_again(
    submitted: Application, lin: User, cohort: Cohort, units: people.Units
) -> None:
    drafts.withdraw(submitted, by=lin, at=AT)
    again = cast.submitted(lin, cohort, units.siming, at=AT + timedelta(hours=1))
    assert again.pk != submitted.pk


def test_a_submitted_application_cannot_be_edited(submitted: Application, lin: User) -> None:
    with pytest.raises(drafts.NotEditable):
        drafts.answer(submitted, by=lin, at=AT, name="另一个名字")
    with pytest.raises(drafts.NotEditable):
        drafts.choose(submitted, [cast.programme("EC")], by=lin, at=AT)
    with pytest.raises(drafts.NotEditable):
        evidence.add(submitted, "work", cast.picture(), size_bytes=9, by=lin, at=AT)
    submitted.refresh_from_db()
    assert submitted.name == "林师傅"
    assert submitted.choices.get().programme.code == "LOG"


def test_a_returned_one_is_corrected_and_comes_in_again_after_the_deadline(
    submitted: Application, lin: User, office: cast.Office
) -> None:
    review.decide(
        submitted, "return", stage=State.SUBMITTED, by=office.district, at=AT, reason="membership"
    )
    drafts.answer(submitted, by=lin, at=cast.LATER, is_member=False, member_since=None)
    number = submitted.number
    drafts.submit(submitted, by=lin, at=cast.LATER)
    submitted.refresh_from_db()
    assert (submitted.state, submitted.number) == (State.SUBMITTED, number)
    assert submitted.submitted_at == AT


def test_unknown_answers_are_a_programming_error(draft: Application, lin: User) -> None:
    with pytest.raises(TypeError):
        drafts.answer(draft, by=lin, at=AT, state="accepted")


def test_topics_know_their_neighbours() -> None:
    assert topics.before(Topic.IDENTITY) is None
    assert topics.after(Topic.IDENTITY) == Topic.WORK
    assert topics.after(Topic.PHOTOS) is None
