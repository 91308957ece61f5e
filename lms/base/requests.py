"""Every request has a name, and is counted: how many, how they ended, how long they took."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from lms.base import logs, metrics

log = logging.getLogger("lms.requests")
HEADER = "X-Request-ID"
# A name from the proxy is kept, so that its log and ours meet; anything odd is not.
_GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}\Z")
# A form of these that is shown again is a sign-in refused.
_SIGN_IN = {
    "account_login": "password",
    "account_confirm_login_code": "code",
    "mfa_authenticate": "second factor",
}
_HOUSES = frozenset({"courses", "enrollment", "media", "desk", "account", "mfa"})


class NameRequests:
    """Stands before everything else, so that refusals and faults of all others are counted too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        name = given if _GIVEN.match(given) else uuid.uuid4().hex
        token = logs.request_id.set(name)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            area = area_of(request)
            metrics.request_ended(area, response.status_code, seconds)
            if request.method == "POST" and response.status_code in (200, 429):
                match = request.resolver_match
                if match is not None and match.url_name in _SIGN_IN:
                    metrics.sign_in_failed(_SIGN_IN[match.url_name])
            self._say(request, response, area, seconds)
        finally:
            logs.request_id.reset(token)
        response[HEADER] = name
        return response

    def _say(self, request: HttpRequest, response: HttpResponse, area: str, seconds: float) -> None:
        if not log.isEnabledFor(logging.INFO):
            return
        match = request.resolver_match
        # The route, never the address: addresses hold codes of letters, tickets and drafts.
        facts = {
            "method": request.method,
            "route": match.route if match else "",
            "status": response.status_code,
            "ms": round(seconds * 1000, 1),
        }
        log.info("%s %s", request.method, facts["route"] or area, extra={"facts": facts})


def area_of(request: HttpRequest) -> str:
    """The part of the site, from a short list: a metric per address would be thousands."""
    match = request.resolver_match
    if match is None:
        return "other"
    house = match.namespaces[0] if match.namespaces else match.route.split("/", 1)[0]
    if house in _HOUSES:
        return house
    if match.route.startswith("sign-in/"):
        return "account"
    return "cms" if match.route.startswith(("cms/", "documents/")) else "pages"
