"""The applicant's own page, state by state."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from enrollment.applications import admission, offers, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT + timedelta(hours=1), tick=False)  # type: ignore[attr-defined]


def status(client: Client, user: User) -> str:
    client.force_login(user)
    response = client.get("/status/")
    assert response.status_code == 200
    return response.content.decode()


def test_who_never_applied_is_shown_the_way(client: Client, outsider: User) -> None:
    assert "还没有报名" in status(client, outsider)


def test_a_draft_can_be_continued(client: Client, draft: Application, lin: User) -> None:
    html = status(client, lin)
    assert "接着填" in html
    assert "撤回报名" in html


def test_a_returned_application_names_the_place_to_mend(
    client: Client, submitted: Application, lin: User, office: cast.Office
) -> None:
    review.decide(
        submitted, "return", stage=State.SUBMITTED, by=office.district, at=AT,
        reason="diploma", words="少了盖章那一页",
    )  # fmt: skip
    html = status(client, lin)
    assert "毕业证书看不清或不符" in html
    assert "少了盖章那一页" in html
    assert '/apply/photos/?check"' in html
    assert "9月8日前改好" in html
    assert client.get("/apply/check/").status_code == 200
    assert client.post("/apply/check/").headers["Location"] == "/status/"
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_a_rejected_application_says_why(
    client: Client, submitted: Application, lin: User, office: cast.Office
) -> None:
    review.decide(
        submitted, "reject", stage=State.SUBMITTED, by=office.district, at=AT, reason="has_degree"
    )
    html = status(client, lin)
    assert "已有大专及以上学历" in html
    assert "撤回报名" not in html


def test_the_ranking_is_secret_until_published(
    client: Client, submitted: Application, lin: User, office: cast.Office, cohort: Cohort
) -> None:
    from enrollment.applications import selection

    office.passes(submitted)
    selection.rank(cohort, seed="1", by=None, at=AT)
    assert "第 1 名" not in status(client, lin)
    selection.publish(cohort, by=None, at=AT)
    html = status(client, lin)
    assert "第 1 名" in html
    assert "工会会员年限（4 年）" in html
    assert "候补第一位" in html


def test_who_waits_sees_how_many_come_first(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    in_order = cast.published(cohort, office, 5)
    offers.fill(cohort, by=None, at=AT)
    assert "前面还有 2 人" in status(client, in_order[4].user)


def test_an_offer_is_accepted_on_the_page(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    (held,) = cast.offered(cohort, office)
    html = status(client, held.user)
    assert "恭喜，你被录取了" in html
    assert "现代物流管理" in html
    assert "2,000 元" in html
    assert "请在 9月6日（含）以前确认" in html
    assert client.get("/status/accept/").status_code == 405
    page = client.post("/status/accept/", follow=True).content.decode()
    assert "入学已确认" in page
    assert "确认期限已过" in client.post("/status/accept/", follow=True).content.decode()


def test_declining_gives_the_place_on(client: Client, cohort: Cohort, office: cast.Office) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    client.force_login(in_order[0].user)
    assert "你已放弃录取" in client.post("/status/decline/", follow=True).content.decode()
    assert Application.objects.get(pk=in_order[2].pk).state == State.OFFERED


def test_too_late_is_told_and_changes_nothing(
    client: Client, cohort: Cohort, office: cast.Office, time_machine: object
) -> None:
    (held,) = cast.offered(cohort, office)
    time_machine.move_to(cast.LATER)  # type: ignore[attr-defined]
    client.force_login(held.user)
    assert "确认期限已过" in client.post("/status/accept/", follow=True).content.decode()
    held.refresh_from_db()
    assert held.state == State.OFFERED


def test_nobody_accepts_for_another(
    client: Client, cohort: Cohort, office: cast.Office, outsider: User
) -> None:
    (held,) = cast.offered(cohort, office)
    client.force_login(outsider)
    for act in ("accept", "decline", "withdraw"):
        assert client.post(f"/status/{act}/").status_code == 302
    held.refresh_from_db()
    assert held.state == State.OFFERED


def test_a_student_is_welcomed(client: Client, cohort: Cohort, office: cast.Office) -> None:
    (held,) = cast.offered(cohort, office)
    offers.accept(held, by=held.user, at=AT)
    admission.matriculate(held, by=None, at=AT)
    html = status(client, held.user)
    assert "欢迎入学" in html
    assert "撤回报名" not in html


@pytest.mark.parametrize("count", [2, 6])
def test_the_page_costs_the_same_however_many_wait(
    client: Client,
    cohort: Cohort,
    office: cast.Office,
    count: int,
    django_assert_max_num_queries: object,
) -> None:
    in_order = cast.published(cohort, office, count)
    client.force_login(in_order[-1].user)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get("/status/")
