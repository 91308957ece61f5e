"""Passwords of staff: how long, how kept, how changed, and that guessing is slow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django.utils.module_loading import import_string

from lms.accounts.models import Role, User
from lms.settings import base
from tests import people
from tests.lms.test_staffing import sign_in

OLD, NEW = "test-pass-123", "shell-cobalt-71"


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_eight_signs_are_the_least() -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password("q7!Zk2x")
    assert {error.code for error in refused.value.error_list} == {"password_too_short"}
    validate_password("q7!Zk2xV")


def test_they_are_kept_under_argon2id_as_hard_as_owasp_asks() -> None:
    hasher = import_string(base.PASSWORD_HASHERS[0])()
    kept = hasher.encode(NEW, hasher.salt())
    assert "$argon2id$" in kept
    # OWASP's least: 19 MiB in two passes on one lane; here more memory.
    facts = hasher.decode(kept)
    assert facts["memory_cost"] >= 19 * 1024
    assert facts["time_cost"] >= 2
    assert hasher.verify(NEW, kept)
    assert not hasher.verify(NEW + "x", kept)


@pytest.mark.django_db
def test_a_password_is_changed_only_with_the_old_one() -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    client = sign_in("zhou", OLD)
    new = {"password1": NEW, "password2": NEW}
    client.post("/sign-in/password/", {"oldpassword": "something else", **new})
    assert not is_in(sign_in("zhou", NEW))
    client.post("/sign-in/password/", {"oldpassword": OLD, **new})
    assert is_in(sign_in("zhou", NEW))
    assert not is_in(sign_in("zhou", OLD))


@pytest.mark.django_db
@pytest.mark.parametrize("weak", ["1234567a", "password", "gonghui2026"])
def test_the_page_of_a_new_password_asks_the_same_rules(weak: str) -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    client = sign_in("zhou", OLD)
    told = {"oldpassword": OLD, "password1": weak, "password2": weak}
    client.post("/sign-in/password/", told)
    assert not is_in(sign_in("zhou", weak))


@pytest.mark.django_db
def test_a_password_of_three_years_ago_is_good(time_machine: Any) -> None:
    people.make_staff(Role.REGISTRAR, "周老师", username="zhou")
    time_machine.move_to(timezone.now() + timedelta(days=3 * 365))
    client = sign_in("zhou", OLD)
    assert client.get("/desk/registrar/").status_code == 200


@pytest.mark.django_db
def test_after_five_wrong_passwords_the_right_one_waits_and_other_names_do_not(
    time_machine: Any,
) -> None:
    for username in ("zhou", "chen"):
        people.make_staff(Role.REGISTRAR, username, username=username)
    for number in range(5):
        assert not is_in(sign_in("zhou", f"wrong-{number}"))
    assert not is_in(sign_in("zhou", OLD))
    assert is_in(sign_in("chen", OLD))
    # Nobody is locked out for good: a stranger costs five minutes.
    time_machine.move_to(timezone.now() + timedelta(minutes=6))
    assert is_in(sign_in("zhou", OLD))


@pytest.mark.django_db
def test_a_new_site_has_nobody_in_it() -> None:
    assert not User.objects.exists()


@pytest.mark.django_db
def test_no_door_asks_a_secret_question() -> None:
    """What the doors ask is what docs/security.md lists, and nothing else."""
    import re

    asked = set()
    for path in ("/sign-in/", "/sign-in/staff/", "/sign-in/closed/"):
        page = Client().get(path).content.decode()
        asked |= set(re.findall(r'<(?:input|select|textarea)[^>]*name="(\w+)"', page))
    assert asked - {"csrfmiddlewaretoken", "next", "language", "theme", "text"} <= {
        "phone", "login", "password", "remember", "credential", "action",
    }  # fmt: skip
    assert conf.WAGTAIL_PASSWORD_MANAGEMENT_ENABLED is False
