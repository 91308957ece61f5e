"""The content security policies that differ: the back office's, because Wagtail writes inline script and style
(wagtail#1288), and that of documents which editors uploaded, in which nothing may happen at all.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_HEADER = "Content-Security-Policy"
_INLINE = "'unsafe-inline'"
# Of these the back office has the same as everybody: where films and pictures lie.
_AS_EVERYWHERE = ("media-src", "img-src", "connect-src", "object-src", "base-uri", "form-action", "frame-ancestors")  # fmt: skip
# Wagtail says the first; the others do not follow from it. No sandbox: browsers' own PDF pages need to be out of one.
DOCUMENTS = "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"


def policy() -> str:
    """Only our own host, inline included; neither plug-ins nor another base, in nobody's frame but ours."""
    given = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    parts = {
        "default-src": "'self'",
        "script-src": f"'self' {_INLINE}",
        "style-src": f"'self' {_INLINE}",
        "font-src": "'self' data:",
        **{name: " ".join(map(str, given[name])) for name in _AS_EVERYWHERE},
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class LooserPolicy:
    """Stands where ``CSPMiddleware`` leaves ``/cms/`` out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/cms/") and _HEADER not in response:
            response[_HEADER] = self.policy
        if request.path.startswith("/documents/") and response.get(_HEADER) == "default-src 'none'":
            response[_HEADER] = DOCUMENTS
        return response
