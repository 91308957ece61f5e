"""Sessions in the database, encrypted: allauth keeps the phone number of a sign-in there."""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Any

from cryptography.exceptions import InvalidTag
from django.contrib.sessions.backends.db import SessionStore as PlainStore

from lms.base import private

_CONTEXT = "django_session"


class SessionStore(PlainStore):
    """Django's database sessions with the payload sealed under the private keys.

    Expired or unreadable payloads (a key that was retired) are an empty session: people sign
    in again.
    """

    @classmethod
    def get_model_class(cls) -> Any:
        from django.contrib.sessions.models import Session

        return Session

    def encode(self, session_dict: dict[str, Any]) -> str:
        sealed = private.seal(super().encode(session_dict), context=_CONTEXT)
        return base64.b64encode(sealed).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            opened = private.unseal(base64.b64decode(session_data, validate=True), context=_CONTEXT)
        except (InvalidTag, KeyError, IndexError, ValueError, binascii.Error):
            logging.getLogger(__name__).warning("a session could not be opened and was dropped")
            return {}
        return super().decode(opened)
