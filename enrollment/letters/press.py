"""The letter press of this installation: typesetter and keys, made once per process."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from enrollment.letters.signing import CodeSigner, FileKeySigner, Signer, make_sample_keys
from enrollment.letters.typesetting import Typesetter
from lms.base import clock


@functools.cache
def typesetter() -> Typesetter:
    return Typesetter(font_cache=Path(settings.VAR_DIR) / "fonts")


@functools.cache
def signer() -> Signer:
    return FileKeySigner(_keys())


@functools.cache
def code_signer() -> CodeSigner:
    return CodeSigner(_keys())


def print_signed(template: str, facts: Mapping[str, Any], *, reason: str, at: datetime) -> bytes:
    """Set and sign a document: PDF/A-2a with a PAdES signature. Same input, same bytes.

    Raises:
        MissingGlyph, TextTooLong: see ``Typesetter.set_pages``.
    """
    pages = typesetter().set_pages(template, facts, at=at)
    return signer().sign(pages, reason=reason, at=at)


def _keys() -> Path:
    folder = Path(settings.KEYS_DIR) / "letters"
    if not folder.exists():
        if not settings.DEMO:
            raise RuntimeError(
                f"{folder} is missing. Restore the signing keys from your backup; "
                "letters signed before verify only by them."
            )
        # Not a moment of business: the only time that is right for a key is the time it is made.
        make_sample_keys(folder, at=clock.now())
    return folder
