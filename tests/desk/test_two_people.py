"""What needs two people: the admission list, full numbers of many, the key that signs letters."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client

from enrollment.applications import listing, selection
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.completion import exporting, releasing
from enrollment.completion.desk_models import Export
from enrollment.letters import press, vouching
from enrollment.letters.signing import make_sample_keys, rotate
from enrollment.registry.models import Cohort
from lms.accounts import approvals
from lms.accounts.approvals import Approval
from lms.accounts.models import OrgUnit, Role, User
from lms.base.audit import AuditEntry
from lms.base.errors import NotAllowed, Refused
from lms.base.jobs import api as jobs
from tests import people
from tests.desk import class_of
from tests.enrollment.applications import cast
from tests.people import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def cohort(units: people.Units) -> Cohort:
    """A class with three ranked applicants."""
    made = cast.make_cohort(units)
    office = cast.Office(units)
    for serial in (1, 2, 3):
        applicant = cast.rider(serial)
        office.passes(
            cast.submitted(applicant, made, units.siming, serial=serial, with_photos=False)
        )
    selection.rank(made, seed="3 8 12", by=None, at=AT)
    return made


def states(cohort: Cohort) -> set[str]:
    return set(Application.objects.filter(cohort=cohort).values_list("state", flat=True))


def test_the_list_goes_out_with_the_second_yes_and_not_before(
    cohort: Cohort, zhou: User, liu: User
) -> None:
    assert listing.submit(cohort, by=zhou, at=AT) == 3
    assert states(cohort) == {State.RANKED}
    wish = Approval.objects.get()
    with pytest.raises(approvals.NotTheSamePerson):
        approvals.grant(wish, by=zhou, at=AT)
    assert states(cohort) == {State.RANKED}
    approvals.grant(wish, by=liu, at=AT)
    assert states(cohort) == {State.PUBLISHED}
    told = AuditEntry.objects.filter(action__in=["approval.asked", "approval.granted"])
    assert [entry.actor for entry in told.order_by("pk")] == [zhou, liu]


def test_a_list_that_was_ranked_anew_meanwhile_is_not_what_was_confirmed(
    cohort: Cohort, zhou: User, liu: User
) -> None:
    listing.submit(cohort, by=zhou, at=AT)
    selection.rank(cohort, seed="9 9 9", by=None, at=AT)
    wish = Approval.objects.get()
    with pytest.raises(approvals.HasChanged):
        approvals.grant(wish, by=liu, at=AT)
    assert states(cohort) == {State.RANKED}
    listing.submit(cohort, by=zhou, at=AT)  # the new order takes the old wish's place
    approvals.grant(Approval.objects.get(verdict=""), by=liu, at=AT)
    assert states(cohort) == {State.PUBLISHED}


def test_a_list_asked_for_twice_waits_once(cohort: Cohort, zhou: User, liu: User) -> None:
    listing.submit(cohort, by=zhou, at=AT)
    with pytest.raises(approvals.AlreadyAsked):
        listing.submit(cohort, by=liu, at=AT)
    assert Approval.objects.count() == 1


def test_who_is_of_another_city_or_desk_neither_asks_nor_confirms(
    cohort: Cohort, zhou: User, wang: User
) -> None:
    other = OrgUnit.objects.create(kind="city", name="别市总工会", short_name="别市", code="360000")
    stranger = people.make_staff(Role.REGISTRAR, "外地注册员", username="far", unit=other)
    listing.submit(cohort, by=zhou, at=AT)
    wish = Approval.objects.get()
    for person in (stranger, wang):
        with pytest.raises(NotAllowed):
            approvals.grant(wish, by=person, at=AT)
        with pytest.raises(NotAllowed):
            approvals.refuse(wish, reason="x", by=person, at=AT)
    assert states(cohort) == {State.RANKED}


def test_a_no_has_a_reason_and_a_wish_can_be_taken_back(
    cohort: Cohort, zhou: User, liu: User
) -> None:
    listing.submit(cohort, by=zhou, at=AT)
    wish = Approval.objects.get()
    with pytest.raises(approvals.ReasonMissing):
        approvals.refuse(wish, reason="  ", by=liu, at=AT)
    with pytest.raises(NotAllowed):
        approvals.withdraw(wish, by=liu, at=AT)
    approvals.refuse(wish, reason="第二名的加分没有依据", by=liu, at=AT)
    with pytest.raises(approvals.AlreadyDecided):
        approvals.grant(wish, by=liu, at=AT)
    listing.submit(cohort, by=zhou, at=AT)
    approvals.withdraw(Approval.objects.get(verdict=""), by=zhou, at=AT)
    assert states(cohort) == {State.RANKED}


def test_a_wish_that_nobody_looked_at_ends(cohort: Cohort, zhou: User, liu: User) -> None:
    listing.submit(cohort, by=zhou, at=AT)
    late = AT + approvals.LIVES + timedelta(minutes=1)
    with pytest.raises(approvals.HasChanged):
        approvals.grant(Approval.objects.get(), by=liu, at=late)
    listing.submit(cohort, by=liu, at=late)
    approvals.grant(Approval.objects.get(verdict=""), by=zhou, at=late)
    assert states(cohort) == {State.PUBLISHED}


def test_the_database_itself_knows_the_rule(cohort: Cohort, zhou: User) -> None:
    listing.submit(cohort, by=zhou, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.update(verdict="granted", decided_by=zhou, decided_at=AT)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_confirm_together_one_does(
    transactional_db: None, cohort: Cohort, zhou: User, liu: User
) -> None:
    third = people.make_staff(Role.REGISTRAR, "吴老师", username="wu2", unit=cohort.city)
    listing.submit(cohort, by=zhou, at=AT)
    wish, ended = Approval.objects.get(), []
    barrier = threading.Barrier(2)

    def confirm(person: User) -> None:
        try:
            barrier.wait(timeout=30)
            approvals.grant(wish, by=person, at=AT)
            ended.append("granted")
        except Refused as refusal:
            ended.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=(person,)) for person in (liu, third)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended)[-1] == "granted"
    assert sorted(ended)[0] in ("AlreadyDecided", "HasChanged")
    assert AuditEntry.objects.filter(action="cohort.published").count() == 1


# ---------------------------------------------------------------- numbers of many


def test_the_table_with_identity_numbers_is_made_when_a_colleague_says_yes(
    client: Client, units: people.Units, zhou: User, liu: User
) -> None:
    cohort = class_of.build(units)[0].cohort
    wish = exporting.Wish("registration", "csv", "college", cohort)
    table = exporting.begin(wish, by=zhou, at=AT)
    assert not jobs.Job.objects.filter(key=exporting.job_key(table)).exists()
    with pytest.raises(NotAllowed):
        exporting.pieces(table)
    with pytest.raises(approvals.NotTheSamePerson):
        approvals.grant(Approval.objects.get(), by=zhou, at=AT)
    approvals.grant(Approval.objects.get(), by=liu, at=AT)
    jobs.attend(jobs.Job.objects.get(key=exporting.job_key(table)).pk)
    table.refresh_from_db()
    assert table.finished_at is not None
    # Whoever said yes finds it again among what was done.
    client.force_login(liu)
    assert "已确认" in client.get("/desk/second/").content.decode()


def test_a_refused_table_is_never_made(units: people.Units, zhou: User, liu: User) -> None:
    cohort = class_of.build(units)[0].cohort
    table = exporting.begin(
        exporting.Wish("registration", "csv", "college", cohort), by=zhou, at=AT
    )
    approvals.refuse(Approval.objects.get(), reason="院校已经有了", by=liu, at=AT)
    with pytest.raises(NotAllowed):
        exporting.pieces(table)
    assert not jobs.Job.objects.filter(key=exporting.job_key(table)).exists()


def test_a_week_s_calls_need_nobody_a_whole_district_s_do(units: people.Units) -> None:
    def table(rows: int) -> Export:
        return Export(what="calls", rows=rows)

    assert not releasing.needs_two(table(releasing.CALLS_ALONE))
    assert releasing.needs_two(table(releasing.CALLS_ALONE + 1))
    assert not releasing.needs_two(Export(what="roll", rows=5000))


# ---------------------------------------------------------------- the key of letters


@pytest.fixture
def in_service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A site in service with keys in a folder of its own."""
    make_sample_keys(tmp_path / "letters", at=AT)
    monkeypatch.setattr(settings, "KEYS_DIR", tmp_path)
    monkeypatch.setattr(settings, "DEMO", False)
    return tmp_path / "letters"


def vouch(folder: Path, first: User, second: User) -> None:
    wish = approvals.ask(
        vouching.KEY, (vouching.KEY, vouching.fingerprint(folder)), by=first, at=AT
    )
    approvals.grant(wish, by=second, at=AT)


def test_a_key_signs_nothing_before_two_people_have_compared_it(
    in_service: Path, zhou: User, liu: User
) -> None:
    for signs in (press.signer, press.code_signer):
        with pytest.raises(vouching.KeyNotVouchedFor):
            signs()
    vouch(in_service, zhou, liu)
    press.signer()
    press.code_signer()


def test_a_key_that_is_put_beside_it_by_one_hand_signs_nothing(
    in_service: Path, zhou: User, liu: User
) -> None:
    vouch(in_service, zhou, liu)
    rotate(in_service, at=AT)
    with pytest.raises(vouching.KeyNotVouchedFor):
        press.signer()
    vouch(in_service, liu, zhou)
    press.signer()


def test_the_page_offers_a_new_key_and_leads_both_through(
    in_service: Path, zhou: User, liu: User
) -> None:
    first, second = Client(), Client()
    first.force_login(zhou)
    second.force_login(liu)
    page = first.get("/desk/second/").content.decode()
    assert "新的签章证书" in page
    about = vouching.fingerprint(in_service)
    first.post("/desk/second/ask/", {"act": vouching.KEY, "about": about})
    wish = Approval.objects.get()
    assert "等另一位同事确认" in first.get("/desk/second/").content.decode()
    mine = first.post(f"/desk/second/{wish.uuid}/grant/", follow=True).content.decode()
    assert "不能自己确认" in mine
    done = second.post(f"/desk/second/{wish.uuid}/grant/", follow=True).content.decode()
    assert "已确认" in done
    press.signer()
    assert second.post(f"/desk/second/{wish.uuid}/nonsense/").status_code == 404
    assert first.post("/desk/second/ask/", {"act": "x", "about": about}).status_code == 404


def test_a_demonstration_signs_with_its_samples(db: None) -> None:
    assert settings.DEMO
    press.signer()
