"""The union's Monday page: few statements however large the class, figures and words as they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from enrollment.completion import rebuilding
from lms.accounts.models import User
from tests import people
from tests.desk import class_of
from tests.desk.class_of import NOW, Pace

pytestmark = pytest.mark.django_db


@pytest.fixture
def liu_at_work(client: Client, units: people.Units, liu: User) -> Client:
    class_of.build(units)
    client.force_login(liu)
    return client


def text(client: Client, path: str, at: object = NOW, *, anew: bool = True) -> str:
    with time_machine.travel(at, tick=False):  # type: ignore[arg-type]
        if anew:
            people.signs_in_anew(client)
        answer = client.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_home_says_who_is_behind_why_and_what_it_takes(liu_at_work: Client) -> None:
    html = text(liu_at_work, "/desk/union/")
    assert "已 16 天没有学习" in html
    assert "还差 1 次线下课" in html
    assert "补上约需" in html
    assert "先打电话问近况，约好这周学一讲" in html
    # Least done first; who is on track or finished is not called.
    assert html.index("册𫖯丙") < html.index("集美𬬭丁") < html.index("𬱖然乙")
    assert "怡䶮甲" not in html
    assert "集美𬭛戊" not in html


def test_the_home_asks_eight_questions_for_five_and_for_twenty_five(
    client: Client, units: people.Units, liu: User
) -> None:
    client.force_login(liu)
    counts = []
    for number, some in enumerate(
        (class_of.PACES, [Pace(f"人{n}", "riders", n, n) for n in range(20)])
    ):
        class_of.build(units, slug=f"{2026 + number}", paces=tuple(some), phones=number)
        text(client, "/desk/union/")
        with CaptureQueriesContext(connection) as asked:
            text(client, "/desk/union/", anew=False)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8


def test_the_home_says_what_the_last_comparison_with_the_ledger_found(liu_at_work: Client) -> None:
    assert "还没有与台账核对过" in text(liu_at_work, "/desk/union/")
    rebuilding.reconcile(at=NOW)
    assert "今早 10:00 与台账核对：0 处不同" in text(liu_at_work, "/desk/union/")
    html = text(liu_at_work, "/desk/union/", NOW + timedelta(days=1, hours=6))
    assert "昨天 10:00 与台账核对：0 处不同" in html


def test_the_figures_are_those_of_the_standings(liu_at_work: Client) -> None:
    html = text(liu_at_work, "/desk/union/wall/")
    assert "册𫖯丙" not in html
    for name in ("思明", "集美"):
        assert name in html
    found = text(liu_at_work, "/desk/union/figures/?by=occupation")
    assert "外卖骑手" in found


@pytest.mark.parametrize("by", ["enterprise", "occupation", "programme", "station", "month"])
def test_every_rollup_has_a_page(liu_at_work: Client, by: str) -> None:
    assert text(liu_at_work, f"/desk/union/figures/?by={by}")


@pytest.mark.parametrize("page", ["behind", "cohorts", "rules", "reports", "export", "wall"])
def test_every_page_of_the_desk_opens(liu_at_work: Client, page: str) -> None:
    assert text(liu_at_work, f"/desk/union/{page}/")


@pytest.mark.parametrize(
    "path", ["figures/?by=no", "?cohort=no", "behind/?district=no", "behind/?cohort=no"]
)
def test_what_there_is_not_is_not_found(liu_at_work: Client, path: str) -> None:
    assert liu_at_work.get(f"/desk/union/{path}").status_code == 404
