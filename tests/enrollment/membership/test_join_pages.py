"""Joining on screen: the applicant's form and receipt, the officer's queue and case."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from enrollment.applications.models import Application
from enrollment.membership import joining
from enrollment.membership.models import JoinRequest, Member
from enrollment.registry.models import Cohort
from lms.accounts.models import User
from tests import people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT
QUEUE = "/desk/members/joins/"
State = JoinRequest.State


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def wish(lin: User, cohort: Cohort, units: people.Units) -> JoinRequest:
    return cast.request_of(cast.joining(lin, cohort, units.siming, enterprise=units.riders))


def case(wish: JoinRequest, act: str = "") -> str:
    return f"{QUEUE}{wish.uuid}/" + (f"{act}/" if act else "")


class TestApplicant:
    def test_the_form_asks_and_the_submission_makes_the_request(
        self, client: Client, lin: User, cohort: Cohort, units: people.Units
    ) -> None:
        application = applicants.filled(lin, cohort, units.siming)
        client.force_login(lin)
        assert "自愿申请加入工会" in client.get("/apply/union/").content.decode()
        given = {"is_member": "False", "wants_to_join": "on", "district": units.siming.pk}
        assert client.post("/apply/union/", given).headers["Location"] == "/apply/check/"
        assert "申请入会" in client.get("/apply/check/").content.decode()
        client.post("/apply/check/")
        assert cast.request_of(application).state == State.WAITING
        receipt = client.get("/status/").content.decode()
        assert "入会申请" in receipt
        assert "思明区总工会 9月6日前办理" in receipt

    def test_joining_is_a_choice(
        self, client: Client, lin: User, cohort: Cohort, units: people.Units
    ) -> None:
        applicants.filled(lin, cohort, units.siming)
        client.force_login(lin)
        client.post("/apply/union/", {"is_member": "False", "district": units.siming.pk})
        client.post("/apply/check/")
        assert not JoinRequest.objects.exists()
        assert "入会申请" not in client.get("/status/").content.decode()

    def test_a_member_cannot_join_once_more(
        self, client: Client, lin: User, cohort: Cohort, units: people.Units
    ) -> None:
        application = applicants.filled(lin, cohort, units.siming)
        client.force_login(lin)
        given = {"is_member": "True", "wants_to_join": "on", "district": units.siming.pk}
        client.post("/apply/union/", given)
        application.refresh_from_db()
        assert not application.wants_to_join

    def test_the_wish_comes_back_with_the_draft(
        self, client: Client, lin: User, cohort: Cohort, units: people.Units
    ) -> None:
        applicants.filled(lin, cohort, units.siming, is_member=False, wants_to_join=True)
        client.force_login(lin)
        html = client.get("/apply/union/").content.decode()
        box = html[html.index('name="wants_to_join"') :]
        assert "checked" in box[: box.index(">")]

    def test_the_receipt_says_how_it_ended(
        self, client: Client, wish: JoinRequest, lin: User, wang: User, units: people.Units
    ) -> None:
        client.force_login(lin)
        joining.refuse(wish, reason="papers", words="请带劳动合同来办公室。", by=wang, at=AT)
        html = client.get("/status/").content.decode()
        assert "没有受理：身份或从业情况核对不上，请带劳动合同来办公室。报名照常审核" in html
        JoinRequest.objects.filter(pk=wish.pk).update(state=State.WAITING, decided_at=None)
        wish.refresh_from_db()
        joining.accept(wish, unit=units.riders, by=wang, at=AT)
        assert "你已经是飞送配送工会的会员" in client.get("/status/").content.decode()

    def test_a_day_that_passed_is_not_promised_any_more(
        self, client: Client, wish: JoinRequest, lin: User, time_machine: object
    ) -> None:
        client.force_login(lin)
        time_machine.move_to(AT + timedelta(days=9), tick=False)  # type: ignore[attr-defined]
        html = client.get("/status/").content.decode()
        assert "思明区总工会正在办理" in html
        assert "前办理" not in html

    def test_nobody_elses_wish_is_on_my_page(
        self, client: Client, wish: JoinRequest, yi: User, cohort: Cohort, units: people.Units
    ) -> None:
        applicants.submitted(yi, cohort, units.siming, serial=2, with_photos=False)
        client.force_login(yi)
        assert "入会申请" not in client.get("/status/").content.decode()


class TestOfficer:
    def test_the_queue_is_the_own_districts(
        self, client: Client, wish: JoinRequest, wang: User, jimei_officer: User, liu: User
    ) -> None:
        seen = {}
        for user in (wang, jimei_officer, liu):
            client.force_login(user)
            seen[user.username] = str(wish.uuid) in client.get(QUEUE).content.decode()
        assert seen == {"wang": True, "su": False, "liu": True}

    def test_another_districts_wish_does_not_exist_for_me(
        self, client: Client, wish: JoinRequest, jimei_officer: User
    ) -> None:
        client.force_login(jimei_officer)
        assert client.get(case(wish)).status_code == 404
        assert client.post(case(wish, "accept")).status_code == 404
        assert client.post(case(wish, "refuse")).status_code == 404
        assert client.get(f"{QUEUE}{uuid4()}/").status_code == 404

    @pytest.mark.parametrize("who", ["outsider", "lin", "chen", "he", "wu", "zheng", "zhou"])
    def test_other_roles_see_nothing(
        self, client: Client, wish: JoinRequest, who: str, request: pytest.FixtureRequest
    ) -> None:
        client.force_login(request.getfixturevalue(who))
        for url in (QUEUE, case(wish)):
            assert client.get(url).status_code == 403, url
        for act in ("accept", "refuse"):
            assert client.post(case(wish, act)).status_code == 403, act

    def test_the_case_shows_masks_and_the_enterprise_first(
        self, client: Client, wish: JoinRequest, wang: User, units: people.Units
    ) -> None:
        client.force_login(wang)
        html = client.get(case(wish)).content.decode()
        assert applicants.id_number(1) not in html
        assert "13700000001" not in html
        assert "137****0001" in html
        assert f'value="{units.riders.pk}" selected' in html
        assert f"/desk/review/{wish.application.uuid}/" in html

    def test_the_reviewer_of_the_application_finds_the_wish(
        self, client: Client, wish: JoinRequest, wang: User, zhou: User, units: people.Units
    ) -> None:
        review = f"/desk/review/{wish.application.uuid}/"
        client.force_login(wang)
        assert case(wish) in client.get(review).content.decode()
        client.force_login(zhou)  # the registrar reads applications and answers no wishes
        assert case(wish) not in client.get(review).content.decode()
        joining.accept(wish, unit=units.riders, by=wang, at=AT)
        client.force_login(wang)
        assert case(wish) not in client.get(review).content.decode()

    def test_yes_makes_a_member_and_leads_back_to_the_queue(
        self, client: Client, wish: JoinRequest, wang: User, units: people.Units
    ) -> None:
        client.force_login(wang)
        response = client.post(case(wish, "accept"), {"accept-unit": units.riders.pk}, follow=True)
        assert "林师傅已编入飞送配送工会" in response.content.decode()
        assert Member.objects.get().unit == units.riders
        assert "已入会" in client.get(QUEUE + "?tab=decided").content.decode()
        assert "同意入会" not in client.get(case(wish)).content.decode()

    @pytest.mark.parametrize("unit", ["", "nonsense", "jimei"])
    def test_a_unit_elsewhere_is_refused_with_the_case_still_there(
        self, client: Client, wish: JoinRequest, wang: User, units: people.Units, unit: str
    ) -> None:
        client.force_login(wang)
        given = {"accept-unit": units.jimei.pk if unit == "jimei" else unit}
        response = client.post(case(wish, "accept"), given)
        assert response.status_code == 400
        assert "同意入会" in response.content.decode()
        assert not Member.objects.exists()

    @pytest.mark.parametrize(
        "given",
        [{}, {"refuse-reason": "nonsense"}, {"refuse-reason": "other"}],
    )
    def test_a_no_without_a_reason_is_refused(
        self, client: Client, wish: JoinRequest, wang: User, given: dict[str, str]
    ) -> None:
        client.force_login(wang)
        response = client.post(case(wish, "refuse"), given)
        assert response.status_code == 400
        wish.refresh_from_db()
        assert wish.state == State.WAITING

    def test_what_was_typed_stays(self, client: Client, wish: JoinRequest, wang: User) -> None:
        client.force_login(wang)
        html = client.post(case(wish, "refuse"), {"refuse-words": "请本人来一趟"}).content.decode()
        assert "请本人来一趟" in html
        assert "请选择一个原因" in html

    def test_no_with_a_reason_is_written_down(
        self, client: Client, wish: JoinRequest, wang: User
    ) -> None:
        client.force_login(wang)
        given = {"refuse-reason": "other", "refuse-words": "同名同姓，请先核实"}
        assert client.post(case(wish, "refuse"), given).headers["Location"] == QUEUE
        wish.refresh_from_db()
        assert (wish.state, wish.words, wish.decided_by) == (
            State.REFUSED, "同名同姓，请先核实", wang
        )  # fmt: skip
        assert "同名同姓，请先核实" in client.get(case(wish)).content.decode()

    def test_a_colleague_was_quicker(
        self, client: Client, wish: JoinRequest, wang: User, liu: User, units: people.Units
    ) -> None:
        joining.accept(wish, unit=units.riders, by=liu, at=AT)
        client.force_login(wang)
        response = client.post(case(wish, "refuse"), {"refuse-reason": "papers"})
        assert response.status_code == 409
        assert "刚刚有变动" in response.content.decode()

    def test_answers_are_posts(self, client: Client, wish: JoinRequest, wang: User) -> None:
        client.force_login(wang)
        for act in ("accept", "refuse"):
            assert client.get(case(wish, act)).status_code == 405
        assert client.post(QUEUE).status_code == 405
        assert client.post(case(wish)).status_code == 405

    def test_who_waits_too_long_is_marked(
        self, client: Client, wish: JoinRequest, wang: User, time_machine: object
    ) -> None:
        client.force_login(wang)
        assert "9月6日前办" in client.get(QUEUE).content.decode()
        time_machine.move_to(AT + timedelta(days=9), tick=False)  # type: ignore[attr-defined]
        people.signs_in_anew(client)
        assert "已等 9 天，超期" in client.get(QUEUE).content.decode()

    @pytest.mark.parametrize("count", [3, 30])
    def test_the_queue_costs_the_same_for_three_and_for_thirty(
        self,
        client: Client,
        cohort: Cohort,
        units: people.Units,
        wang: User,
        count: int,
        django_assert_max_num_queries: object,
    ) -> None:
        for serial in range(1, count + 1):
            cast.joining(applicants.rider(serial), cohort, units.siming, serial=serial)
        client.force_login(wang)
        client.get(QUEUE)
        with django_assert_max_num_queries(7):  # type: ignore[operator]
            client.get(QUEUE)
        assert Application.objects.count() == count
