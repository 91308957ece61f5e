"""Fifty places never become fifty-one: threads, a barrier, one seat.

On SQLite these run against the test database's file, on PostgreSQL against a real server.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import connection

from enrollment.applications import drafts, moves, offers
from enrollment.applications.flow import HOLDING, State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort, Place
from lms.base.errors import Refused
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db(transaction=True)
AT = people.AT
HERD = 12


def all_at_once(acts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run every act in a thread of its own, released together; counts outcomes by name."""
    barrier = threading.Barrier(len(acts))
    outcomes: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=30)
            act()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(type(refusal).__name__)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


@pytest.fixture
def one_seat(units: people.Units) -> Cohort:
    return cast.make_cohort(units, places=(1, 0, 0))


@pytest.fixture(params=["locks on", "locks off"])
def _locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "locks off":
        monkeypatch.setattr(
            "django.db.models.query.QuerySet.select_for_update", lambda self, **_how: self
        )


def fresh(application: Application) -> Application:
    return Application.objects.select_related("cohort", "user").get(pk=application.pk)


def holders(cohort: Cohort) -> int:
    return Application.objects.filter(cohort=cohort, state__in=HOLDING).count()


def test_twelve_clients_and_one_seat(one_seat: Cohort, office: cast.Office) -> None:
    herd = [fresh(each) for each in cast.published(one_seat, office, HERD)]
    outcomes = all_at_once([lambda a=a: offers.offer(a, by=None, at=AT) for a in herd])
    assert outcomes == {"done": 1, "NoPlaceLeft": HERD - 1}
    assert holders(one_seat) == 1


@pytest.mark.usefixtures("_locks")
def test_twelve_registrars_fill_together(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 8, wants=("LOG", "NM", "EC"))
    outcomes = all_at_once([lambda: offers.fill(cohort, by=None, at=AT)] * HERD)
    assert outcomes == {"done": HERD}
    assert holders(cohort) == Place.objects.filter(cohort=cohort).count() == 4
    winners = set(Application.objects.filter(state=State.OFFERED).values_list("pk", flat=True))
    assert winners == {each.pk for each in in_order[:4]}


@pytest.mark.usefixtures("_locks")
def test_a_freed_seat_is_given_once(one_seat: Cohort, office: cast.Office) -> None:
    in_order = cast.published(one_seat, office, 4)
    offers.fill(one_seat, by=None, at=AT)
    first = fresh(in_order[0])
    acts: list[Callable[[], object]] = [
        lambda: offers.decline(first, by=first.user, at=AT),
        *([lambda: offers.fill(one_seat, by=None, at=AT)] * 5),
        *([lambda: offers.expire_overdue(one_seat, by=None, at=AT)] * 2),
    ]
    outcomes = all_at_once(acts)
    assert outcomes == {"done": len(acts)}
    assert fresh(in_order[1]).state == State.OFFERED
    assert holders(one_seat) == 1


def test_accepting_and_declining_together_is_one_of_the_two(
    one_seat: Cohort, office: cast.Office
) -> None:
    in_order = cast.published(one_seat, office, 2)
    offers.fill(one_seat, by=None, at=AT)
    one, other = fresh(in_order[0]), fresh(in_order[0])
    outcomes = all_at_once(
        [
            lambda: offers.accept(one, by=one.user, at=AT),
            lambda: offers.decline(other, by=other.user, at=AT),
        ]
    )
    assert outcomes == {"done": 1, "AlreadyMoved": 1}
    assert holders(one_seat) == 1


def test_one_person_submits_from_two_phones_once(draft: Application, cohort: Cohort) -> None:
    twins = [fresh(draft) for _phone in range(6)]
    outcomes = all_at_once([lambda t=t: drafts.submit(t, by=t.user, at=AT) for t in twins])
    assert outcomes == {"done": 1, moves.AlreadyMoved.__name__: 5}


def test_one_person_with_two_accounts_applies_once(cohort: Cohort, units: people.Units) -> None:
    pair = [cast.filled(cast.rider(n), cohort, units.siming, serial=7) for n in (1, 2)]
    acts = [lambda a=a: drafts.submit(fresh(a), by=a.user, at=AT) for a in pair]
    assert all_at_once(acts) == {"done": 1, "DuplicatePerson": 1}


def test_a_draft_is_begun_once(cohort: Cohort) -> None:
    rider = cast.rider(1)
    acts = [lambda: drafts.start(rider, cohort, by=rider, at=AT)] * 6
    assert all_at_once(acts) == {"done": 6}
    assert Application.objects.count() == 1


@pytest.fixture(autouse=True)
def _connections_are_closed() -> Iterator[None]:
    yield
    connection.close()
