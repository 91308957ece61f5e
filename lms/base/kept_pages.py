"""Public pages, kept for some seconds for visitors who bring nothing of their own.

The poster's address is scanned by many people in the same minute. Who has a session, waits for a
message, sends a form or asks with a query passes by; so does every answer that sets a cookie
(a form's token does) or carries a nonce. What is kept was therefore drawn for nobody in particular.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

# One view serves the whole tree of public pages; pages with a restriction answer it with a redirect.
VIEW = "wagtail_serve"
LOOKS = ("theme", "text")


class KeepPublicPages:
    """Answer from memory what another visitor was just told; stands before sessions are read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        seconds: int = settings.PUBLIC_PAGES_KEPT_S
        if not seconds or not brings_nothing(request):
            return self.get_response(request)
        key = _key(request)
        kept: HttpResponse | None = caches["local"].get(key)
        if kept is not None:
            return kept
        response = self.get_response(request)
        if may_be_kept(request, response):
            caches["local"].set(key, response, seconds)
        return response


def brings_nothing(request: HttpRequest) -> bool:
    """A plain look at an address by somebody who is not signed in."""
    return (
        request.method == "GET"
        and not request.META.get("QUERY_STRING")
        # The session's cookie has another name in service (``__Host-``).
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "messages" not in request.COOKIES
    )


def may_be_kept(request: HttpRequest, response: HttpResponse) -> bool:
    match = request.resolver_match
    return (
        match is not None
        and match.url_name == VIEW
        and response.status_code == 200
        and not response.streaming
        and not response.cookies
        # Set as soon as a template asks for the nonce of its request.
        and getattr(request, "_csp_nonce", None) is None
    )


def _key(request: HttpRequest) -> str:
    """Everything that such a page depends on besides the clock and the database."""
    looks = [request.COOKIES.get(name, "")[:10] for name in LOOKS]
    packed = "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", "")
    language = get_language_from_request(request)
    parts = [request.get_host(), request.scheme, language, packed, *looks]
    return "page:" + hashlib.sha256(repr([*parts, request.path]).encode()).hexdigest()
