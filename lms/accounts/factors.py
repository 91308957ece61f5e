"""Second factors in the database: sealed, so that a stolen copy of it makes no codes."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter

from lms.base import private

_CONTEXT, _MARK = "mfa_authenticator", "sealed:"


class SealedFactors(DefaultMFAAdapter):
    """The seeds of codes and of recovery codes, under the keys that seal private fields."""

    def encrypt(self, text: str) -> str:
        return _MARK + base64.b64encode(private.seal(text, context=_CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        if not encrypted_text.startswith(_MARK):
            return encrypted_text  # set up before seeds were sealed
        sealed = base64.b64decode(encrypted_text.removeprefix(_MARK))
        return private.unseal(sealed, context=_CONTEXT)
