"""Service workers are answered by a view, not from the static files: a worker may only speak for
addresses below its own.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse

_SCRIPTS = Path(settings.BASE_DIR, "lms", "static", "js")


def answer(*names: str) -> HttpResponse:
    """The worker made of these scripts, in this order; browsers ask again at every visit, so that a mended one arrives."""
    code = "\n".join((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in names)
    response = HttpResponse(code, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
