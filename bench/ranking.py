"""Ranking and publishing of 3,000 applicants, and the pages that list them, counted in queries.

Prints one JSON object per line and exits with 1 if two runs with one seed disagree, or if a page
asks more of the database for many rows than for few. The reference writes what was ranked row by
row with ``save``, as a programme would that does not think of 3,000.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bench import _site

FEW = 30
REFERENCE_ROWS = 300


def _orders(cohort: Any) -> list[tuple[str, int, int]]:
    from enrollment.applications.models import Application

    ranked = Application.objects.filter(cohort=cohort).exclude(rank=None).order_by("rank")
    return list(ranked.values_list("number", "rank", "score"))


def _row_by_row(cohort: Any) -> float:
    """CPU seconds that saving a ranked row takes, for one row."""
    from enrollment.applications.models import Application

    rows = list(Application.objects.filter(cohort=cohort).order_by("pk")[:REFERENCE_ROWS])

    def save_all() -> None:
        for row in rows:
            row.save()

    return _site.cpu_of(save_all)[0] / len(rows)


def _queries(client: Any, url: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)  # what a process asks only once is not the page's
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answered {answer.status_code}")
    return len(asked)


def _pages(cohort: Any, officer: Any, registrar: Any) -> dict[str, int]:
    from django.test import Client

    desk, board, anyone = Client(), Client(), Client()
    desk.force_login(officer)
    board.force_login(registrar)
    return {
        "review_queue_queries": _queries(desk, "/desk/review/"),
        "ranking_board_queries": _queries(board, f"/desk/registrar/{cohort.slug}/"),
        "published_ranking_queries": _queries(anyone, f"/ranking/{cohort.slug}/"),
    }


def measure(count: int, seed: int) -> list[dict[str, Any]]:
    """Figures of one cohort of ``count`` applicants in an empty database."""
    from django.db import transaction

    from enrollment.applications import selection
    from enrollment.applications.flow import State
    from enrollment.applications.models import Application
    from lms.accounts.models import Role
    from tests import people
    from tests.enrollment.applications import cast, crowd

    units = people.make_units()
    cohort = cast.make_cohort(units, places=(20, 15, 15))
    officer = people.make_staff(Role.CITY_OFFICER, "刘干事", username="liu", unit=units.city)
    registrar = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    at = people.AT

    def gather(people_count: int, state: State, first: int) -> None:
        crowd.gather(cohort, units.siming, people_count, state=state, first=first, seed=seed)

    def ranked_and_published() -> dict[str, int]:
        # Rolled back, so that a queue of few and of many are asked of the same database.
        with transaction.atomic():
            selection.rank(cohort, seed=str(seed), by=None, at=at)
            selection.publish(cohort, by=None, at=at)
            found = _pages(cohort, officer, registrar)
            transaction.set_rollback(True)
        cohort.refresh_from_db()
        return found

    gather(FEW, State.CITY, 1)
    gather(FEW, State.DISTRICT, 100_001)
    few = ranked_and_published()
    gather(count - FEW, State.CITY, FEW + 1)
    gather(count - FEW, State.DISTRICT, 200_001)
    many = ranked_and_published()

    cpu_s, ranked = _site.cpu_of(lambda: selection.rank(cohort, seed=str(seed), by=None, at=at))
    first = _orders(cohort)
    selection.rank(cohort, seed=str(seed), by=None, at=at)
    assert ranked == count
    naive_s = _row_by_row(cohort) * count
    Application.objects.filter(cohort=cohort).update(state_since=at)
    return [
        {"figure": "ranking_cpu_s", "value": round(cpu_s, 3), "unit": "s", "rows": count,
         "reference": round(naive_s, 3), "ratio": round(naive_s / cpu_s, 2), "seed": seed},
        {"figure": "ranking_differences", "value": int(first != _orders(cohort)), "unit": "runs"},
        *(
            {"figure": name, "value": many[name], "unit": "queries", "reference": few[name],
             "ratio": round(many[name] / few[name], 2)}
            for name in many
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench ranking", description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="applicants (default 3000)")
    parser.add_argument("--seed", type=int, default=20260901)
    given = parser.parse_args()
    with _site.tables_of_its_own("ranking"):
        figures = measure(given.count, given.seed)
    for figure in figures:
        print(json.dumps(figure))
    worse = [f for f in figures if f["unit"] == "queries" and f["value"] > f["reference"]]
    sys.exit(bool(worse or figures[1]["value"]))


if __name__ == "__main__":
    main()
