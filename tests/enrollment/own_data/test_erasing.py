"""Deleting one's data: what goes is gone everywhere, what stays leads to nobody."""

from __future__ import annotations

import pytest
from django.test import Client

from enrollment.applications import admission, drafts, offers, review
from enrollment.applications.flow import State
from enrollment.applications.models import Application, Choice, Evidence
from enrollment.own_data import erasing
from enrollment.registry.models import Cohort
from lms.accounts import people as accounts
from lms.accounts import sms
from lms.accounts.models import TextMessage, User
from lms.base import audit
from lms.base.storage import private_files
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT
KEPT = {
    "id", "uuid", "number", "cohort_id", "user_id", "poster_id", "state", "district_id",
    "consent_version", "consented_at", "submitted_at", "state_since", "score", "rank",
    "erased_at",
}  # fmt: skip


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


def again(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def delete(client: Client, user: User) -> str:
    client.force_login(user)
    return client.post("/status/my-data/delete/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_photos_and_values_are_gone_at_once(client: Client, draft: Application, lin: User) -> None:
    files = [photo.file.name for photo in draft.evidence.all()]
    assert "资料已经删除" in delete(client, lin)
    row = Application.objects.filter(pk=draft.pk).values().get()
    assert row["erased_at"] == AT
    fresh = Application(cohort=draft.cohort, user=lin)
    for column, value in row.items():
        if column not in KEPT:
            assert value == getattr(fresh, column) or not value, column
    assert not Evidence.objects.exists()
    assert not Choice.objects.exists()
    assert not any(private_files().exists(name) for name in files)
    assert row["state"] == State.WITHDRAWN


def test_the_account_is_empty_and_closed(client: Client, draft: Application, lin: User) -> None:
    sms.send(lin.phone.plain(), "进度", about="x", at=AT)
    delete(client, lin)
    lin.refresh_from_db()
    assert (lin.name, bool(lin.phone), lin.phone_lookup, lin.is_active) == ("", False, None, False)
    assert not TextMessage.objects.exists()
    assert client.get("/status/").headers["Location"].startswith("/sign-in/")
    other_device = Client()
    other_device.force_login(lin)
    assert other_device.get("/status/").headers["Location"].startswith("/sign-in/")


def test_the_audit_says_what_happened_and_nothing_else(
    client: Client, submitted: Application, lin: User, office: cast.Office
) -> None:
    review.decide(
        submitted, "reject", stage=State.SUBMITTED, by=office.district, at=AT,
        reason="has_degree", words="林师傅已读过大专",
    )  # fmt: skip
    delete(client, lin)
    trail = list(audit.trail(submitted))
    assert [entry.action for entry in trail][:2] == ["application.erased", "application.rejected"]
    assert all(entry.data == {} for entry in trail)
    decision = submitted.decisions.get()
    assert (decision.reason, decision.words) == ("has_degree", "")
    assert again(submitted).state == State.REJECTED


def test_the_same_phone_may_begin_again_with_nothing_known(
    client: Client, draft: Application, lin: User, cohort: Cohort
) -> None:
    delete(client, lin)
    new = accounts.person_by_phone("13700000001", at=AT)
    assert new != lin
    begun = drafts.start(new, cohort, by=new, at=AT)
    assert (begun.name, bool(begun.id_number)) == ("", False)


def test_a_running_application_is_withdrawn_first_and_its_place_goes_on(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    in_order = cast.published(cohort, office, 3)
    offers.fill(cohort, by=None, at=AT)
    client.force_login(in_order[0].user)
    page = client.get("/status/my-data/delete/").content.decode()
    assert "录取名额会马上给下一位工友" in page
    delete(client, in_order[0].user)
    assert again(in_order[0]).state == State.WITHDRAWN
    assert again(in_order[0]).rank == 1  # the published order keeps its numbers
    assert again(in_order[2]).state == State.OFFERED


def test_the_published_list_shows_no_name_any_more(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    first = cast.published(cohort, office, 2)[0]
    delete(client, first.user)
    html = client.get("/ranking/2026/").content.decode()
    assert first.name[:2] not in html.split("第 1 名")[1].split("第 2 名")[0]
    assert first.number in html


def test_officers_do_not_see_it_any_more(
    client: Client, submitted: Application, lin: User, wang: User
) -> None:
    delete(client, lin)
    client.force_login(wang)
    assert client.get(f"/desk/review/{submitted.uuid}/").status_code == 404
    assert submitted.number not in client.get("/desk/review/?tab=all").content.decode()


def test_a_student_is_told_whom_to_ask(client: Client, cohort: Cohort, office: cast.Office) -> None:
    (held,) = cast.offered(cohort, office)
    offers.accept(held, by=held.user, at=AT)
    admission.matriculate(held, by=None, at=AT)
    client.force_login(held.user)
    page = client.get("/status/my-data/delete/").content.decode()
    assert "请找学籍管理员" in page
    assert '<form method="post">' not in page
    refused = client.post("/status/my-data/delete/")
    assert refused.status_code == 409
    assert again(held).name == held.name
    held.user.refresh_from_db()
    assert held.user.is_active
    with pytest.raises(erasing.OnTheRoll):
        erasing.erase_person(held.user, by=held.user, at=AT)


def test_a_work_account_is_not_deleted_here(client: Client, wang: User) -> None:
    client.force_login(wang)
    assert "请找系统运维" in client.get("/status/my-data/delete/").content.decode()
    assert client.post("/status/my-data/delete/").status_code == 409
    wang.refresh_from_db()
    assert wang.is_active


def test_looking_at_the_page_deletes_nothing(client: Client, draft: Application, lin: User) -> None:
    client.force_login(lin)
    html = client.get("/status/my-data/delete/").content.decode()
    for words in ("马上删除", "会留下的，以及为什么", "还在办理"):
        assert words in html
    assert again(draft).name == "林师傅"


def test_nobody_deletes_anothers(client: Client, submitted: Application, outsider: User) -> None:
    assert client.post("/status/my-data/delete/").headers["Location"].startswith("/sign-in/")
    delete(client, outsider)
    assert again(submitted).name == "林师傅"
    assert again(submitted).evidence.count() == 3


def test_a_second_delete_finds_it_gone(draft: Application, lin: User) -> None:
    drafts.withdraw(draft, by=lin, at=AT)
    erasing.erase(draft, by=lin, at=AT)
    with pytest.raises(Exception, match="刚刚有变动"):
        erasing.erase(draft, by=lin, at=AT)


def test_what_still_runs_cannot_be_emptied_under_the_officers_hands(submitted: Application) -> None:
    with pytest.raises(Exception, match="刚刚有变动"):
        erasing.erase(submitted, by=None, at=AT)
    assert again(submitted).name == "林师傅"
