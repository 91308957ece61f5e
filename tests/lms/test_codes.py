"""Codes that open a door: of text messages, of authenticators, of recovery. Once, for a while, for one request."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as conf
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.accounts.models import Role, User
from tests import people
from tests.lms.test_signin import PHONE, ask_for_code, last_code
from tests.lms.test_staffing import sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "test-pass-123"


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def give(client: Client, code: str) -> bool:
    client.post(reverse("account_confirm_login_code"), {"code": code})
    return is_in(client)


# ---------------------------------------------------------------- text messages


def test_a_code_opens_once(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    code = last_code()
    assert give(client, code)
    client.post(reverse("account_logout"))
    assert not give(client, code)
    assert not give(Client(), code)


def test_a_code_opens_only_where_it_was_asked_for(client: Client) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    first = last_code()
    elsewhere = Client()
    ask_for_code(elsewhere)
    second = last_code()
    assert first != second, "one in a million"
    assert not give(elsewhere, first)
    assert not give(client, second)
    assert give(client, first)


def test_a_code_ends_after_five_minutes(client: Client, time_machine: Any) -> None:
    people.make_person("阿怡", PHONE)
    ask_for_code(client)
    code = last_code()
    assert conf.ACCOUNT_LOGIN_BY_CODE_TIMEOUT == 300
    time_machine.move_to(timezone.now() + timedelta(seconds=conf.ACCOUNT_LOGIN_BY_CODE_TIMEOUT + 1))
    assert not give(client, code)


# ---------------------------------------------------------------- authenticators


@pytest.fixture
def chen_with_factor(chen: User) -> str:
    """陈老师's seed; the factor is set up."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(chen, secret)
    return secret


def code_now(secret: str, windows_ago: int = 0) -> str:
    counter = next(totp.yield_hotp_counters_from_time())
    return str(totp.format_hotp_value(totp.hotp_value(secret, counter - windows_ago)))


def at_the_second_door() -> Client:
    client = sign_in("chen", PASSWORD)
    assert not is_in(client)
    return client


def second(client: Client, code: str) -> bool:
    client.post(reverse("mfa_authenticate"), {"code": code})
    return is_in(client)


def test_a_code_of_an_authenticator_opens_once(chen_with_factor: str) -> None:
    code = code_now(chen_with_factor)
    assert second(at_the_second_door(), code)
    assert not second(at_the_second_door(), code)


def test_a_code_of_an_authenticator_ends_with_its_half_minute(chen_with_factor: str) -> None:
    client = at_the_second_door()
    for ago in (2, 1):
        assert not second(client, code_now(chen_with_factor, windows_ago=ago))
    assert second(client, code_now(chen_with_factor))


def test_a_recovery_code_opens_once(chen: User, chen_with_factor: str) -> None:
    codes = RecoveryCodes.activate(chen).get_unused_codes()
    assert len(set(codes)) == len(codes) == 10
    assert second(at_the_second_door(), codes[0])
    assert not second(at_the_second_door(), codes[0])
    assert second(at_the_second_door(), codes[1])


def test_a_stolen_database_makes_no_codes(chen: User, chen_with_factor: str) -> None:
    RecoveryCodes.activate(chen)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert chen_with_factor not in kept
    for row in Authenticator.objects.filter(user=chen):
        value = row.data.get("secret") or row.data["seed"]
        assert value.startswith("sealed:")


def test_a_factor_of_before_the_sealing_still_opens(chen: User) -> None:
    secret = totp.generate_totp_secret()
    Authenticator.objects.create(user=chen, type="totp", data={"secret": secret})
    assert second(at_the_second_door(), code_now(secret))


def test_a_new_password_does_not_lead_past_the_second_factor(
    wu: User, chen: User, chen_with_factor: str
) -> None:
    desk = Client()
    desk.force_login(wu)
    told = desk.post(f"/desk/people/{chen.uuid}/password/")
    client = sign_in("chen", told.context["password"])
    assert not is_in(client)
    assert second(client, code_now(chen_with_factor))


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_generate_recovery_codes"])
def test_a_factor_is_changed_only_after_the_password_was_given_again(
    name: str, time_machine: Any
) -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    client = sign_in("zhou", PASSWORD)
    time_machine.move_to(timezone.now() + timedelta(minutes=20))
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
