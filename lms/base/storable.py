"""Text that every database holds: PostgreSQL takes neither NUL nor half of a surrogate pair."""

from __future__ import annotations

import re

_NEVER_HELD = re.compile("[\x00\ud800-\udfff]")


def text(said: str) -> str:
    """The same without them: nobody types one, but a script or a clipboard may bring one along."""
    return _NEVER_HELD.sub("", said)
