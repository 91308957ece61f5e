"""Ranking, publication, offers, promotion, matriculation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from enrollment.applications import admission, drafts, moves, offers, selection
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry import roll
from enrollment.registry.models import Cohort, Student
from lms.accounts.models import Role, TextMessage
from lms.base import audit
from lms.base.jobs import api as jobs
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


def states(applications: list[Application]) -> list[str]:
    fresh = Application.objects.in_bulk([each.pk for each in applications])
    return [fresh[each.pk].state for each in applications]


def test_the_order_follows_the_points_and_is_explained(
    cohort: Cohort, office: cast.Office, units: people.Units
) -> None:
    for serial, since in ((1, 2024), (2, 2016), (3, 2020)):
        application = cast.submitted(
            cast.rider(serial), cohort, units.siming, serial=serial, with_photos=False,
            member_since=date(since, 1, 1),
        )  # fmt: skip
        office.passes(application)
    assert selection.rank(cohort, seed="3 8", by=None, at=AT) == 3
    ranked = Application.objects.order_by("rank")
    assert [row.member_since.year for row in ranked] == [2016, 2020, 2024]
    assert ranked[0].score == 30 + 10
    assert ranked[0].score_reasons[0] == {"what": "membership", "points": 30, "years": 10}


def test_ranking_may_be_repeated_until_it_is_published(
    cohort: Cohort, office: cast.Office, units: people.Units
) -> None:
    with pytest.raises(selection.NobodyToRank):
        selection.rank(cohort, seed="1", by=None, at=AT)
    first = cast.submitted(cast.rider(1), cohort, units.siming, with_photos=False)
    office.passes(first)
    with pytest.raises(selection.SeedMissing):
        selection.rank(cohort, seed=" ", by=None, at=AT)
    selection.rank(cohort, seed="1", by=None, at=AT)
    second = cast.submitted(cast.rider(2), cohort, units.siming, serial=2, with_photos=False)
    office.passes(second)
    assert selection.rank(cohort, seed="2", by=None, at=AT) == 2
    selection.publish(cohort, by=None, at=AT)
    with pytest.raises(selection.NothingToPublish):
        selection.publish(cohort, by=None, at=AT)


def test_who_passes_after_publication_stands_behind(
    cohort: Cohort, office: cast.Office, units: people.Units
) -> None:
    cast.published(cohort, office, 2)
    late = cast.submitted(
        cast.rider(9), cohort, units.siming, serial=9, with_photos=False,
        member_since=date(2000, 1, 1),
    )  # fmt: skip
    office.passes(late)
    with pytest.raises(selection.SeedFrozen):
        selection.rank(cohort, seed="another", by=None, at=AT)
    selection.rank(cohort, seed="", by=None, at=AT)
    late.refresh_from_db()
    assert late.rank == 3


def test_free_places_are_offered_in_the_order_of_ranks(cohort: Cohort, office: cast.Office) -> None:
    people_in_order = cast.published(cohort, office, 4)
    assert offers.fill(cohort, by=None, at=AT) == 2
    assert states(people_in_order) == ["offered", "offered", "published", "published"]


def test_a_full_first_choice_falls_to_the_second(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 5, wants=("LOG", "EC"))
    assert offers.fill(cohort, by=None, at=AT) == 3
    third = Application.objects.get(pk=in_order[2].pk)
    assert third.place is not None
    assert third.place.programme.code == "EC"


def test_declining_promotes_the_next_at_once(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    first = Application.objects.get(pk=in_order[0].pk)
    freed = first.place
    offers.decline(first, by=first.user, at=AT)
    third = Application.objects.get(pk=in_order[2].pk)
    assert third.place == freed
    assert states(in_order) == ["declined", "offered", "offered"]


def test_withdrawing_with_a_place_promotes_the_next(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    first = Application.objects.get(pk=in_order[0].pk)
    offers.accept(first, by=first.user, at=AT)
    drafts.withdraw(first, by=first.user, at=AT)
    assert states(in_order) == ["withdrawn", "offered", "offered"]


def test_an_offer_lasts_to_the_end_of_its_last_day(cohort: Cohort, office: cast.Office) -> None:
    (held, *_rest) = cast.offered(cohort, office, 1)
    assert held.offer_expires_at is not None
    last_minute = held.offer_expires_at - timedelta(minutes=1)
    assert offers.expire_overdue(cohort, by=None, at=last_minute) == 0
    with pytest.raises(offers.OfferOver):
        offers.accept(held, by=held.user, at=held.offer_expires_at)
    offers.accept(held, by=held.user, at=last_minute)
    assert states([held]) == ["accepted"]


def test_an_expired_offer_goes_to_the_next(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    assert offers.expire_overdue(cohort, by=None, at=cast.LATER) == 2
    assert states(in_order) == ["expired", "expired", "offered"]


@pytest.mark.parametrize(
    ("hour", "third"),
    [
        (datetime(2026, 11, 1, 15, 59, tzinfo=UTC), "offered"),  # 23:59 of the first day
        (datetime(2026, 11, 1, 16, 0, tzinfo=UTC), "published"),
    ],
)
def test_nobody_moves_up_after_the_first_day_of_classes(
    cohort: Cohort, office: cast.Office, hour: datetime, third: str
) -> None:
    """Their page tells them that the list is over: an offer would pass them by."""
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    first, second = Application.objects.filter(state=State.OFFERED).order_by("rank")
    for held in (first, second):
        offers.accept(held, by=held.user, at=AT)
    drafts.withdraw(first, by=first.user, at=hour)
    assert offers.expire_overdue(cohort, by=None, at=hour) == 0
    assert states(in_order) == ["withdrawn", "accepted", third]


def test_the_periodic_job_expires_and_promotes(
    cohort: Cohort, office: cast.Office, time_machine: object
) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    jobs.run_due()
    time_machine.move_to(cast.LATER)  # type: ignore[attr-defined]
    jobs.enqueue("applications.expire_offers", key="now")
    jobs.run_due()
    assert states(in_order) == ["expired", "expired", "offered"]


def test_nobody_gets_a_place_when_all_are_held(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    with pytest.raises(offers.NoPlaceLeft):
        offers.offer(Application.objects.get(pk=in_order[2].pk), by=None, at=AT)


def test_a_larger_quota_helps_the_waiting_and_a_smaller_one_touches_nobody(
    cohort: Cohort, office: cast.Office
) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    with pytest.raises(roll.HeldPlace):
        roll.set_quota(cohort, cast.programme("LOG"), 1, by=None, at=AT)
    roll.set_quota(cohort, cast.programme("LOG"), 3, by=None, at=AT)
    offers.fill(cohort, by=None, at=AT)
    assert states(in_order) == ["offered"] * 3


def test_accepting_leads_to_the_roll(cohort: Cohort, office: cast.Office) -> None:
    (held,) = cast.offered(cohort, office, 1)
    with pytest.raises(moves.NotNow):
        admission.matriculate(held, by=None, at=AT)
    offers.accept(held, by=held.user, at=AT)
    student = admission.matriculate(held, by=None, at=AT)
    assert student.student_no == f"2026-LOG-{held.place.no:03d}"
    assert student.id_number.plain() == held.id_number.plain()
    assert held.user.has_role(Role.STUDENT)
    assert student.org_unit == office.units.siming
    with pytest.raises(moves.NotNow):
        admission.matriculate(held, by=None, at=AT)


def test_everybody_who_accepted_is_put_on_the_roll(cohort: Cohort, office: cast.Office) -> None:
    held = cast.offered(cohort, office, 2)
    for application in held:
        offers.accept(application, by=application.user, at=AT)
    assert len(admission.matriculate_accepted(cohort, by=None, at=AT)) == 2
    assert Student.objects.count() == 2
    assert admission.matriculate_accepted(cohort, by=None, at=AT) == []


def test_publication_tells_everybody_in_one_job(cohort: Cohort, office: cast.Office) -> None:
    jobs.run_due()
    TextMessage.objects.all().delete()
    in_order = cast.published(cohort, office, 3)
    before = TextMessage.objects.count()
    jobs.run_due()
    texts = [message.text.plain() for message in TextMessage.objects.all()[before:]]
    assert sorted(text.split("排第 ")[1][0] for text in texts) == ["1", "2", "3"]
    assert audit.trail(in_order[0])[0].action == "application.published"


def test_a_place_whose_applicant_leaves_meanwhile_goes_to_the_next_in_rank(
    units: people.Units, office: cast.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_seat = cast.make_cohort(units, places=(1, 0, 0))
    first, second = cast.published(one_seat, office, 2)
    move = moves.move

    def after_the_first_left(application: Application, *args: Any, **kwargs: Any) -> None:
        """The first withdraws between our reading the list and our writing."""
        Application.objects.filter(pk=first.pk, state=State.PUBLISHED).update(state=State.WITHDRAWN)
        move(application, *args, **kwargs)

    monkeypatch.setattr(moves, "move", after_the_first_left)

    assert offers.fill(one_seat, by=None, at=AT) == 1
    assert states([first, second]) == [State.WITHDRAWN, State.OFFERED]
