"""Applying by phone, page by page."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.applications import consents, drafts
from enrollment.applications.flow import State
from enrollment.applications.models import Application
from enrollment.registry.models import Cohort
from lms.accounts.models import TextMessage, User
from tests import people
from tests.enrollment.applications import cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]
AT = people.AT
IDENTITY = {"name": "林 师傅", "id_number": cast.id_number(1), "consent": "on"}


@pytest.fixture
def _today(time_machine: object) -> None:
    time_machine.move_to(AT, tick=False)  # type: ignore[attr-defined]


@pytest.fixture
def phone(client: Client, lin: User, cohort: Cohort) -> Client:
    """林师傅 signed in, with a draft."""
    client.force_login(lin)
    client.get(reverse("enrollment:begin"))
    return client


def page(topic: str) -> str:
    return reverse("enrollment:topic", args=[topic])


def mine(user: User) -> Application:
    return Application.objects.get(user=user)


def answers(units: people.Units) -> dict[str, dict[str, object]]:
    return {
        "identity": IDENTITY,
        "work": {"occupation": "其他", "other": "代驾司机", "working_since": "2021"},
        "union": {"is_member": "True", "member_since": "2022", "district": units.siming.pk},
        "education": {"education": "vocational", "graduated_year": "2012"},
        "choices": {
            "first": cast.programme("LOG").pk,
            "second": cast.programme("EC").pk,
            "third": "",
        },
    }


def test_the_whole_way_from_the_poster_to_the_receipt(
    client: Client, cohort: Cohort, units: people.Units
) -> None:
    from enrollment.applications import posters

    poster = posters.make_poster(cohort, "滨江驿站", by=None, at=AT)
    assert client.get(f"/p/{poster.code}/").headers["Location"] == "/apply/"
    landing = client.get("/apply/").content.decode()
    assert "还剩名额" in landing
    asked = client.post("/apply/", {"phone": "138 1234 5678"})
    assert asked.headers["Location"].startswith(reverse("account_confirm_login_code"))
    sms = TextMessage.objects.get().text.plain()
    code = re.search(r"\d{6}", sms)
    assert code
    entered = client.post(
        asked.headers["Location"], {"code": code.group(), "next": "/apply/begin/"}
    )
    assert entered.headers["Location"] == "/apply/begin/"
    where = client.get("/apply/begin/").headers["Location"]
    for topic, given in answers(units).items():
        assert where == page(topic)
        where = client.post(where, given).headers["Location"]
    assert where == page("photos")
    for kind in cast.PHOTO_KINDS:
        sent = client.post(reverse("enrollment:my_photo", args=[kind]), {"photo": cast.picture()})
        assert sent.headers["Location"] == f"/apply/photos/#photo-{kind}"
    assert client.post(page("photos")).headers["Location"] == "/apply/check/"
    check = client.get("/apply/check/").content.decode()
    assert "林师傅" in check
    assert "代驾司机" in check
    assert cast.id_number(1) not in check
    assert client.post("/apply/check/").headers["Location"] == "/status/"
    application = Application.objects.get()
    assert application.state == State.SUBMITTED
    assert application.poster == poster
    receipt = client.get("/status/").content.decode()
    assert application.number in receipt
    assert "9月6日前审核" in receipt


def test_a_draft_goes_on_where_it_stopped_on_another_device(
    phone: Client, lin: User, units: people.Units
) -> None:
    phone.post(page("identity"), IDENTITY)
    other_phone = Client()
    other_phone.force_login(lin)
    assert other_phone.get("/apply/begin/").headers["Location"] == page("work")


def test_without_a_code_no_page_opens(client: Client, cohort: Cohort) -> None:
    for url in ("/apply/begin/", page("identity"), "/apply/check/", "/status/"):
        assert client.get(url).headers["Location"].startswith("/sign-in/"), url


def test_nobody_reaches_another_persons_application(
    draft: Application, client: Client, yi: User
) -> None:
    client.force_login(yi)
    assert client.get(page("identity")).headers["Location"] == "/status/"
    assert client.get(reverse("enrollment:my_photo", args=["work"])).status_code == 404
    assert "林师傅" not in client.get("/status/").content.decode()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"id_number": "11010519491231002X1"}, "19 位"),
        ({"id_number": "350203199001010011"}, "校验位"),
        ({"id_number": ""}, "请填写"),
        ({"name": "　"}, "请填写"),
        ({"consent": ""}, "勾选同意"),
        ({"name": "字" * 101}, "100"),
    ],
)
def test_errors_are_said_and_everything_typed_stays(
    phone: Client, lin: User, given: dict[str, str], sentence: str
) -> None:
    typed = {"name": "阿卜杜•买买提", **IDENTITY, **given}
    response = phone.post(page("identity"), typed)
    assert response.status_code == 400
    html = response.content.decode()
    assert sentence in html
    for value in (typed["name"].strip(), typed["id_number"]):
        assert value in html
    assert not mine(lin).id_number


def test_a_number_that_already_applies_is_told_kindly(
    phone: Client, yi: User, cohort: Cohort, units: people.Units
) -> None:
    cast.submitted(yi, cohort, units.siming, serial=1)
    response = phone.post(page("identity"), IDENTITY)
    assert "已经报过名" in response.content.decode()


def test_the_id_number_is_never_written_back_into_the_page(phone: Client, lin: User) -> None:
    phone.post(page("identity"), IDENTITY)
    html = phone.get(page("identity")).content.decode()
    assert cast.id_number(1) not in html
    assert "3502**********" in html
    phone.post(page("identity"), {"name": "林师傅", "id_number": "", "consent": "on"})
    assert mine(lin).id_number.plain() == cast.id_number(1)


def test_leaving_a_page_half_way_keeps_what_is_valid(phone: Client, lin: User) -> None:
    half = {"name": "林师傅", "id_number": "3502", "consent": ""}
    assert phone.post(page("identity") + "?keep=1", half).status_code == 204
    assert mine(lin).name == "林师傅"
    assert not mine(lin).id_number
    assert mine(lin).consent_version == ""
    phone.post(page("work") + "?keep=1", {"occupation": "快递员"})
    assert mine(lin).occupation == "快递员"


def test_an_id_number_without_consent_is_not_kept(phone: Client, lin: User) -> None:
    phone.post(page("identity") + "?keep=1", {"name": "林师傅", "id_number": cast.id_number(1)})
    assert not mine(lin).id_number


@pytest.mark.parametrize(
    ("topic", "given", "sentence"),
    [
        ("work", {"occupation": "其他", "working_since": "2020"}, "什么工作"),
        ("work", {"occupation": "宇航员", "working_since": "2020"}, "宇航员"),
        ("work", {"occupation": "快递员", "working_since": "2199"}, "2199"),
        ("union", {"is_member": "True", "district": "999999"}, "field--error"),
        ("education", {"education": ""}, "field--error"),
        ("choices", {"first": "x"}, "field--error"),
    ],
)
def test_bad_answers_are_refused_on_their_page(
    phone: Client, topic: str, given: dict[str, str], sentence: str
) -> None:
    response = phone.post(page(topic), given)
    assert response.status_code == 400
    assert sentence in response.content.decode()


def test_the_same_programme_cannot_be_wished_twice(phone: Client) -> None:
    log = cast.programme("LOG").pk
    response = phone.post(page("choices"), {"first": log, "second": log})
    assert "前面已经选过" in response.content.decode()


def test_an_enterprise_of_another_district_is_noticed(phone: Client, units: people.Units) -> None:
    given = {"is_member": "False", "district": units.jimei.pk, "enterprise": units.riders.pk}
    assert "不在你选的区" in phone.post(page("union"), given).content.decode()


def test_who_is_no_member_has_no_year_of_joining(
    phone: Client, lin: User, units: people.Units
) -> None:
    given = {"is_member": "False", "member_since": "2010", "district": units.siming.pk}
    phone.post(page("union"), given)
    assert mine(lin).member_since is None


def test_missing_photos_are_named(phone: Client) -> None:
    response = phone.post(page("photos"))
    assert response.status_code == 400
    assert "还差：毕业证书" in response.content.decode()


def test_the_script_gets_a_sentence_or_an_address(phone: Client, lin: User) -> None:
    phone.post(page("identity"), IDENTITY)
    url = reverse("enrollment:my_photo", args=["work"])
    by_script = {"headers": {"X-Requested-With": "fetch"}}
    good = phone.post(url, {"photo": cast.picture()}, **by_script)
    assert good.json()["image_url"].startswith(url)
    assert phone.get(good.json()["image_url"]).headers["Content-Type"] == "image/jpeg"
    broken = cast.picture()
    broken.truncate(50)
    bad = phone.post(url, {"photo": broken}, **by_script)
    assert (bad.status_code, "重新拍" in bad.json()["sentence"]) == (400, True)
    assert phone.post(url, {}, **by_script).status_code == 400
    assert mine(lin).evidence.count() == 1


def test_a_photo_before_consent_is_refused(phone: Client) -> None:
    url = reverse("enrollment:my_photo", args=["work"])
    response = phone.post(url, {"photo": cast.picture()}, headers={"X-Requested-With": "fetch"})
    assert response.status_code == 409
    assert "同意" in response.json()["sentence"]


def test_photos_are_private_and_not_cached(draft: Application, client: Client, lin: User) -> None:
    client.force_login(lin)
    response = client.get(reverse("enrollment:my_photo", args=["id_front"]))
    assert response.headers["Cache-Control"].startswith("private, no-store")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert client.get(reverse("enrollment:my_photo", args=["portrait"])).status_code == 404
    assert client.get(reverse("enrollment:my_photo", args=["passport"])).status_code == 404


def test_submitting_too_early_leads_to_what_is_missing(phone: Client) -> None:
    response = phone.post("/apply/check/")
    assert response.headers["Location"] == page("identity")
    assert "还差一步" in phone.get(page("identity")).content.decode()


def test_changing_one_answer_from_the_check_page_leads_back_to_it(
    draft: Application, client: Client, lin: User
) -> None:
    client.force_login(lin)
    assert 'href="/apply/check/"' in client.get(page("work") + "?check").content.decode()
    changed = client.post(
        page("work") + "?check", {"occupation": "快递员", "working_since": "2020"}
    )
    assert changed.headers["Location"] == "/apply/check/"


def test_a_submitted_application_shows_its_receipt_instead_of_pages(
    submitted: Application, client: Client, lin: User
) -> None:
    client.force_login(lin)
    for url in ("/apply/begin/", page("work"), page("photos"), "/apply/check/"):
        assert client.get(url).headers["Location"] == "/status/", url


def test_unknown_pages_and_methods_are_refused(phone: Client) -> None:
    assert phone.get(page("horoscope")).status_code == 404
    assert phone.put(page("work")).status_code == 405
    assert phone.post("/apply/begin/").status_code == 405
    assert phone.get("/status/withdraw/").status_code == 405


def test_after_the_deadline_the_landing_page_says_so(
    client: Client, cohort: Cohort, lin: User, time_machine: object
) -> None:
    time_machine.move_to(cast.LATER)  # type: ignore[attr-defined]
    assert "现在没有在招的班" in client.get("/apply/").content.decode()
    client.force_login(lin)
    refused = client.get("/apply/begin/")
    assert refused.status_code == 409
    assert "报名已经截止" in refused.content.decode()


def test_a_work_account_is_told_to_use_a_phone(client: Client, cohort: Cohort, wang: User) -> None:
    client.force_login(wang)
    response = client.get("/apply/begin/", follow=True)
    assert "工作账号" in response.content.decode()


def test_a_wrong_phone_number_is_told_kindly(client: Client, cohort: Cohort) -> None:
    response = client.post("/apply/", {"phone": "12345"})
    assert response.status_code == 400
    assert "11 位手机号" in response.content.decode()


def test_codes_are_limited(client: Client, cohort: Cohort) -> None:
    for _attempt in range(4):
        assert client.post("/apply/", {"phone": "13812345678"}).status_code == 302
    response = client.post("/apply/", {"phone": "13812345678"})
    assert response.status_code == 400
    assert "太频繁" in response.content.decode()


def test_the_text_of_the_consent_is_there_for_everybody(client: Client) -> None:
    html = client.get("/apply/consent/").content.decode()
    assert "敏感个人信息" in html
    assert client.get("/apply/consent/1999-01/").status_code == 404
    assert client.get("/apply/consent/../../secrets/").status_code == 404


def test_a_text_that_people_agreed_to_is_never_edited() -> None:
    import hashlib
    from pathlib import Path

    from django.conf import settings

    pinned = {"2026-09": "ec1872c3b4ecf3e7d9b0e74028a6bf95e9a875feece1bdd6e75d80bf1cbcd4b1"}
    assert set(pinned) == set(consents.VERSIONS)
    for version, sha256 in pinned.items():
        text = (Path(settings.BASE_DIR) / "templates" / consents.template(version)).read_bytes()
        assert hashlib.sha256(text).hexdigest() == sha256


def test_withdrawing_and_applying_again(submitted: Application, client: Client, lin: User) -> None:
    client.force_login(lin)
    html = client.post("/status/withdraw/", follow=True).content.decode()
    assert "报名已撤回" in html
    assert client.get("/apply/begin/").headers["Location"] == page("identity")
    assert Application.objects.filter(user=lin).count() == 2


def test_a_draft_of_a_class_that_closed_keeps_nobody_from_the_next(
    draft: Application, client: Client, lin: User, time_machine: object
) -> None:
    following = cast.next_class(draft.cohort)
    time_machine.move_to(AT + timedelta(days=365), tick=False)  # type: ignore[attr-defined]
    client.force_login(lin)
    assert "重新报名" in client.get("/status/").content.decode()
    assert client.get("/apply/begin/").headers["Location"] == page("identity")
    client.post(page("identity"), IDENTITY)
    begun = Application.objects.get(user=lin, cohort=following)
    assert begun.id_number.plain() == cast.id_number(1)
    assert client.get("/apply/begin/").headers["Location"] == page("work")


def test_a_draft_that_came_too_late_stays_to_be_read_while_no_class_is_open(
    draft: Application, client: Client, lin: User, time_machine: object
) -> None:
    time_machine.move_to(cast.LATER, tick=False)  # type: ignore[attr-defined]
    client.force_login(lin)
    assert client.get("/apply/begin/").headers["Location"] == "/apply/check/"
    assert "报名已经截止" in client.post("/apply/check/").content.decode()


def test_who_waited_in_vain_applies_for_the_next_class(
    client: Client, cohort: Cohort, office: cast.Office, time_machine: object
) -> None:
    (waiting,) = cast.published(cohort, office, 1)
    following = cast.next_class(cohort)
    client.force_login(waiting.user)
    assert client.get("/apply/begin/").headers["Location"] == "/status/"
    assert "重新报名" not in client.get("/status/").content.decode()
    time_machine.move_to(AT + timedelta(days=365), tick=False)  # type: ignore[attr-defined]
    client.force_login(waiting.user)
    html = client.get("/status/").content.decode()
    assert "下一期开始报名时可以再报" in html
    assert "重新报名" in html
    assert client.get("/apply/begin/").headers["Location"] == page("identity")
    assert Application.objects.get(user=waiting.user, cohort=following).state == State.DRAFT


def test_who_is_still_on_the_waiting_list_stays_on_it_though_another_class_is_open(
    client: Client, cohort: Cohort, office: cast.Office
) -> None:
    (waiting,) = cast.published(cohort, office, 1)
    following = cast.next_class(cohort)
    Cohort.objects.filter(pk=cohort.pk).update(closes_on=date(2026, 8, 30))
    Cohort.objects.filter(pk=following.pk).update(opens_on=date(2026, 8, 31))
    client.force_login(waiting.user)
    assert client.get("/apply/begin/").headers["Location"] == "/status/"
    assert not Application.objects.filter(cohort=following).exists()


def test_the_consent_was_asked_before_the_draft_saw_a_number(lin: User, cohort: Cohort) -> None:
    bare = drafts.start(lin, cohort, by=lin, at=AT)
    assert bare.consented_at is None
