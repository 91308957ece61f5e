"""The link in a message that turns reminders off: signed, short, good without signing in.

All it can do is switch the reminders of one student off and on, so sixteen characters are enough.
"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import force_str
from django.utils.http import base36_to_int, int_to_base36, urlsafe_base64_encode

from courses.reminders.models import Reminder

_SALT = "courses.reminders"
_LENGTH = 16


def address_of(reminder: Reminder) -> str:
    """Absolute, as a message needs it."""
    return settings.SITE_URL + reverse("courses:reminder_switch", args=[token_of(reminder)])


def token_of(reminder: Reminder) -> str:
    key = int_to_base36(reminder.pk)
    return f"{key}-{_signature(key, settings.SECRET_KEY)}"


def reminder_of(token: str) -> Reminder | None:
    """The reminder that a token speaks of; None if nobody of ours made it."""
    key, _dash, signature = token.partition("-")
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(constant_time_compare(signature, _signature(key, one)) for one in secrets):
        return None
    found: Reminder | None = (
        Reminder.objects.select_related("student__user").filter(pk=base36_to_int(key)).first()
    )
    return found


def _signature(key: str, secret: str | bytes) -> str:
    digest = salted_hmac(_SALT, key, secret=secret, algorithm="sha256").digest()
    return force_str(urlsafe_base64_encode(digest))[:_LENGTH]
