"""The registrar's board: every step of a year, for registrars only."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.applications import offers
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort, Place, Student
from lms.accounts import approvals
from lms.accounts.approvals import Approval
from lms.accounts.models import OrgUnit, Role, User
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT
BOARD = "/desk/registrar/2026/"


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def desk(client: Client, zhou: User) -> Client:
    client.force_login(zhou)
    return client


def states(cohort: Cohort) -> list[str]:
    return list(
        Application.objects.filter(cohort=cohort).order_by("pk").values_list("state", flat=True)
    )


def test_from_ranking_to_the_roll_by_clicks(
    desk: Client,
    cohort: Cohort,
    office: cast.Office,
    liu: User,
) -> None:
    for serial in (1, 2, 3):
        application = cast.submitted(
            cast.rider(serial), cohort, office.units.siming, serial=serial, with_photos=False
        )
        office.passes(application)
    assert desk.get("/desk/registrar/").headers["Location"] == BOARD
    assert "给 3 人排名" in desk.get(BOARD).content.decode()
    assert "抽签种子" in desk.post(BOARD + "rank/", {"seed": ""}, follow=True).content.decode()
    page = desk.post(BOARD + "rank/", {"seed": "3 8 12"}, follow=True).content.decode()
    assert "已给 3 人排名" in page
    assert "提交公示 3 人" in page
    assert "已提交 3 人的公示" in desk.post(BOARD + "publish/", follow=True).content.decode()
    assert "已发放 0 个名额" in desk.post(BOARD + "offer/", follow=True).content.decode()
    approvals.grant(Approval.objects.get(), by=liu, at=AT)
    assert "已发放 2 个名额" in desk.post(BOARD + "offer/", follow=True).content.decode()
    for held in Application.objects.filter(state=State.OFFERED):
        offers.accept(held, by=held.user, at=AT)
    one = Application.objects.filter(state=State.ACCEPTED).order_by("rank")[0]
    single = desk.post(f"/desk/applications/{one.uuid}/matriculate/", follow=True)
    assert "已注册，学号 2026-LOG-001" in single.content.decode()
    assert "已注册 1 人" in desk.post(BOARD + "matriculate/", follow=True).content.decode()
    assert Student.objects.count() == 2
    assert "收回 0 个" in desk.post(BOARD + "expire/", follow=True).content.decode()


def test_steps_out_of_turn_are_told_and_change_nothing(
    desk: Client,
    cohort: Cohort,
) -> None:
    assert "没有等待公示" in desk.post(BOARD + "publish/", follow=True).content.decode()
    assert (
        "还没有复核通过" in desk.post(BOARD + "rank/", {"seed": "1"}, follow=True).content.decode()
    )
    assert "已发放 0 个" in desk.post(BOARD + "offer/", follow=True).content.decode()
    assert desk.post(BOARD + "abolish/").status_code == 404


def test_nobody_is_matriculated_before_accepting(
    desk: Client,
    cohort: Cohort,
    office: cast.Office,
) -> None:
    (held,) = cast.offered(cohort, office)
    page = desk.post(f"/desk/applications/{held.uuid}/matriculate/", follow=True)
    assert "不能这样办理" in page.content.decode()
    assert not Student.objects.exists()


def test_the_quota_is_changed_but_never_below_held_places(
    desk: Client,
    cohort: Cohort,
    office: cast.Office,
) -> None:
    cast.offered(cohort, office, 2)
    places = Place.objects.filter(cohort=cohort, programme__code="LOG")
    quota = {"programme": "LOG", "places": "1"}
    assert "不能减少到 1 个" in desk.post(BOARD + "quota/", quota, follow=True).content.decode()
    desk.post(BOARD + "quota/", quota | {"places": "5"})
    assert places.count() == 5
    for bad in ({}, {"programme": "LOG", "places": "-1"}, {"programme": "XX", "places": "3"}):
        assert "0 到 2000" in desk.post(BOARD + "quota/", bad, follow=True).content.decode()
    assert places.count() == 5


@pytest.mark.parametrize("who", ["outsider", "wang", "liu", "chen", "he", "wu", "zheng"])
def test_other_roles_are_kept_out(
    client: Client,
    cohort: Cohort,
    who: str,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/desk/registrar/").status_code == 403
    assert client.get(BOARD).status_code == 403
    for act in ("rank", "publish", "offer", "expire", "matriculate", "quota"):
        assert client.post(f"{BOARD}{act}/").status_code == 403


def test_another_citys_registrar_finds_nothing(client: Client, cohort: Cohort) -> None:
    elsewhere = OrgUnit.objects.create(kind="city", name="山州市总工会", short_name="山", code="1")
    other = people.make_staff(Role.REGISTRAR, "别处", username="other", unit=elsewhere)
    client.force_login(other)
    assert client.get(BOARD).status_code == 404
    assert client.post(BOARD + "publish/").status_code == 404
    assert "还没有班级" in client.get("/desk/registrar/").content.decode()


@pytest.mark.parametrize("page", ["registrar", "roll", "fees", "letters", "kits"])
def test_a_desk_without_a_class_says_where_to_make_one(desk: Client, page: str) -> None:
    html = desk.get(reverse(f"enrollment:{page}")).content.decode()
    assert f'<a class="button button--secondary" href="{reverse("enrollment:set_up")}">' in html


def test_steps_are_posts(desk: Client, cohort: Cohort) -> None:
    assert desk.get(BOARD + "rank/").status_code == 405
    assert desk.get(BOARD + "quota/").status_code == 405
    assert desk.post(BOARD).status_code == 405


@pytest.mark.parametrize("count", [5, 50])
def test_the_board_costs_the_same_for_five_and_for_fifty(
    desk: Client,
    cohort: Cohort,
    office: cast.Office,
    count: int,
    django_assert_num_queries: object,
) -> None:
    cast.published(cohort, office, count)
    desk.get(BOARD)
    with django_assert_num_queries(14):  # type: ignore[operator]
        desk.get(BOARD)


def test_the_published_order_masks_names_and_tells_the_seed(
    client: Client,
    cohort: Cohort,
    office: cast.Office,
) -> None:
    assert client.get("/ranking/2026/").status_code == 404
    in_order = cast.published(cohort, office, 2)
    html = client.get("/ranking/2026/").content.decode()
    assert "3 8 12" in html
    assert in_order[0].number in html
    assert in_order[0].name not in html
    assert "骑*1" in html
    assert client.post("/ranking/2026/").status_code == 405
