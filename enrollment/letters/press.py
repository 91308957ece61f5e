"""The letter press of this installation: typesetter and keys, made once per process."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from enrollment.letters.signing import CodeSigner, FolderSigner, Signer, make_sample_keys
from enrollment.letters.typesetting import Typesetter
from lms.base import clock

# The folder as it was when a signer was made: names and times of its files.
_State = tuple[tuple[str, int], ...]


@functools.cache
def typesetter() -> Typesetter:
    return Typesetter(font_cache=Path(settings.VAR_DIR) / "fonts")


def signer() -> Signer:
    """Signs with the newest key; a rotation or a withdrawal counts from the next letter on.

    Raises:
        KeyNotVouchedFor: two people have not compared its fingerprint yet.
    """
    vouched_for()
    return _signer(*_keys())


def code_signer() -> CodeSigner:
    vouched_for()
    return _code_signer(*_keys())


def vouched_for() -> None:
    """Raises:
    KeyNotVouchedFor: two people have not compared the newest key's fingerprint yet.
    """
    # Imported here: it reads the folder through this module.
    from enrollment.letters import vouching

    vouching.check()


def print_signed(template: str, facts: Mapping[str, Any], *, reason: str, at: datetime) -> bytes:
    """Set and sign a document: PDF/A-2a with a PAdES signature. Same input, same bytes.

    Raises:
        MissingGlyph, TextTooLong: see ``Typesetter.set_pages``.
    """
    pages = typesetter().set_pages(template, facts, at=at)
    return signer().sign(pages, reason=reason, at=at)


@functools.lru_cache(maxsize=1)
def _signer(folder: Path, _state: _State) -> Signer:
    return FolderSigner(folder, settings.LETTER_KEY)


@functools.lru_cache(maxsize=1)
def _code_signer(folder: Path, _state: _State) -> CodeSigner:
    return CodeSigner(folder)


def ready_keys() -> Path:
    """The folder of keys; a demonstration makes its own on first use.

    Raises:
        RuntimeError: an office's keys are missing.
    """
    folder = keys_folder()
    if not folder.exists():
        if not settings.DEMO:
            raise RuntimeError(
                f"{folder} is missing. Restore the signing keys from your backup; "
                "letters signed before verify only by them."
            )
        # Not a moment of business: the only time that is right for a key is the time it is made.
        make_sample_keys(folder, at=clock.now())
    return folder


def keys_folder() -> Path:
    """Where certificates and keys lie, apart from the database and from its backups."""
    return Path(settings.KEYS_DIR) / "letters"


def _keys() -> tuple[Path, _State]:
    folder = ready_keys()
    # Names that begin with a dot are files on their way.
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    return folder, tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))
