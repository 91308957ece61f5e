"""How a digest reaches a phone. A carrier is named in ``settings.REMINDER_CARRIERS``, the first that can takes it.

Text messages go through the port of ``lms.accounts.sms``. A WeChat account of the union becomes
another class here with the same two methods; until students have tied WeChat to their account
there is nothing it could address.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from enrollment.api import Student
from lms.accounts import sms


class Carrier(Protocol):
    """One way to a student."""

    def reaches(self, student: Student) -> bool: ...

    def carry(self, student: Student, text: str, *, key: str, at: datetime) -> None:
        """Hand the message over; raises to have it tried again within the window."""


class Sms:
    """A text message to the number the student signs in with."""

    def reaches(self, student: Student) -> bool:
        return bool(student.user.phone)

    def carry(self, student: Student, text: str, *, key: str, at: datetime) -> None:
        sms.send(student.user.phone.plain(), text, about="study reminder", at=at, dedupe_key=key)


def carrier_for(student: Student) -> Carrier | None:
    """The first carrier that reaches the student."""
    for path in settings.REMINDER_CARRIERS:
        carrier: Carrier = import_string(path)()
        if carrier.reaches(student):
            return carrier
    return None
