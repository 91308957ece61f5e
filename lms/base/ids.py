"""Three kinds of identifiers: integer keys for joins, uuids for the world, numbers for people."""

from __future__ import annotations

import secrets

# Crockford's base 32: no I, L, O, U, so that a code read aloud or copied by hand survives.
READABLE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILOU", "110V")


def readable_code(length: int) -> str:
    """A random code of ``length`` characters (5 bits each) that a person can copy by hand."""
    return "".join(secrets.choice(READABLE) for _ in range(length))


def tidy_code(typed: str) -> str:
    """What a person meant: upper case, no spaces or dashes, misread letters mended."""
    return "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)


def roll_number(year: int, programme: str, ordinal: int) -> str:
    """A student number such as ``2026-LOG-017``."""
    return f"{year}-{programme}-{ordinal:03d}"
