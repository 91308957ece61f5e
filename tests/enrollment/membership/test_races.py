"""Officers and workers who meet at the same row, each on a connection of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from enrollment.membership import joining, rosters, writing
from enrollment.membership.models import JoinRequest, Member, Roster
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit
from lms.base.jobs.models import Job
from tests import people
from tests.courses.tutoring.test_races import at_once
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast
from tests.enrollment.membership.workbooks import take, workbook

pytestmark = pytest.mark.django_db(transaction=True)
AT = people.AT


def test_of_eight_answers_to_one_wish_one_counts(
    lin: User, cohort: Cohort, units: people.Units, wang: User, liu: User
) -> None:
    application = cast.joining(lin, cohort, units.siming)

    def yes() -> str:
        joining.accept(cast.request_of(application), unit=units.riders, by=wang, at=AT)
        return "yes"

    def no() -> str:
        joining.refuse(cast.request_of(application), reason="papers", by=liu, at=AT)
        return "no"

    acts: list[Callable[[], object]] = [yes, no] * 4
    results = at_once(acts)
    given = [each for each in results if isinstance(each, str)]
    assert len(given) == 1
    assert all(
        isinstance(each, joining.AlreadyDecided) for each in results if not isinstance(each, str)
    )
    wish = cast.request_of(application)
    assert Member.objects.count() == (given == ["yes"])
    assert wish.state == (JoinRequest.State.ACCEPTED if given == ["yes"] else "refused")
    acted = [row.action for row in audit.trail(wish)]
    assert len(acted) == 2  # asked, and one answer


def test_a_wish_and_an_import_of_the_same_person_make_one_member(
    lin: User, cohort: Cohort, units: people.Units, wang: User
) -> None:
    application = cast.joining(lin, cohort, units.siming)
    roster = take(workbook(("林师傅", applicants.id_number(1))), units.siming, wang)
    rosters.apply(roster, by=wang, at=AT)
    batch = writing.waiting(roster)
    results = at_once(
        [
            lambda: joining.accept(cast.request_of(application), unit=units.riders, by=wang, at=AT),
            lambda: writing.write(batch, at=AT),
        ]
    )
    assert not [each for each in results if isinstance(each, Exception)]
    assert Member.objects.count() == 1
    assert cast.request_of(application).member == Member.objects.get()


def test_workers_that_take_the_same_batch_write_it_once(units: people.Units, wang: User) -> None:
    lines = [(f"骑手{serial}", applicants.id_number(serial)) for serial in range(1, 40)]
    roster = take(workbook(*lines), units.siming, wang)
    rosters.apply(roster, by=wang, at=AT)
    batch = writing.waiting(roster)
    results = at_once([lambda: writing.write(batch, at=AT)] * 4)
    assert results.count(None) == 1
    assert Member.objects.count() == 39


def test_of_eight_second_words_one_counts(units: people.Units, wang: User) -> None:
    roster = take(workbook(("林师傅", applicants.id_number(1))), units.siming, wang)

    def apply() -> None:
        rosters.apply(Roster.objects.get(pk=roster.pk), by=wang, at=AT)

    assert at_once([apply] * 8).count(None) == 1
    assert Job.objects.filter(kind=rosters.APPLY).count() == 1
