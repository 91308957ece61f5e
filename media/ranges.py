"""HTTP byte ranges (RFC 9110, section 14). Pure."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")


class Unsatisfiable(Exception):
    """The range lies wholly outside of the file: answer 416."""


def parse(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte (inclusive) asked for, or None: send the whole file.

    Several ranges at once, other units and nonsense are answered with the whole file, as the
    RFC allows.

    Raises:
        Unsatisfiable: well formed, but nothing of it exists.
    """
    found = _ONE_RANGE.match(header.strip())
    if not found or found[1] == found[2] == "":
        return None
    if found[1] == "":
        wanted = int(found[2])
        if not wanted or not size:
            raise Unsatisfiable
        return max(0, size - wanted), size - 1
    first = int(found[1])
    last = int(found[2]) if found[2] else size - 1
    if last < first and found[2]:
        return None
    if first >= size:
        raise Unsatisfiable
    return first, min(last, size - 1)
