"""The reviewers' screens: who sees what, what a decision does, what a reveal leaves behind."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.applications import review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from lms.base import audit
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT
QUEUE = "/desk/review/"


def case(application: Application, act: str = "") -> str:
    return f"/desk/review/{application.uuid}/" + (f"{act}/" if act else "")


def passing(stage: str = "submitted") -> dict[str, str]:
    return {"verdict": "pass", "stage": stage}


@pytest.fixture
def several(cohort: Cohort, units: people.Units) -> list[Application]:
    """Three in 思明, two in 集美."""
    return [
        cast.submitted(
            cast.rider(serial),
            cohort,
            units.siming if serial <= 3 else units.jimei,
            serial=serial,
            with_photos=False,
        )
        for serial in range(1, 6)
    ]


def test_officers_see_their_own_district_only(
    client: Client, several: list[Application], office: cast.Office, jimei_officer: User
) -> None:
    client.force_login(office.district)
    html = client.get(QUEUE).content.decode()
    assert [str(each.uuid) in html for each in several] == [True] * 3 + [False] * 2
    client.force_login(jimei_officer)
    html = client.get(QUEUE + "?tab=all").content.decode()
    assert [str(each.uuid) in html for each in several] == [False] * 3 + [True] * 2


@pytest.mark.parametrize("who", ["outsider", "chen", "he", "wu", "zheng"])
def test_other_roles_see_nothing(
    client: Client, submitted: Application, who: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(who))
    for url in (QUEUE, case(submitted), case(submitted, "photos/work"), "/desk/review/many/"):
        assert client.get(url).status_code == 403, url
    assert client.post(case(submitted, "decide"), passing()).status_code == 403
    assert client.post(case(submitted, "reveal")).status_code == 403


def test_the_registrar_reads_a_case_without_photos_and_goes_back_to_the_class(
    client: Client, zhou: User, submitted: Application
) -> None:
    client.force_login(zhou)
    html = client.get(case(submitted)).content.decode()
    assert submitted.evidence.exists()
    assert "/photos/" not in html
    assert "照片只给审核人员看" in html
    assert f'<a class="back-link" href="/desk/registrar/{submitted.cohort.slug}/">' in html


def test_signed_out_visitors_are_sent_to_sign_in(client: Client, submitted: Application) -> None:
    assert client.get(QUEUE).status_code == 302
    assert client.get(case(submitted)).headers["Location"].startswith("/sign-in/")


def test_another_districts_case_does_not_exist_for_me(
    client: Client, submitted: Application, jimei_officer: User
) -> None:
    client.force_login(jimei_officer)
    assert client.get(case(submitted)).status_code == 404
    assert client.get(case(submitted, "photos/work")).status_code == 404
    assert client.post(case(submitted, "decide"), passing()).status_code == 404
    reveal = {"what": "id_number", "why": "card"}
    assert client.post(case(submitted, "reveal"), reveal).status_code == 404
    assert client.get(f"/desk/review/{uuid4()}/").status_code == 404


def test_the_case_shows_masks_and_ticks(
    client: Client, submitted: Application, office: cast.Office
) -> None:
    client.force_login(office.district)
    html = client.get(case(submitted)).content.decode()
    assert cast.id_number(1) not in html
    assert "3502**********" in html
    assert "137****0001" in html
    assert "校验位正确，36 岁" in html


def test_a_reveal_shows_once_and_is_written_down(
    client: Client, submitted: Application, office: cast.Office
) -> None:
    client.force_login(office.district)
    reveal = {"what": "id_number", "why": "card"}
    response = client.post(case(submitted, "reveal"), reveal)
    assert cast.id_number(1) in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    row = audit.trail(submitted)[0]
    assert (row.action, row.actor, row.data["field"]) == (
        "private.revealed", office.district, "id_number"
    )  # fmt: skip
    assert cast.id_number(1) not in client.get(case(submitted)).content.decode()
    phone = client.post(case(submitted, "reveal"), {"what": "phone", "why": "call"})
    assert "13700000001" in phone.content.decode()


@pytest.mark.parametrize(
    "given",
    [{}, {"what": "id_number"}, {"what": "password", "why": "card"}, {"what": "phone", "why": "x"}],
)
def test_a_reveal_without_a_reason_shows_nothing(
    client: Client, submitted: Application, office: cast.Office, given: dict[str, str]
) -> None:
    client.force_login(office.district)
    response = client.post(case(submitted, "reveal"), given)
    assert response.status_code == 400
    assert cast.id_number(1) not in response.content.decode()
    assert "private.revealed" not in {row.action for row in audit.trail(submitted)}


def test_photos_come_with_the_reviewers_name_and_leave_a_trace(
    client: Client, submitted: Application, office: cast.Office
) -> None:
    client.force_login(office.district)
    response = client.get(case(submitted, "photos/id_front"))
    assert response.headers["Content-Type"] == "image/jpeg"
    assert audit.trail(submitted)[0].action == "evidence.viewed"
    assert client.get(case(submitted, "photos/portrait")).status_code == 404


def test_a_pass_leads_to_the_next_case(
    client: Client, several: list[Application], office: cast.Office
) -> None:
    client.force_login(office.district)
    response = client.post(case(several[0], "decide"), passing())
    assert response.headers["Location"] == case(several[1])
    several[0].refresh_from_db()
    assert several[0].state == State.DISTRICT
    client.post(case(several[1], "decide"), passing())
    assert client.post(case(several[2], "decide"), passing()).headers["Location"] == QUEUE


def test_a_colleague_was_quicker(
    client: Client, submitted: Application, office: cast.Office
) -> None:
    review.decide(submitted, "pass", stage=State.SUBMITTED, by=office.district, at=AT)
    client.force_login(office.district)
    response = client.post(case(submitted, "decide"), passing())
    assert response.status_code == 409
    assert "刚刚有变动" in response.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"verdict": "pass"},
        {"verdict": "bless", "stage": "submitted"},
        {"verdict": "pass", "stage": "offered"},
        {"verdict": "return", "stage": "submitted"},
        {"verdict": "reject", "stage": "submitted", "reason": "diploma"},
    ],
)
def test_bad_decisions_are_refused_with_the_case_still_there(
    client: Client, submitted: Application, office: cast.Office, given: dict[str, str]
) -> None:
    client.force_login(office.district)
    response = client.post(case(submitted, "decide"), given)
    assert response.status_code == 400
    assert "审核意见" in response.content.decode()
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_decisions_are_posts(client: Client, submitted: Application, office: cast.Office) -> None:
    client.force_login(office.district)
    assert client.get(case(submitted, "decide")).status_code == 405
    assert client.get(case(submitted, "reveal")).status_code == 405
    assert client.post(QUEUE).status_code == 405


def test_the_city_passes_several_with_a_preview(
    client: Client, several: list[Application], office: cast.Office
) -> None:
    for application in several[:3]:
        office.district_passes(application)
    several[2].hardship = True
    several[2].save()
    client.force_login(office.city)
    html = client.get("/desk/review/many/").content.decode()
    assert str(several[0].uuid) in html
    assert str(several[2].uuid) not in html
    assert "另有 1 份" in html
    chosen = [str(several[0].uuid), str(several[1].uuid), str(several[4].uuid)]
    page = client.post("/desk/review/many/", {"uuid": chosen}, follow=True).content.decode()
    assert "已通过 2 份" in page
    assert "1 份刚刚有变动" in page
    several[4].refresh_from_db()
    assert several[4].state == State.SUBMITTED
    assert client.post("/desk/review/many/", {"uuid": "nonsense"}).status_code == 404


def test_the_district_has_no_bulk_pass(client: Client, office: cast.Office) -> None:
    client.force_login(office.district)
    assert client.get("/desk/review/many/").status_code == 403


def test_the_same_photo_of_two_people_is_noticed(
    client: Client, cohort: Cohort, units: people.Units, office: cast.Office, submitted: Application
) -> None:
    twin = cast.submitted(
        cast.rider(2), cohort, units.siming, serial=1, id_number=cast.id_number(2)
    )
    client.force_login(office.district)
    assert "与别人交的是同一张" in client.get(case(twin)).content.decode()


@pytest.mark.parametrize("count", [5, 50])
def test_the_queue_costs_the_same_for_five_and_for_fifty(
    client: Client,
    cohort: Cohort,
    office: cast.Office,
    count: int,
    django_assert_num_queries: object,
) -> None:
    for serial in range(1, count + 1):
        cast.submitted(
            cast.rider(serial), cohort, office.units.siming, serial=serial, with_photos=False
        )
    client.force_login(office.district)
    client.get(QUEUE)
    with django_assert_num_queries(14):  # type: ignore[operator]
        client.get(QUEUE)
    assert reverse("enrollment:review_queue") == QUEUE
