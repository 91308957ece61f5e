"""The door itself: what no table of addresses can show."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from lms import urls as site
from lms.accounts import foreign_views, policies
from lms.accounts import people as accounts
from lms.accounts.models import STAFF_ROLES, Role, User
from tests import people
from tests.permissions.walking import Address, addresses

pytestmark = pytest.mark.django_db
OURS = [address for address in addresses() if address.is_ours]


def forgotten(request: HttpRequest) -> HttpResponse:
    """A view whose author forgot to say who may."""
    return HttpResponse("secret")


@policies.capability("")
def _for_whoever(request: HttpRequest, said: str = "") -> HttpResponse:
    return HttpResponse("for all")


# This module is a URLconf too: the site with two addresses more.
urlpatterns = [
    path("forgotten/", forgotten),
    path("for-whoever/", _for_whoever),
    path("for-whoever/<str:said>/", _for_whoever),
    *site.urlpatterns,
]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("role", [None, *sorted(STAFF_ROLES)])
def test_a_view_without_a_policy_answers_403_to_everybody(
    client: Client, units: people.Units, role: Role | None
) -> None:
    if role:
        client.force_login(people.make_staff(role, "某人", username="someone", unit=units.city))
    answer = client.get("/forgotten/")
    assert answer.status_code == 403
    assert "secret" not in answer.content.decode()
    assert client.get("/for-whoever/").status_code == 200


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("address", ["?q=%00", "?a=1&cohort=2026%00log", "a%00b/"])
def test_a_nul_in_an_address_gets_no_further_than_the_door(client: Client, address: str) -> None:
    """A filter would hand it on, and PostgreSQL fails on it."""
    answer = client.get(f"/for-whoever/{address}")
    assert answer.status_code == 400
    assert "存不下的字符" in answer.content.decode()
    assert client.get("/for-whoever/?q=%2500").status_code == 200


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("kind", [None, "application/x-www-form-urlencoded"])
def test_a_nul_in_a_form_gets_no_further_than_the_door(client: Client, kind: str | None) -> None:
    def send(said: str) -> int:
        if kind is None:
            return client.post("/for-whoever/", {"said": said}).status_code
        return client.post("/for-whoever/", urlencode({"said": said}), kind).status_code

    assert (send("a\x00b"), send("ab")) == (400, 200)


def test_who_may_not_pass_is_told_that_first(client: Client, chen: User) -> None:
    client.force_login(chen)
    assert client.get("/desk/roll/?q=%00").status_code == 403


@pytest.mark.parametrize("address", OURS, ids=lambda address: address.key)
def test_every_view_of_ours_declares_its_policy(address: Address) -> None:
    policy = policies.policy_of(address.view)
    assert policy is not None
    if policy.kind == "capability":
        assert policy.words, "says in words what opens it"
    if policy.kind == "roles":
        assert policy.roles <= set(Role)


def test_a_role_that_was_taken_away_opens_nothing_from_the_next_request_on(
    client: Client, chen: User
) -> None:
    client.force_login(chen)
    assert client.get("/desk/tutor/").status_code == 200
    accounts.revoke(chen.grants.get(), by=None, at=people.AT)
    assert client.get("/desk/tutor/").status_code == 403


def test_an_account_that_was_closed_is_signed_out_with_the_next_request(
    client: Client, chen: User
) -> None:
    client.force_login(chen)
    chen.is_active = False
    chen.save()
    assert client.get("/desk/tutor/").url.startswith("/sign-in/")


def test_flags_on_a_user_row_open_neither_the_back_office_nor_a_desk(
    client: Client, outsider: User
) -> None:
    outsider.is_superuser = outsider.is_staff = True
    outsider.save()
    outsider.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(outsider)
    for address in (
        "/cms/",
        "/cms/pages/",
        "/cms/users/",
        "/desk/tutor/",
        "/desk/audit/",
        "/jobs/",
    ):
        assert client.get(address).status_code == 403, address


# --- The second factor --------------------------------------------------------------------------


def _of_staff() -> list[str]:
    """Plain addresses that some staff role may open, and the doors of libraries."""
    found = ["/cms/", "/documents/1/notes.txt", "/home/"]
    for address in OURS:
        policy = policies.policy_of(address.view)
        if policy and policy.roles & STAFF_ROLES and "<" not in address.route:
            found.append("/" + address.route)
    return found


@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_staff_without_a_second_factor_must_set_it_up_first(
    client: Client, units: people.Units, settings: object, role: Role
) -> None:
    settings.STAFF_MFA = "required"  # type: ignore[attr-defined]
    user = people.make_staff(role, "某人", username="someone", unit=units.city)
    client.force_login(user)
    for address in _of_staff():
        answer = client.get(address)
        refused = answer.status_code == 403
        sent = answer.status_code == 302 and answer["Location"] == reverse("mfa_index")
        assert sent or refused, address
    assert client.get("/home/")["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    totp.TOTP.activate(user, totp.generate_totp_secret())
    assert client.get("/documents/1/notes.txt").status_code == 404


def test_a_required_second_factor_does_not_concern_students(
    client: Client, outsider: User, settings: object
) -> None:
    settings.STAFF_MFA = "required"  # type: ignore[attr-defined]
    accounts.grant(outsider, Role.STUDENT, unit=None, by=None, at=people.AT)
    client.force_login(outsider)
    assert client.get(reverse("mfa_index")).status_code == 403
    assert client.get("/learn/stations/").status_code == 200


def test_staff_with_a_second_factor_get_in_with_both(client: Client, chen: User) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(chen, secret)
    first = client.post(reverse("account_login"), {"login": "chen", "password": "test-pass-123"})
    assert first["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    code = totp.format_hotp_value(
        totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time()))
    )
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert client.session["_auth_user_id"] == str(chen.pk)


def test_a_passkey_can_be_asked_for_before_anybody_is_signed_in(client: Client) -> None:
    answer = client.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert answer.status_code == 200


def test_the_first_door_that_fits_a_path_is_the_narrowest() -> None:
    prefixes = [prefix for prefix, _policy in foreign_views._DOORS]
    for place, prefix in enumerate(prefixes):
        assert not any(prefix.startswith(earlier) for earlier in prefixes[:place]), prefix
