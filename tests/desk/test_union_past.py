"""The desk's pages of past figures: any day of the class, and a report beside what the ledger gives now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.completion import ledger, month_reports, tallies
from enrollment.completion.models import Standing, StandingTally
from enrollment.registry.models import Student
from lms.accounts.models import User
from tests import people
from tests.desk import class_of
from tests.desk.class_of import BEGAN, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("half_way")]


def table(client: Client, path: str) -> list[list[str]]:
    """The cells of the page's table, line by line."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return [[str(cell) for cell in row] for row in answer.context["rows"]]


def test_today_is_what_the_tallies_say_and_reads_none_of_them(at_work: Client) -> None:
    StandingTally.objects.all().delete()
    Standing.objects.all().delete()
    rows = table(at_work, f"/desk/union/past/?day={NOW:%Y-%m-%d}")
    assert rows[-1] == ["合计", "5", "1", "1", "3", "0", "0", "29%"]
    assert [row[0] for row in rows] == ["思明区总工会", "集美区总工会", "合计"]


def test_an_earlier_day_tells_what_was_known_then(at_work: Client) -> None:
    day = NOW - timedelta(days=20)
    rows = table(at_work, f"/desk/union/past/?day={day:%Y-%m-%d}")
    # Two had been told of by then: one unit and none at all.
    assert rows[-1][:2] == ["合计", "2"]
    assert table(at_work, f"/desk/union/past/?day={BEGAN:%Y-%m-%d}")[-1][1] == "0"


@pytest.mark.parametrize("day", ["2026-08-31", "2026-12-11", "x", ""])
def test_a_day_outside_the_class_is_refused(at_work: Client, day: str) -> None:
    answer = at_work.get("/desk/union/past/", {"day": day})
    assert answer.status_code == 400
    assert "rows" not in answer.context


def test_the_page_asks_before_it_derives(at_work: Client) -> None:
    html = at_work.get("/desk/union/past/").content.decode()
    assert "重新推算" in html
    assert "<table" not in html


def test_a_district_counts_its_own(client: Client, students: list[Student], wang: User) -> None:
    client.force_login(wang)
    rows = table(client, f"/desk/union/past/?day={NOW:%Y-%m-%d}")
    assert [row[:2] for row in rows] == [["思明区总工会", "3"], ["合计", "3"]]
    other = f"/desk/union/past/?day={NOW:%Y-%m-%d}&district=359911"
    assert client.get(other).status_code == 404


def test_statements_do_not_grow_with_the_class(
    client: Client, units: people.Units, liu: User
) -> None:
    client.force_login(liu)
    counts = []
    for slug, paces in (("2025", class_of.PACES[:2]), ("2026", class_of.PACES)):
        class_of.build(units, slug=slug, paces=paces, phones=int(slug))
        path = f"/desk/union/past/?cohort={slug}&day={NOW:%Y-%m-%d}"
        client.get(path)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_report_stands_beside_what_the_ledger_gives_now(
    at_work: Client, students: list[Student], units: people.Units
) -> None:
    month = month_reports.month_before(NOW)
    report, _new = month_reports.freeze(students[0].cohort, units.city, month, at=NOW)
    page = f"/desk/union/reports/{report.uuid}/again/"
    assert page in at_work.get("/desk/union/reports/").content.decode()
    assert "每个数字都和月报一致" in at_work.get(page).content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_learningentry SET courses_done = 0 WHERE student_id = %s",
            [students[4].pk],
        )
    html = at_work.get(page).content.decode()
    assert "个数字和月报不同" in html
    assert "tag--warn" in html


def test_a_report_of_another_district_is_not_derived_for_a_foreign_officer(
    client: Client, students: list[Student], units: people.Units, wang: User
) -> None:
    month = month_reports.month_before(NOW)
    report, _new = month_reports.freeze(students[0].cohort, units.jimei, month, at=NOW)
    client.force_login(wang)
    assert client.get(f"/desk/union/reports/{report.uuid}/again/").status_code == 404


def test_the_figures_of_a_running_class_are_those_of_the_home(at_work: Client) -> None:
    cohort = Student.objects.first().cohort  # type: ignore[union-attr]
    ledger.judge_again(cohort, at=NOW)
    shown = tallies.stored_cells(cohort)
    whole = [sum(column) for column in zip(*shown.values(), strict=True)]
    figures = dict(zip(tallies.FIGURES, whole, strict=True))
    states = [str(figures[name]) for name in ("students", "finished", "on_track", "behind")]
    assert table(at_work, f"/desk/union/past/?day={NOW:%Y-%m-%d}")[-1][1:5] == states
