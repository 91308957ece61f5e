"""Figures for everybody: sums, never a few people, never by subtraction."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from enrollment.completion import ledger, rules
from enrollment.registry.models import Cohort
from enrollment.registry.public_figures import LEAST, cells, figures
from tests import factories, people


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 40), max_size=6))
def test_no_small_cell_is_said_nor_found_by_subtraction(counts: dict[str, int]) -> None:
    shown = cells(counts)
    assert all(count is None or count == 0 or count >= LEAST for count in shown.values())
    assert all(count is None or count == counts[name] for name, count in shown.items())
    hidden = [name for name, count in shown.items() if count is None]
    others = [name for name, count in counts.items() if count and name not in hidden]
    assert len(hidden) != 1 or not others


@pytest.mark.django_db
def test_the_page_says_sums_and_no_name(
    client: Client, units: people.Units, time_machine: Any
) -> None:
    time_machine.move_to(people.AT, tick=False)
    for serial in range(9):
        programme = "LOG" if serial < 7 else "NM"
        factories.make_student(units, "阿怡", f"+86137000005{serial:02d}", programme=programme)
    html = client.get("/figures/").content.decode()
    assert "现代物流管理 –，网络营销 –" in html
    assert ">9<" in html
    assert "阿怡" not in html
    assert client.post("/figures/").status_code == 405


@pytest.mark.django_db
def test_a_small_class_is_not_had_by_subtracting_the_others_from_the_total(
    client: Client, units: people.Units, time_machine: Any
) -> None:
    time_machine.move_to(people.AT, tick=False)
    small = factories.make_cohort(units, slug="2025")
    Cohort.objects.filter(pk=small.pk).update(year=2025)
    small.refresh_from_db()
    for serial in range(12):
        cohort = small if serial < 3 else None
        factories.make_student(units, "阿怡", f"+86137000006{serial:02d}", cohort=cohort)
    known = figures(people.AT)
    assert known.students == 12
    assert [one.students for one in known.classes] == [None, None]
    assert all(count is None for one in known.classes for _title, count in one.programmes)


@pytest.mark.django_db
def test_what_few_finished_is_not_had_from_the_other_class(units: people.Units) -> None:
    small = factories.make_cohort(units, slug="2025")
    Cohort.objects.filter(pk=small.pk).update(year=2025)
    small.refresh_from_db()
    done = rules.LearningFacts(4, 4, 1, 1, 1, 0, people.AT)
    for serial in range(14):
        cohort = small if serial < 6 else None
        student = factories.make_student(units, "阿怡", f"+86137000007{serial:02d}", cohort=cohort)
        if serial >= 4:  # two of the six, and all of the eight
            ledger.report_learning(student, done, at=people.AT)
    known = figures(people.AT)
    assert (known.students, known.finished) == (14, 10)
    assert sorted(one.students or 0 for one in known.classes) == [6, 8]
    assert [one.finished for one in known.classes] == [None, None]
