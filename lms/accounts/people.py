"""Opening accounts, giving and taking roles."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet

from lms.accounts.models import Grant, OrgUnit, Role, User
from lms.accounts.phones import normalise
from lms.base import audit, private

# Wagtail asks for a group with "may enter the admin"; the grant is the truth, the group follows.
EDITORS_GROUP = "课程编辑"
UNVERIFIED_KEPT = timedelta(days=1)


@transaction.atomic
def open_staff_account(*, username: str, name: str, password: str, at: datetime) -> User:
    """An account that signs in with name and password; roles come with ``grant``."""
    user = User.objects.create_user(username=username, name=name, password=password)
    audit.record("account.opened", by=None, on=user, at=at)
    return user


def person_by_phone(phone: str, *, at: datetime) -> User:
    """The account of this phone number, opened if there is none; not yet verified.

    Two first requests at the same moment end with one account: the look-up column is unique.
    """
    phone = normalise(phone)
    known = User.objects.filter(phone_lookup=private.lookup(phone)).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            user = User(username=f"p-{secrets.token_hex(8)}", phone=phone)
            user.set_unusable_password()
            user.save()
            audit.record("account.opened", by=None, on=user, at=at)
            return user
    except IntegrityError:
        return User.objects.get(phone_lookup=private.lookup(phone))


@transaction.atomic
def grant(user: User, role: Role, *, unit: OrgUnit | None, by: User | None, at: datetime) -> Grant:
    """Give a role for a unit and all below it; giving it twice is once."""
    held, created = Grant.objects.in_force().get_or_create(
        user=user, role=role, org_unit=unit, defaults={"granted_at": at, "granted_by": by}
    )
    if created:
        audit.record(
            "role.granted", by=by, on=user, at=at, data={"role": role, "unit": unit and unit.code}
        )
        _forget_roles(user)
    return held


@transaction.atomic
def revoke(held: Grant, *, by: User | None, at: datetime) -> None:
    """Take a role away; effective with the next request."""
    if Grant.objects.in_force().filter(pk=held.pk).update(revoked_at=at):
        audit.record("role.revoked", by=by, on=held.user, at=at, data={"role": held.role})
        _forget_roles(held.user)


def _forget_roles(user: User) -> None:
    user.__dict__.pop("_roles", None)
    group, _ = Group.objects.get_or_create(name=EDITORS_GROUP)
    if user.has_role(Role.COURSE_EDITOR):
        user.groups.add(group)
    else:
        user.groups.remove(group)


def unverified(*, at: datetime) -> QuerySet[User]:
    """Accounts whose phone number was typed a day ago and never proved."""
    return User.objects.filter(
        phone_lookup__isnull=False,
        phone_verified_at__isnull=True,
        last_login__isnull=True,
        date_joined__lt=at - UNVERIFIED_KEPT,
        grants__isnull=True,
    )


@transaction.atomic
def forget_unverified(*, at: datetime) -> int:
    """Delete them; returns how many.

    They hold nothing: whoever proves the number later simply gets an account again.
    """
    forgotten = 0
    for user in unverified(at=at).iterator():
        try:
            with transaction.atomic():
                audit.record("account.forgotten", by=None, on=user, at=at)
                user.delete()
            forgotten += 1
        except ProtectedError:  # an application was begun for this person by somebody else
            continue
    return forgotten
