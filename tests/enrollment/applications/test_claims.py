"""Who works on what: claims end, can be taken over in the open, and never stop the flow itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from enrollment.applications import claiming, claims, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts import policies
from lms.accounts.models import Role, User
from lms.base import audit
from lms.base.errors import NotAllowed
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT
QUEUE = "/desk/review/"


@pytest.fixture
def zhao(office: cast.Office) -> User:
    """赵干事, officer of the first district."""
    return office.district


@pytest.fixture
def colleague(units: people.Units) -> User:
    """孙干事, of the same district."""
    return people.make_staff(
        Role.DISTRICT_OFFICER, "孙干事", username="office-sun", unit=units.siming
    )


@pytest.fixture
def three(cohort: Cohort, units: people.Units) -> list[Application]:
    """Three in 思明, the first waiting longest."""
    return [
        cast.submitted(
            cast.rider(serial), cohort, units.siming,
            serial=serial, with_photos=False, at=AT + timedelta(minutes=serial),
        )
        for serial in (1, 2, 3)
    ]  # fmt: skip


def url(application: Application, act: str = "") -> str:
    return f"/desk/review/{application.uuid}/" + (f"{act}/" if act else "")


def test_the_longest_waiting_is_claimed_first_and_once(
    three: list[Application], zhao: User, colleague: User
) -> None:
    assert claiming.claim_next(by=zhao, at=AT) == three[0]
    assert claiming.claim_next(by=colleague, at=AT) == three[1]
    assert claiming.claim_next(by=zhao, at=AT) == three[0], "one's own unfinished one first"
    assert audit.trail(three[0])[0].action == "application.claimed"


def test_when_everything_is_in_hands_there_is_nothing_to_claim(
    submitted: Application, zhao: User, colleague: User
) -> None:
    claiming.claim_next(by=zhao, at=AT)
    with pytest.raises(claiming.NothingToClaim):
        claiming.claim_next(by=colleague, at=AT)


def test_a_colleague_does_not_decide_over_a_claim(
    submitted: Application, zhao: User, colleague: User
) -> None:
    claiming.claim(submitted, to=zhao, by=zhao, at=AT)
    stale = Application.objects.get(pk=submitted.pk)
    with pytest.raises(review.ClaimedByColleague, match="赵干事"):
        review.decide(stale, "pass", stage=State.SUBMITTED, by=colleague, at=AT)
    claiming.claim(stale, to=colleague, by=colleague, over=zhao, at=AT)
    review.decide(stale, "pass", stage=State.SUBMITTED, by=colleague, at=AT)
    stale.refresh_from_db()
    assert (stale.state, stale.claimed_by, stale.claimed_at) == (State.DISTRICT, None, None)


def test_a_claim_ends_after_a_day(submitted: Application, zhao: User, colleague: User) -> None:
    claiming.claim(submitted, to=zhao, by=zhao, at=AT)
    late = AT + claims.TERM
    assert claims.holder_of(submitted, at=late - timedelta(seconds=1)) == zhao
    assert claims.holder_of(submitted, at=late) is None
    assert claiming.claim_next(by=colleague, at=late) == submitted


def test_of_two_claims_at_once_one_wins(
    submitted: Application, zhao: User, colleague: User
) -> None:
    read_by_both = Application.objects.get(pk=submitted.pk)
    claiming.claim(submitted, to=zhao, by=zhao, at=AT)
    with pytest.raises(claiming.ClaimedMeanwhile):
        claiming.claim(read_by_both, to=colleague, by=colleague, at=AT)
    submitted.refresh_from_db()
    assert submitted.claimed_by == zhao


def test_nobody_is_taken_over_who_was_not_on_the_page(
    submitted: Application, zhao: User, colleague: User, units: people.Units
) -> None:
    third = people.make_staff(Role.DISTRICT_OFFICER, "李干事", username="li", unit=units.siming)
    claiming.claim(submitted, to=zhao, by=zhao, at=AT)
    claiming.claim(submitted, to=colleague, by=colleague, over=zhao, at=AT)
    with pytest.raises(claiming.ClaimedMeanwhile):
        claiming.claim(submitted, to=third, by=third, over=zhao, at=AT)


def test_only_officers_of_the_stage_claim_or_are_given_it(
    submitted: Application, office: cast.Office, jimei_officer: User
) -> None:
    for to, by in (
        (jimei_officer, jimei_officer),
        (jimei_officer, office.district),
        (office.city, office.city),
    ):
        with pytest.raises(NotAllowed):
            claiming.claim(submitted, to=to, by=by, at=AT)
    submitted.refresh_from_db()
    assert submitted.claimed_by is None


def test_colleagues_are_those_who_may_decide_the_stage(
    submitted: Application, office: cast.Office, colleague: User, jimei_officer: User, liu: User
) -> None:
    assert set(claiming.colleagues(submitted)) == {office.district, colleague}
    office.district_passes(submitted)
    assert set(claiming.colleagues(submitted)) == {office.city, liu}
    assert all(review.may_decide(each, submitted) for each in claiming.colleagues(submitted))


def test_who_holds_a_role_is_who_reaches_the_unit(units: people.Units, wang: User) -> None:
    city_wide = people.make_staff(Role.DISTRICT_OFFICER, "全市", username="all")
    for unit, expected in ((units.riders, {wang, city_wide}), (units.jimei, {city_wide})):
        assert set(policies.holders_of(Role.DISTRICT_OFFICER, unit)) == expected
        for user in expected:
            assert policies.units_of(user, Role.DISTRICT_OFFICER).filter(pk=unit.pk).exists()


def test_passing_many_leaves_out_what_a_colleague_reads(
    three: list[Application], office: cast.Office, liu: User
) -> None:
    for each in three:
        office.district_passes(each)
    claiming.claim(three[0], to=liu, by=liu, at=AT)
    uuids = [each.uuid for each in three]
    assert review.pass_many(uuids, stage=State.DISTRICT, by=office.city, at=AT) == (2, 1)


# The screens


def test_take_the_next_leads_to_its_case(
    client: Client, three: list[Application], zhao: User
) -> None:
    client.force_login(zhao)
    assert client.post(QUEUE + "next/").headers["Location"] == url(three[0])
    html = client.get(QUEUE + "?tab=claimed").content.decode()
    assert str(three[0].uuid) in html
    assert str(three[1].uuid) not in html
    assert "你领取了这份申请" in client.get(url(three[0])).content.decode()


def test_with_nothing_left_it_says_so(client: Client, zhao: User, cohort: Cohort) -> None:
    client.force_login(zhao)
    page = client.post(QUEUE + "next/", follow=True).content.decode()
    assert "没有可以领取的申请了" in page


def test_a_colleagues_case_can_be_read_and_taken_over_but_not_decided(
    client: Client, submitted: Application, zhao: User, colleague: User
) -> None:
    client.force_login(zhao)
    client.post(url(submitted, "claim"))
    client.force_login(colleague)
    assert "赵干事在审" in client.get(QUEUE).content.decode()
    html = client.get(url(submitted)).content.decode()
    assert "审核意见" not in html
    refused = client.post(url(submitted, "decide"), {"verdict": "pass", "stage": "submitted"})
    assert refused.status_code == 409
    assert "接手" in refused.content.decode()
    client.post(url(submitted, "claim"), {"over": zhao.pk})
    submitted.refresh_from_db()
    assert submitted.claimed_by == colleague
    assert "审核意见" in client.get(url(submitted)).content.decode()


def test_handing_on_and_putting_back(
    client: Client, submitted: Application, zhao: User, colleague: User
) -> None:
    client.force_login(zhao)
    page = client.post(url(submitted, "claim"), {"to": colleague.pk}, follow=True)
    assert "已交给孙干事" in page.content.decode()
    client.post(url(submitted, "release"))
    submitted.refresh_from_db()
    assert submitted.claimed_by == colleague, "only one's own claim is put back"
    client.force_login(colleague)
    client.post(url(submitted, "release"))
    submitted.refresh_from_db()
    assert submitted.claimed_by is None


def test_another_districts_case_cannot_be_claimed(
    client: Client, submitted: Application, jimei_officer: User, outsider: User
) -> None:
    client.force_login(jimei_officer)
    assert client.post(url(submitted, "claim")).status_code == 404
    assert client.post(url(submitted, "release")).status_code == 404
    client.force_login(outsider)
    assert client.post(url(submitted, "claim")).status_code == 403
    assert client.post(QUEUE + "next/").status_code == 403


def test_claims_are_posts(client: Client, submitted: Application, zhao: User) -> None:
    client.force_login(zhao)
    for path in (QUEUE + "next/", url(submitted, "claim"), url(submitted, "release")):
        assert client.get(path).status_code == 405


def test_a_decision_leads_to_ones_own_claims_first(
    client: Client, three: list[Application], zhao: User, colleague: User
) -> None:
    claiming.claim(three[0], to=colleague, by=colleague, at=AT)
    client.force_login(zhao)
    client.post(url(three[2], "claim"))
    answer = client.post(url(three[1], "decide"), {"verdict": "pass", "stage": "submitted"})
    assert answer.headers["Location"] == url(three[2])
    client.post(url(three[2], "release"))
