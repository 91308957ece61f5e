"""A year after an intake closed, papers of people without a place are gone by themselves."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from django.core.management import call_command

from enrollment.applications import drafts, offers
from enrollment.applications.models import Application, Evidence
from enrollment.own_data import keeping
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base.jobs.models import Job
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT
LAST_DAY = datetime(2027, 9, 30, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
DAY_AFTER = datetime(2027, 9, 30, 17, 0, tzinfo=UTC)


def test_not_a_day_too_early(draft: Application) -> None:
    assert keeping.forget_overdue(at=LAST_DAY) == 0
    assert Evidence.objects.count() == 3


def test_drafts_and_ended_ones_are_erased_with_their_accounts(
    draft: Application, lin: User, yi: User, cohort: Cohort, units: people.Units
) -> None:
    ended = cast.submitted(yi, cohort, units.siming, serial=2)
    drafts.withdraw(ended, by=yi, at=AT)
    told = Job.objects.count()
    assert keeping.forget_overdue(at=DAY_AFTER) == 2
    assert set(Application.objects.values_list("name", flat=True)) == {""}
    assert not Evidence.objects.exists()
    for user in (lin, yi):
        user.refresh_from_db()
        assert not user.phone
    assert Job.objects.count() == told  # no text message years later
    assert keeping.forget_overdue(at=DAY_AFTER) == 0


def test_who_holds_a_place_is_not_touched(cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    assert keeping.forget_overdue(at=DAY_AFTER) == 1  # the one who still waits
    kept = Application.objects.exclude(name="")
    assert {each.pk for each in kept} == {each.pk for each in in_order[:2]}


def test_who_applies_again_keeps_the_account(
    draft: Application, lin: User, cohort: Cohort, units: people.Units
) -> None:
    later = Cohort.objects.create(
        slug="2027", name="2027 级", year=2027, city=units.city, college="海州开放大学",
        opens_on="2027-09-20", closes_on="2027-10-30", decides_on="2027-11-10",
        starts_on="2027-11-20", ends_on="2030-01-01", tuition_fen=1, union_share_fen=0,
    )  # fmt: skip
    later.refresh_from_db()
    running = drafts.start(lin, later, by=lin, at=DAY_AFTER)
    keeping.forget_overdue(at=DAY_AFTER)
    lin.refresh_from_db()
    assert (bool(lin.phone), lin.is_active) == (True, True)
    assert Application.objects.get(pk=running.pk).erased_at is None
    assert Application.objects.get(pk=draft.pk).erased_at == DAY_AFTER


def test_a_trial_run_counts_and_erases_nothing(draft: Application, time_machine: object) -> None:
    time_machine.move_to(DAY_AFTER, tick=False)  # type: ignore[attr-defined]
    said = io.StringIO()
    call_command("forget_old", "--dry-run", stdout=said)
    assert said.getvalue() == "2026 draft 1\n"
    assert Application.objects.get().name == "林师傅"
    said = io.StringIO()
    call_command("forget_old", stdout=said)
    assert said.getvalue() == "1 erased\n"
