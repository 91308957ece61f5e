"""Service workers are answered by a view, not from the static files: a worker may only speak for
addresses below its own.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

_SCRIPTS = Path(settings.BASE_DIR, "lms", "static", "js")


@functools.cache
def _written(names: tuple[str, ...]) -> tuple[bytes, str]:
    """The code and its mark; scripts change with the program, not while it runs."""
    code = "\n".join((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in names).encode()
    return code, f'"{hashlib.sha256(code).hexdigest()[:20]}"'


def answer(request: HttpRequest, *names: str) -> HttpResponse:
    """The worker made of these scripts, in this order.

    Browsers ask again at every visit, so that a mended one arrives; who has this one is told so
    in a line, not sent it again.
    """
    code, mark = _written(names)
    response = HttpResponse(code, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    # Weak, because the compressed answer has other bytes.
    response["ETag"] = f"W/{mark}"
    return get_conditional_response(request, f"W/{mark}", None, response) or response
