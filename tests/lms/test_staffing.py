"""Staff accounts: opened with a first password, roles given and taken, sessions ended at once."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from lms.accounts import erasing, staffing
from lms.accounts.models import Grant, OrgUnit, Role, User
from lms.base.audit import AuditEntry
from tests import people
from tests.people import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def wu(units: people.Units) -> User:
    return people.make_staff(Role.OPERATOR, "运维老吴", username="wu", unit=units.city)


@pytest.fixture
def desk(wu: User) -> Client:
    client = Client()
    client.force_login(wu)
    return client


def sign_in(username: str, password: str) -> Client:
    client = Client()
    client.post("/sign-in/staff/", {"login": username, "password": password})
    return client


def new_officer(desk: Client, units: people.Units) -> tuple[User, str]:
    """Opened on the page; the password as the page tells it."""
    unit = units.siming.pk
    form = {"name": "王干事", "username": "wang", "role": Role.DISTRICT_OFFICER, "unit": unit}
    page = desk.post("/desk/people/new/", form)
    assert page.status_code == 200
    return User.objects.get(username="wang"), page.context["password"]


def test_a_new_officer_signs_in_and_must_choose_a_password_of_their_own(
    desk: Client, units: people.Units
) -> None:
    _user, password = new_officer(desk, units)
    client = sign_in("wang", password)
    assert client.get("/desk/review/").headers["Location"] == "/sign-in/password/"
    told = {"oldpassword": password, "password1": "shell-cobalt-71", "password2": "shell-cobalt-71"}
    client.post("/sign-in/password/", told)
    assert client.get("/desk/review/").status_code == 200


def test_the_first_password_is_kept_nowhere(desk: Client, units: people.Units) -> None:
    user, password = new_officer(desk, units)
    assert password not in user.password
    assert not AuditEntry.objects.filter(data__icontains=password).exists()
    assert password not in desk.get(f"/desk/people/{user.uuid}/").content.decode()


def test_passwords_are_long_and_never_the_same() -> None:
    made = {staffing.new_password() for _n in range(500)}
    assert len(made) == 500
    assert all(len(password.replace("-", "")) == 12 for password in made)


def test_a_name_that_is_taken_is_said_and_nothing_typed_is_lost(
    desk: Client, units: people.Units
) -> None:
    new_officer(desk, units)
    form = {"name": "另一位", "username": "wang", "role": Role.TUTOR, "unit": units.city.pk}
    page = desk.post("/desk/people/new/", form)
    text = page.content.decode()
    assert page.status_code == 400
    assert "已经有人用了" in text
    assert "另一位" in text


def test_a_district_officer_of_no_district_is_refused(desk: Client, units: people.Units) -> None:
    form = {
        "name": "王干事",
        "username": "wang",
        "role": Role.DISTRICT_OFFICER,
        "unit": units.city.pk,
    }
    page = desk.post("/desk/people/new/", form)
    assert "要选一个区工会" in page.content.decode()
    assert not User.objects.filter(username="wang").exists()


def test_a_role_taken_is_gone_with_the_next_request(desk: Client, units: people.Units) -> None:
    user = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    client = Client()
    client.force_login(user)
    assert client.get("/desk/set-up/").status_code == 200
    held = Grant.objects.get(user=user)
    desk.post(f"/desk/people/{user.uuid}/roles/{held.pk}/take/")
    assert client.get("/desk/set-up/").status_code == 403


def test_a_role_given_holds_with_the_next_request(desk: Client, units: people.Units) -> None:
    user = people.make_staff(Role.TUTOR, "陈老师", username="chen", unit=units.city)
    client = Client()
    client.force_login(user)
    form = {"role": Role.REGISTRAR, "unit": units.city.pk}
    desk.post(f"/desk/people/{user.uuid}/roles/", form)
    assert client.get("/desk/set-up/").status_code == 200


@pytest.mark.parametrize("act", ["sessions", "password", "second-factor", "suspend"])
def test_who_is_signed_in_is_out_with_the_next_request(
    act: str, desk: Client, units: people.Units
) -> None:
    user = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    client = sign_in("zhou", "test-pass-123")
    assert client.get("/desk/set-up/").status_code == 200
    desk.post(f"/desk/people/{user.uuid}/{act}/")
    assert client.get("/desk/set-up/").headers["Location"].startswith("/sign-in/")


def test_a_student_stays_signed_in_when_somebody_elses_sessions_end(
    desk: Client, units: people.Units
) -> None:
    user = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    other = people.make_staff(Role.TUTOR, "陈老师", username="chen", unit=units.city)
    client = Client()
    client.force_login(other)
    desk.post(f"/desk/people/{user.uuid}/sessions/")
    assert client.get("/home/").status_code == 302
    assert not client.get("/home/").headers["Location"].startswith("/sign-in/")


def test_a_lost_second_factor_is_cleared(desk: Client, units: people.Units) -> None:
    user = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    Authenticator.objects.create(user=user, type="totp", data={})
    desk.post(f"/desk/people/{user.uuid}/second-factor/")
    assert not Authenticator.objects.filter(user=user).exists()


def test_a_suspended_account_cannot_sign_in_until_it_is_reinstated(
    desk: Client, units: people.Units
) -> None:
    user = people.make_staff(Role.REGISTRAR, "周老师", username="zhou", unit=units.city)
    desk.post(f"/desk/people/{user.uuid}/suspend/")
    assert sign_in("zhou", "test-pass-123").get("/desk/set-up/").status_code == 302
    desk.post(f"/desk/people/{user.uuid}/reinstate/")
    assert sign_in("zhou", "test-pass-123").get("/desk/set-up/").status_code == 200


@pytest.mark.parametrize("act", ["password", "second-factor", "suspend"])
def test_nobody_does_these_to_themselves(act: str, desk: Client, wu: User) -> None:
    before = User.objects.get(pk=wu.pk)
    desk.post(f"/desk/people/{wu.uuid}/{act}/")
    after = User.objects.get(pk=wu.pk)
    assert (after.password, after.is_active, after.sessions_ended) == (
        before.password,
        before.is_active,
        before.sessions_ended,
    )


def test_the_last_operator_keeps_the_role(desk: Client, wu: User) -> None:
    held = Grant.objects.get(user=wu)
    page = desk.post(f"/desk/people/{wu.uuid}/roles/{held.pk}/take/", follow=True)
    assert "最后一位系统运维" in page.content.decode()
    assert Grant.objects.in_force().filter(pk=held.pk).exists()


def test_every_act_leaves_a_row(desk: Client, wu: User, units: people.Units) -> None:
    user, _password = new_officer(desk, units)
    for act in ("sessions", "second-factor", "password", "suspend", "reinstate"):
        desk.post(f"/desk/people/{user.uuid}/{act}/")
    told = set(AuditEntry.objects.filter(actor=wu).values_list("action", flat=True))
    assert told >= {
        "account.opened",
        "role.granted",
        "sessions.ended",
        "second_factor.reset",
        "password.reset",
        "account.suspended",
        "account.reinstated",
    }


def test_students_are_not_among_the_staff(desk: Client, units: people.Units) -> None:
    student = people.make_person("阿怡", "13900000001")
    people.people.grant(student, Role.STUDENT, unit=units.riders, by=None, at=AT)
    assert desk.get(f"/desk/people/{student.uuid}/").status_code == 404
    assert "阿怡" not in desk.get("/desk/people/?q=阿怡").content.decode().split("<main")[
        1
    ].replace('value="阿怡"', "")


def test_an_applicant_whose_data_were_deleted_is_not_among_the_staff(desk: Client) -> None:
    lin = people.make_person("林师傅", "13900000002")
    erasing.erase_account(lin, by=None, at=AT)
    assert desk.get(f"/desk/people/{lin.uuid}/").status_code == 404


def test_who_has_a_password_is_among_the_staff_before_the_first_role(desk: Client) -> None:
    new = people.people.open_staff_account(
        username="chen", name="陈老师", password="test-pass-123", at=AT
    )
    assert desk.get(f"/desk/people/{new.uuid}/").status_code == 200


def test_the_list_asks_the_same_for_many(
    desk: Client, units: people.Units, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        people.make_staff(Role.TUTOR, f"老师{number}", username=f"t{number}", unit=units.city)
    with django_assert_max_num_queries(8):
        assert desk.get("/desk/people/").status_code == 200


# ---------------------------------------------------------------- beginning


def begin(**more: Any) -> None:
    given = {
        "city": "海州市总工会",
        "short": "市总",
        "code": "359900",
        "operator": "老吴",
        "sign_in": "wu",
    }
    call_command("begin", **{**given, **more})


def test_an_empty_site_begins_with_a_city_and_an_operator(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin()
    told = capsys.readouterr().out
    password = told.split(" with ")[1].split()[0]
    client = sign_in("wu", password)
    assert client.get("/desk/people/").headers["Location"] == "/sign-in/password/"
    assert OrgUnit.objects.get().kind == OrgUnit.Kind.CITY


def test_a_site_begins_once() -> None:
    begin()
    with pytest.raises(CommandError, match="operator"):
        begin(sign_in="second")


@pytest.mark.parametrize("for_all", [False, True])
def test_no_database_lets_a_role_in_twice_until_it_is_taken_away(
    wu: User, units: people.Units, for_all: bool
) -> None:
    held = {"user": wu, "role": Role.AUDITOR, "org_unit": None if for_all else units.city}
    first = Grant.objects.create(**held, granted_at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(**held, granted_at=AT)
    Grant.objects.filter(pk=first.pk).update(revoked_at=AT)
    Grant.objects.create(**held, granted_at=AT)
