"""District first, then city; own district only; every decision leaves its rows."""

from __future__ import annotations

import pytest

from enrollment.applications import drafts, moves, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import TextMessage, User
from lms.base import audit
from lms.base.errors import NotAllowed
from lms.base.jobs import api as jobs
from tests import people
from tests.enrollment.applications import cast

pytestmark = pytest.mark.django_db
AT = people.AT


def decide(application: Application, verdict: str, by: User, **kwargs: str) -> None:
    review.decide(application, verdict, stage=application.state, by=by, at=AT, **kwargs)


def test_a_pass_goes_from_the_district_to_the_city(
    submitted: Application, office: cast.Office
) -> None:
    decide(submitted, "pass", office.district)
    assert submitted.state == State.DISTRICT
    decide(submitted, "pass", office.city)
    submitted.refresh_from_db()
    assert submitted.state == State.CITY
    stages = [decision.stage for decision in submitted.decisions.all()]
    assert stages == [State.SUBMITTED, State.DISTRICT]
    assert [row.action for row in audit.trail(submitted)[:2]] == [
        "application.passed_by_city",
        "application.passed_by_district",
    ]


def test_another_district_neither_sees_nor_decides(
    submitted: Application, jimei_officer: User
) -> None:
    assert not review.readable(review.reach_of(jimei_officer)).exists()
    with pytest.raises(NotAllowed):
        decide(submitted, "pass", jimei_officer)
    submitted.refresh_from_db()
    assert submitted.state == State.SUBMITTED


def test_the_city_waits_for_the_district(submitted: Application, office: cast.Office) -> None:
    with pytest.raises(NotAllowed):
        decide(submitted, "pass", office.city)


def test_a_person_without_a_role_sees_nothing(submitted: Application, outsider: User) -> None:
    assert not review.readable(review.reach_of(outsider)).exists()
    assert not review.waiting(review.reach_of(outsider)).exists()


def test_drafts_are_nobodys_business(draft: Application, office: cast.Office, lin: User) -> None:
    drafts.withdraw(draft, by=lin, at=AT)
    assert not review.readable(review.reach_of(office.city)).exists()


def test_returning_needs_a_reason_from_the_list(
    submitted: Application, office: cast.Office
) -> None:
    for reason in ("", "because", "has_degree"):
        with pytest.raises(review.ReasonMissing):
            decide(submitted, "return", office.district, reason=reason)
    decide(submitted, "return", office.district, reason="diploma", words="少了盖章那一页")
    assert submitted.state == State.RETURNED
    assert submitted.decisions.get().words == "少了盖章那一页"


def test_two_officers_clicking_together_decide_once(
    submitted: Application, office: cast.Office
) -> None:
    seen_by_a_colleague = Application.objects.get(pk=submitted.pk)
    decide(submitted, "pass", office.district)
    with pytest.raises(moves.AlreadyMoved):
        review.decide(
            seen_by_a_colleague, "reject", stage=State.SUBMITTED, by=office.district, at=AT,
            reason="duplicate",
        )  # fmt: skip
    assert submitted.decisions.count() == 1


def test_passing_many_leaves_out_what_moved_meanwhile(
    cohort: Cohort, units: people.Units, office: cast.Office
) -> None:
    several = [
        office.district_passes(
            cast.submitted(
                cast.rider(serial), cohort, units.siming, serial=serial, with_photos=False
            )
        )
        for serial in (1, 2, 3)
    ]
    uuids = [each.uuid for each in several]
    decide(several[0], "reject", office.city, reason="duplicate")
    assert review.pass_many(uuids, stage=State.DISTRICT, by=office.city, at=AT) == (2, 1)


def test_every_move_tells_the_applicant_once(submitted: Application, office: cast.Office) -> None:
    jobs.run_due()
    decide(submitted, "return", office.district, reason="diploma")
    jobs.run_due()
    jobs.run_due()
    texts = [message.text.plain() for message in TextMessage.objects.order_by("pk")]
    assert len(texts) == 2
    assert submitted.number in texts[0]
    assert "毕业证书看不清" in texts[1]


def test_news_that_is_no_longer_true_is_not_sent(
    submitted: Application, office: cast.Office
) -> None:
    decide(submitted, "pass", office.district)
    jobs.run_due()
    texts = [message.text.plain() for message in TextMessage.objects.all()]
    assert len(texts) == 1
    assert "区工会已通过" in texts[0]


def test_history_is_brought_in_quietly(lin: User, cohort: Cohort, units: people.Units) -> None:
    from enrollment.applications import notices

    with notices.quietly():
        cast.submitted(lin, cohort, units.siming)
    jobs.run_due()
    assert not TextMessage.objects.exists()
