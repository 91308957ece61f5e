"""Staff: accounts opened by the operator, passwords that live until the first sign-in, sessions ended at once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lms.accounts import people
from lms.accounts.models import STAFF_ROLES, Grant, OrgUnit, Role, User
from lms.base import audit
from lms.base.errors import Refused

# Without characters that are taken for each other when read out over the phone; 59 bits in twelve.
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
# A class is taught by people of one place: a role whose work lies in a unit is given for one.
_IN_A_UNIT = frozenset({Role.DISTRICT_OFFICER})


class NameTaken(Refused):
    sentence = _("登录名“%(username)s”已经有人用了，请换一个。")


class NotYourself(Refused):
    sentence = _("不能对自己的账号这样做，请另一位运维人员来办。")


class LastOperator(Refused):
    sentence = _("这是最后一位系统运维，不能收回。请先给另一个人这个角色。")


class NeedsAUnit(Refused):
    sentence = _("区工会干事要选一个区工会，才知道能看哪些人。")


@dataclass(frozen=True)
class Opened:
    """``password`` is told once and kept nowhere; it must be changed at the first sign-in."""

    user: User
    password: str


def staff() -> QuerySet[User]:
    """Everybody who ever held a staff role, with the roles in force as ``held``.

    Accounts with a password count before their first role. Those of a phone never have one, by
    which an erased applicant, whose number is gone, is told from them.
    """
    signs_in_by_name = Q(phone_lookup=None) & ~Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    in_force = Grant.objects.in_force().select_related("org_unit").order_by("role", "pk")
    return (
        User.objects.filter(Q(grants__role__in=STAFF_ROLES) | signs_in_by_name)
        .exclude(grants__role=Role.STUDENT)
        .distinct()
        .order_by("-is_active", "name", "username")
        .prefetch_related(Prefetch("grants", queryset=in_force, to_attr="held"))
    )


@transaction.atomic
def open_account(
    *, username: str, name: str, role: Role, unit: OrgUnit | None, by: User | None, at: datetime
) -> Opened:
    """An account with its first role and a password for the first sign-in.

    Raises:
        NameTaken, NeedsAUnit.
    """
    password = new_password()
    user = User(username=username, name=name)
    user.set_password(password)
    user.must_change_password = True
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as clash:
        raise NameTaken(username=username) from clash
    audit.record("account.opened", by=by, on=user, at=at)
    give_role(user, role, unit=unit, by=by, at=at)
    return Opened(user, password)


def new_password() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _n in range(4)) for _m in range(3))
    return "-".join(groups)


def give_role(
    user: User, role: Role, *, unit: OrgUnit | None, by: User | None, at: datetime
) -> Grant:
    """Effective with the person's next request.

    Raises:
        NeedsAUnit: the role is held for a district, and none was named.
    """
    if role in _IN_A_UNIT and (unit is None or unit.kind == OrgUnit.Kind.CITY):
        raise NeedsAUnit(role)
    return people.grant(user, role, unit=unit, by=by, at=at)


@transaction.atomic
def take_role(held: Grant, *, by: User, at: datetime) -> None:
    """Effective with the person's next request.

    Raises:
        LastOperator: nobody could give roles any more.
    """
    if held.role == Role.OPERATOR and not _operators().exclude(pk=held.user_id).exists():
        raise LastOperator(held.user)
    people.revoke(held, by=by, at=at)


@transaction.atomic
def reset_password(user: User, *, by: User, at: datetime) -> Opened:
    """A new password for the next sign-in; whoever is signed in with the old one is out.

    Raises:
        NotYourself: one's own is changed with the old one.
    """
    _somebody_else(user, by)
    password = new_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    audit.record("password.reset", by=by, on=user, at=at)
    return Opened(user, password)


@transaction.atomic
def reset_second_factor(user: User, *, by: User, at: datetime) -> None:
    """For a lost phone: the person sets up a new one at the next sign-in.

    Raises:
        NotYourself: one's own is changed on one's own page.
    """
    _somebody_else(user, by)
    Authenticator.objects.filter(user=user).delete()
    _count_on(user)
    audit.record("second_factor.reset", by=by, on=user, at=at)


@transaction.atomic
def end_sessions(user: User, *, by: User, at: datetime) -> None:
    """Out of every browser and phone, with their next request."""
    _count_on(user)
    audit.record("sessions.ended", by=by, on=user, at=at)


@transaction.atomic
def suspend(user: User, *, by: User, at: datetime) -> None:
    """No more signing in, and out of wherever the person is signed in; what was done stays.

    Raises:
        NotYourself, LastOperator.
    """
    _somebody_else(user, by)
    is_operator = user.has_role(Role.OPERATOR)
    if is_operator and not _operators().exclude(pk=user.pk).exists():
        raise LastOperator(user)
    if User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        _count_on(user)
        audit.record("account.suspended", by=by, on=user, at=at)


@transaction.atomic
def reinstate(user: User, *, by: User, at: datetime) -> None:
    if User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        audit.record("account.reinstated", by=by, on=user, at=at)


def _operators() -> QuerySet[User]:
    held = Grant.objects.in_force().filter(role=Role.OPERATOR)
    return User.objects.filter(pk__in=held.values("user"), is_active=True)


def _count_on(user: User) -> None:
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)


def _somebody_else(user: User, by: User) -> None:
    if user.pk == by.pk:
        raise NotYourself(user)
