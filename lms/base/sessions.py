"""Sessions in the database, encrypted: allauth keeps the phone number of a sign-in there."""

from __future__ import annotations

import base64
import binascii
import logging
from typing import Any

from cryptography.exceptions import InvalidTag
from django.contrib.sessions.backends.db import SessionStore as PlainStore
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from lms.base import private
from lms.base.prepared import Given, Prepared

_CONTEXT = "django_session"
_BY_KEY = Prepared(
    lambda: Session.objects.filter(
        session_key=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField())
    ).values_list("session_data", named=True)
)


class SessionStore(PlainStore):
    """Django's database sessions with the payload sealed under the private keys.

    Expired or unreadable payloads (a key that was retired) are an empty session: people sign
    in again.
    """

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def _get_session_from_db(self) -> Any:
        # Asked by every request, so not compiled anew; None is a session that is over.
        found = _BY_KEY.first(key=self.session_key, now=timezone.now())
        if found is None:
            self._session_key = None
        return found

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
