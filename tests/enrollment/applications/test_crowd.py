"""Three thousand applicants: the pages ask the same few queries, and ranking is exact and repeatable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.applications import ranking, selection
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import many
from tests import people
from tests.enrollment.applications import crowd

pytestmark = pytest.mark.django_db
AT = people.AT
MOST_QUERIES = 15
FEW, MANY = 30, 300


def queries_of(client: Client, url: str) -> int:
    client.get(url)  # what a process asks only once is not the page's
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def crowded(cohort: Cohort, units: people.Units) -> Any:
    """Brings so many more people into the queue of the city and among those passed."""
    begun = 0

    def more(count: int) -> None:
        nonlocal begun
        for state in (State.SUBMITTED, State.DISTRICT, State.CITY):
            crowd.gather(cohort, units.siming, count, state=state, first=begun + 1)
            begun += count

    return more


@pytest.mark.parametrize("who", ["wang", "liu"])
def test_the_review_queue_is_flat_and_small(
    crowded: Any, who: str, request: pytest.FixtureRequest
) -> None:
    client = signed_in(request.getfixturevalue(who))
    crowded(FEW)
    few = queries_of(client, "/desk/review/")
    crowded(MANY)
    assert queries_of(client, "/desk/review/") == few <= MOST_QUERIES


def test_the_ranking_pages_are_flat_and_small(crowded: Any, cohort: Cohort, zhou: User) -> None:
    client = signed_in(zhou)
    board, public = f"/desk/registrar/{cohort.slug}/", f"/ranking/{cohort.slug}/"
    crowded(FEW)
    selection.rank(cohort, seed="7", by=None, at=AT)
    selection.publish(cohort, by=None, at=AT)
    few = queries_of(client, board), queries_of(client, public)
    crowded(MANY)
    selection.rank(cohort, seed="7", by=None, at=AT)
    selection.publish(cohort, by=None, at=AT)
    assert (queries_of(client, board), queries_of(client, public)) == few
    assert max(few) <= MOST_QUERIES


def test_ranking_many_costs_as_many_queries_as_ranking_few(cohort: Cohort, crowded: Any) -> None:
    def asked(count: int) -> int:
        crowded(count)
        with CaptureQueriesContext(connection) as queries:
            selection.rank(cohort, seed="7", by=None, at=AT)
        # Ranks are written by one prepared statement, once a row; audit rows in batches.
        return sum("SET" not in query["sql"] for query in queries)

    assert asked(FEW) == asked(100)


def test_what_was_ranked_is_what_the_rule_says(cohort: Cohort, crowded: Any) -> None:
    crowded(60)
    selection.rank(cohort, seed="7", by=None, at=AT)
    written = Application.objects.filter(cohort=cohort, state=State.RANKED).order_by("rank")
    expected = ranking.order("v1", map(selection.facts, written), on=cohort.closes_on, seed="7")
    assert [(row.number, row.rank, row.score) for row in written] == [
        (each.key, each.rank, each.score) for each in expected
    ]
    lines = [line.as_json() for line in expected[0].lines]
    assert written[0].score_reasons == lines


def test_many_rows_are_written_with_their_own_values(cohort: Cohort, crowded: Any) -> None:
    crowded(5)
    rows = list(Application.objects.filter(cohort=cohort).order_by("pk"))
    for number, row in enumerate(rows):
        row.score, row.score_reasons = number, [{"what": "work", "points": number, "years": None}]
        row.state_since = AT + timedelta(days=number)
        row.district = None
        row.name = "没有写进去"
    assert many.write(rows, ["score", "score_reasons", "state_since", "district"]) == len(rows)
    for number, row in enumerate(Application.objects.filter(cohort=cohort).order_by("pk")):
        assert row.score == number
        assert row.score_reasons[0]["points"] == number
        assert row.state_since == AT + timedelta(days=number)
        assert row.district is None
        assert row.name.startswith("工友")


def test_nothing_to_write_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert many.write([], ["score"]) == 0
    assert not asked.captured_queries
