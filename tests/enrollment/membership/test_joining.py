"""A non-member joins by the form: asked with the application, decided by the district."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enrollment.applications import drafts, review
from enrollment.applications.flow import State as ApplicationState
from enrollment.applications.models import Application
from enrollment.membership import joining
from enrollment.membership.models import JoinRequest, Member
from enrollment.registry.models import Cohort
from lms.accounts.models import TextMessage, User
from lms.base import audit
from lms.base.errors import NotAllowed
from lms.base.jobs import api as jobs
from tests import people
from tests.enrollment.applications import cast as applicants
from tests.enrollment.membership import cast
from tests.enrollment.membership.test_register import tick

pytestmark = pytest.mark.django_db
AT = people.AT
State = JoinRequest.State


@pytest.fixture
def wish(lin: User, cohort: Cohort, units: people.Units) -> JoinRequest:
    """林师傅's request to the first district."""
    return cast.request_of(cast.joining(lin, cohort, units.siming))


def test_submitting_makes_a_request_for_the_district(
    wish: JoinRequest, units: people.Units, lin: User
) -> None:
    assert (wish.district, wish.state, wish.asked_at) == (units.siming, State.WAITING, AT)
    assert audit.trail(wish)[0].action == "join.asked"
    assert audit.trail(wish)[0].actor == lin
    assert tick(wish.application) == ("look", "还不是会员，入会申请待区工会办理")


@pytest.mark.parametrize(
    "answers",
    [{"wants_to_join": False}, {"is_member": True, "member_since": date(2022, 1, 1)}],
)
def test_nobody_joins_who_did_not_ask(
    lin: User, cohort: Cohort, units: people.Units, answers: dict[str, object]
) -> None:
    cast.joining(lin, cohort, units.siming, **answers)
    assert not JoinRequest.objects.exists()


def test_a_draft_asks_for_nothing_yet(lin: User, cohort: Cohort, units: people.Units) -> None:
    applicants.filled(lin, cohort, units.siming, is_member=False, wants_to_join=True)
    assert not JoinRequest.objects.exists()


def test_somebody_whom_the_register_knows_needs_no_request(
    lin: User, cohort: Cohort, units: people.Units
) -> None:
    cast.member(units.riders)
    application = cast.joining(lin, cohort, units.siming)
    assert not JoinRequest.objects.exists()
    assert tick(application)[0] == "ok"


def test_somebody_who_left_asks_again_and_comes_back(
    lin: User, cohort: Cohort, units: people.Units, wang: User
) -> None:
    was = cast.member(units.jimei, left_on=date(2024, 1, 1))
    request = cast.request_of(cast.joining(lin, cohort, units.siming))
    joining.accept(request, unit=units.riders, by=wang, at=AT)
    was.refresh_from_db()
    assert (was.left_on, was.unit, was.district) == (None, units.riders, units.siming)
    assert was.member_since == date(2026, 9, 1)


def test_acceptance_makes_a_member_whom_the_tick_knows(
    wish: JoinRequest, units: people.Units, wang: User
) -> None:
    member = joining.accept(wish, unit=units.riders, by=wang, at=AT)
    assert member.id_number.plain() == applicants.id_number(1)
    assert member.phone.plain() == "+8613700000001"
    assert tick(wish.application) == ("ok", "会员册：2026年9月1日 入会，飞送配送工会")
    assert audit.trail(wish)[0].action == "join.accepted"


def test_a_register_elsewhere_need_not_know_it_yet(
    wish: JoinRequest, units: people.Units, wang: User, settings: object
) -> None:
    joining.accept(wish, unit=units.riders, by=wang, at=AT)
    settings.MEMBER_REGISTER = "tests.enrollment.membership.test_register.Away"  # type: ignore[attr-defined]
    assert tick(wish.application) == ("ok", "入会申请已受理，会员册还没有更新")


def test_acceptance_is_told_once_by_text_message(
    wish: JoinRequest, units: people.Units, wang: User
) -> None:
    joining.accept(wish, unit=units.riders, by=wang, at=AT)
    jobs.run_due()
    jobs.run_due()
    texts = [each.text.plain() for each in TextMessage.objects.filter(about="join accepted")]
    assert len(texts) == 1
    assert "飞送配送工会已受理" in texts[0]


def test_a_refusal_says_why_and_leaves_the_application_alone(wish: JoinRequest, wang: User) -> None:
    joining.refuse(wish, reason="not_here", by=wang, at=AT)
    jobs.run_due()
    told = TextMessage.objects.get(about="join refused").text.plain()
    assert "不在本区工作" in told
    wish.application.refresh_from_db()
    assert wish.application.state == ApplicationState.SUBMITTED
    assert tick(wish.application) == ("look", "还不是会员，入会申请没有受理")
    assert not Member.objects.exists()


@pytest.mark.parametrize(
    ("reason", "words"), [("", ""), ("nonsense", "说明"), ("other", ""), ("other", "  ")]
)
def test_a_refusal_without_a_reason_is_refused(
    wish: JoinRequest, wang: User, reason: str, words: str
) -> None:
    with pytest.raises(joining.JoinReasonMissing):
        joining.refuse(wish, reason=reason, words=words, by=wang, at=AT)
    wish.refresh_from_db()
    assert wish.state == State.WAITING


def test_another_district_decides_nothing(
    wish: JoinRequest, jimei_officer: User, units: people.Units
) -> None:
    with pytest.raises(NotAllowed):
        joining.accept(wish, unit=units.riders, by=jimei_officer, at=AT)
    with pytest.raises(NotAllowed):
        joining.refuse(wish, reason="papers", by=jimei_officer, at=AT)


def test_the_city_may_stand_in(wish: JoinRequest, liu: User, units: people.Units) -> None:
    joining.accept(wish, unit=units.siming, by=liu, at=AT)
    assert wish.state == State.ACCEPTED


def test_nobody_becomes_member_of_another_districts_unit(
    wish: JoinRequest, wang: User, units: people.Units
) -> None:
    with pytest.raises(joining.UnitElsewhere):
        joining.accept(wish, unit=units.jimei, by=wang, at=AT)


def test_of_two_officers_with_the_page_open_one_decides(
    wish: JoinRequest, wang: User, liu: User, units: people.Units
) -> None:
    stale = cast.request_of(wish.application)
    joining.accept(wish, unit=units.riders, by=wang, at=AT)
    with pytest.raises(joining.AlreadyDecided):
        joining.refuse(stale, reason="papers", by=liu, at=AT)
    stale.refresh_from_db()
    assert (stale.state, stale.reason) == (State.ACCEPTED, "")


def test_withdrawing_the_application_takes_the_request_back(
    wish: JoinRequest, lin: User, wang: User, units: people.Units
) -> None:
    drafts.withdraw(wish.application, by=lin, at=AT)
    with pytest.raises(joining.AlreadyDecided):
        joining.accept(wish, unit=units.riders, by=wang, at=AT)
    wish.refresh_from_db()
    assert wish.state == State.WITHDRAWN


def returned(wish: JoinRequest, office: applicants.Office) -> Application:
    application = wish.application
    review.decide(
        application, "return", stage="submitted", reason="district", by=office.district, at=AT
    )
    return application


def test_a_corrected_district_moves_the_request(
    wish: JoinRequest, office: applicants.Office, lin: User, units: people.Units
) -> None:
    application, later = returned(wish, office), AT + timedelta(days=1)
    drafts.answer(application, by=lin, at=later, district=units.jimei)
    drafts.submit(application, by=lin, at=later)
    wish.refresh_from_db()
    assert (wish.district, wish.asked_at) == (units.jimei, later)


def test_a_refused_request_is_asked_anew_with_the_correction(
    wish: JoinRequest, office: applicants.Office, lin: User
) -> None:
    application = returned(wish, office)
    joining.refuse(wish, reason="papers", by=office.district, at=AT)
    drafts.submit(application, by=lin, at=AT + timedelta(days=1))
    wish.refresh_from_db()
    assert (wish.state, wish.reason, wish.decided_by) == (State.WAITING, "", None)


def test_an_accepted_request_stays_accepted_when_the_application_comes_back(
    wish: JoinRequest, office: applicants.Office, lin: User, units: people.Units
) -> None:
    application = returned(wish, office)
    joining.accept(wish, unit=units.siming, by=office.district, at=AT)
    drafts.submit(application, by=lin, at=AT + timedelta(days=1))
    wish.refresh_from_db()
    assert wish.state == State.ACCEPTED
    assert Member.objects.count() == 1
