"""Signing in: by phone and code, by name and password, and who is shut out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from lms.accounts import people as accounts
from lms.accounts.models import Role, TextMessage, User
from lms.accounts.phones import NotAPhone, normalise
from tests import people

pytestmark = pytest.mark.django_db
PHONE = "+8613812345678"


def last_code() -> str:
    found = re.search(r"\d{6}", TextMessage.objects.filter(about="code").first().text.plain())
    assert found
    return found.group()


def ask_for_code(client: Client, typed: str = "138 1234 5678") -> None:
    response = client.post(reverse("account_request_login_code"), {"phone": typed})
    assert response.status_code == 302, response.context["form"].errors


def test_a_rider_signs_in_with_phone_and_code(client: Client) -> None:
    yi = people.make_person("阿怡", PHONE)
    ask_for_code(client)
    response = client.post(reverse("account_confirm_login_code"), {"code": last_code()})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(yi.pk)
    yi.refresh_from_db()
    assert yi.phone_verified_at is not None


def test_a_wrong_code_does_not_sign_in(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    wrong = f"{(int(last_code()) + 1) % 10**6:06d}"
    response = client.post(reverse("account_confirm_login_code"), {"code": wrong})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_five_wrong_codes_end_the_attempt(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    right = last_code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for _attempt in range(5):
        client.post(reverse("account_confirm_login_code"), {"code": wrong})
    client.post(reverse("account_confirm_login_code"), {"code": right})
    assert "_auth_user_id" not in client.session


def test_an_unknown_phone_looks_the_same_and_gets_no_code(client: Client) -> None:
    ask_for_code(client)
    assert [message.about for message in TextMessage.objects.all()] == ["unknown account"]


def test_codes_are_limited_by_phone_number(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    for _ in range(4):
        ask_for_code(Client())
    response = client.post(reverse("account_request_login_code"), {"phone": "13812345678"})
    assert response.status_code == 200
    assert TextMessage.objects.count() == 4


def test_the_phone_stands_in_no_session_in_clear(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    stored = "".join(Session.objects.values_list("session_data", flat=True))
    assert stored
    assert "13812345678" not in stored


def test_staff_sign_in_with_name_and_password(client: Client, chen: User) -> None:
    response = client.post(reverse("account_login"), {"login": "chen", "password": "test-pass-123"})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(chen.pk)


def test_a_role_taken_away_is_gone_with_the_next_request(he: User, client: Client) -> None:
    client.force_login(he)
    assert client.get("/cms/").status_code != 403
    accounts.revoke(he.grants.get(), by=None, at=people.AT)
    assert client.get("/cms/").status_code == 403


def test_granting_twice_is_once(units: people.Units, outsider: User) -> None:
    first = accounts.grant(outsider, Role.TUTOR, unit=units.city, by=None, at=people.AT)
    assert accounts.grant(outsider, Role.TUTOR, unit=units.city, by=None, at=people.AT) == first


@pytest.mark.parametrize(
    "typed",
    [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "008613812345678",
        "１３８１２３４５６７８",
    ],
)
def test_phones_are_read_however_they_are_typed(typed: str) -> None:
    assert normalise(typed) == PHONE


@pytest.mark.parametrize(
    "typed", ["1381234567", "23812345678", "abc", "+1 202 555 0100", "", "138123456789"]
)
def test_what_is_no_phone_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(NotAPhone, match="11 位手机号"):
        normalise(typed)


def test_a_phone_that_was_never_proved_is_forgotten_after_a_day(outsider: User) -> None:
    typo = accounts.person_by_phone("13812340000", at=people.AT)
    later = typo.date_joined + timedelta(days=2)
    assert accounts.forget_unverified(at=typo.date_joined) == 0
    assert accounts.forget_unverified(at=later) == 1
    assert list(User.objects.all()) == [outsider]
