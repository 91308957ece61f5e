"""Text that every database holds: PostgreSQL takes neither NUL nor half of a surrogate pair."""

from __future__ import annotations

import re

from django.http import HttpRequest

_NEVER_HELD = re.compile("[\x00\ud800-\udfff]")


def holds_nul(request: HttpRequest) -> bool:
    """Whether the address or a field of the form holds a NUL, which a filter would hand on to the database."""
    if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path_info:
        return True
    return request.method == "POST" and any(
        "\x00" in said for _name, fields in request.POST.lists() for said in fields
    )


def text(said: str) -> str:
    """The same without them: nobody types one, but a script or a clipboard may bring one along."""
    return _NEVER_HELD.sub("", said)
