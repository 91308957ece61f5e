"""Taking everything personal off an account. The row itself stays: acts and papers point to it."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from lms.accounts.models import TextMessage, User
from lms.base import audit


@transaction.atomic
def erase_account(user: User, *, by: User | None, at: datetime) -> None:
    """Remove name, phone number, text messages and keys; nobody signs in with it any more.

    Whoever proves the phone number later gets a new account.
    """
    if user.phone_lookup:
        TextMessage.objects.filter(to_lookup=user.phone_lookup).delete()
    Authenticator.objects.filter(user=user).delete()
    user.name, user.phone, user.email = "", "", ""
    user.phone_verified_at, user.is_active = None, False
    user.save()
    audit.scrub(user)
    audit.record("account.erased", by=by, on=user, at=at)
