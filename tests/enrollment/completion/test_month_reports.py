"""The report of a month: frozen once, set from what was frozen, readable, and the same again."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pikepdf
import pytest
from django.db import connection

from enrollment.completion import ledger, month_reports
from enrollment.completion.desk_models import MonthReport
from enrollment.registry import statuses
from enrollment.registry.models import Cohort, Student
from lms.base import audit
from lms.base.jobs import api as jobs
from lms.base.storage import private_files
from tests import people
from tests.desk import class_of
from tests.desk.class_of import NOW
from tests.enrollment.completion import class_dates

pytestmark = pytest.mark.django_db
# The second of January, three in the morning in Shanghai.
NEW_YEAR = NOW.replace(year=2027, month=1, day=1, hour=19)


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    return class_of.build(units)[0].cohort


def test_city_and_districts_have_last_months_report_once(cohort: Cohort) -> None:
    assert month_reports.freeze_due(at=NEW_YEAR) == 3
    assert month_reports.freeze_due(at=NEW_YEAR + timedelta(days=1)) == 0
    found = MonthReport.objects.values_list("org_unit__code", "month")
    month = date(2026, 12, 1)
    assert set(found) == {("359900", month), ("359903", month), ("359911", month)}
    assert month_reports.freeze_due(at=NEW_YEAR + timedelta(days=15)) == 0


def test_the_figures_are_frozen_and_tell_when_somebody_changed_them(cohort: Cohort) -> None:
    report, new = month_reports.freeze(cohort, cohort.city, date(2026, 12, 1), at=NOW)
    assert new
    assert month_reports.is_intact(report)
    figures = {item["label"]: item["value"] for item in report.facts["figures"]}
    assert (figures["在册学员"], figures["已完成"], figures["落后"]) == (5, 1, 3)
    report.facts["figures"][1]["value"] = 4
    assert not month_reports.is_intact(report)


def test_the_pdf_is_set_by_a_job_from_the_row_and_is_the_same_again(cohort: Cohort) -> None:
    report, _new = month_reports.freeze(cohort, cohort.city, date(2026, 12, 1), at=NOW)
    jobs.run_due()
    report.refresh_from_db()
    with private_files().open(report.pdf) as file:
        first = file.read()
    month_reports.print_report(report)
    with private_files().open(report.pdf) as file:
        assert file.read() == first
    document = pikepdf.open(io.BytesIO(first))
    assert len(document.pages) >= 1
    assert "𬱖然乙".encode("utf-16-be") not in first


def test_a_report_is_derived_again_whatever_was_learnt_and_changed_since(
    cohort: Cohort, units: people.Units
) -> None:
    reports = [
        month_reports.freeze(cohort, unit, date(2026, 12, 1), at=NOW)[0]
        for unit in (units.city, units.siming)
    ]
    behind, away, *_others = Student.objects.filter(cohort=cohort).order_by("pk")
    class_of.tell(behind, class_of.Pace("x", "riders", 48, 0), NOW + timedelta(days=40))
    statuses.change(away, "on_leave", reason="受伤", by=None, at=NOW + timedelta(days=41))
    statuses.transfer(behind, units.jimei, reason="换了平台", by=None, at=NOW + timedelta(days=42))
    ledger.judge_again(cohort, at=NOW + timedelta(days=90))
    for report in reports:
        again = month_reports.derive_again(report)
        assert len(again) > 10
        assert [line for line in again if line.frozen != line.derived] == []


def test_a_report_is_derived_by_the_dates_that_the_class_had(cohort: Cohort) -> None:
    report, _new = month_reports.freeze(cohort, cohort.city, date(2026, 12, 1), at=NOW)
    later = NOW + timedelta(days=20)
    class_dates.move(cohort, cohort.starts_on, date(2026, 12, 31), at=later)

    def wrong() -> list[month_reports.Again]:
        again = month_reports.derive_again(MonthReport.objects.get(pk=report.pk))
        return [line for line in again if line.frozen != line.derived]

    assert wrong() == []
    # A report of the first edition has no dates of its own: they are read from the audit.
    mine = MonthReport.objects.filter(pk=report.pk)
    mine.update(facts={key: value for key, value in report.facts.items() if key != "days"})
    assert wrong() == []
    audit.scrub(cohort)
    assert wrong() != []
    mine.update(facts=report.facts)
    assert wrong() == []


def test_a_ledger_that_somebody_changed_no_longer_gives_the_report(cohort: Cohort) -> None:
    report, _new = month_reports.freeze(cohort, cohort.city, date(2026, 12, 1), at=NOW)
    with connection.cursor() as cursor:  # past the model, as only a database administrator can
        cursor.execute("UPDATE enrollment_learningentry SET units_done = 0, courses_done = 0")
    wrong = {line.label for line in month_reports.derive_again(report) if line.frozen != line.derived}  # fmt: skip
    assert {"已完成", "平均完成率"} <= wrong
