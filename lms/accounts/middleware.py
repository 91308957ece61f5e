"""The door: nobody passes a view that did not say who may."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from lms.accounts import foreign_views, policies, working_day
from lms.base import outages, storable
from lms.base.errors import NotAllowed, Refused

log = logging.getLogger(__name__)
# Machines are told in JSON, by the views themselves.
_API = "/api/"


class NotText(Refused):
    sentence = _("网址或填写的内容里有存不下的字符。请返回上一页，重新输入再试。")
    status = 400


class DefaultDeny:
    """Enforce the declared policy of every view; without one, answer 403. What no database holds gets no further."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        policy = policies.policy_of(view) or foreign_views.policy_for(request)
        try:
            if policy is None:
                raise NotAllowed(request.path)
            answer = policies.enforce(policy, request)
        except NotAllowed as refusal:
            working_day.say("not allowed", request.user)
            return refused(request, refusal)
        # Last: a form is read only of somebody who may send it.
        if answer is None and storable.holds_nul(request) and not request.path.startswith(_API):
            return refused(request, NotText())
        return answer


class SpeakRefusals:
    """Turn a ``Refused`` that reaches the top into its sentence instead of a server error; likewise an outage."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return refused(request, error)
        if outage := outages.of(error):
            log.error("%s", outage.code, exc_info=error)
            return refused(request, outages.FilesAway())
        return None


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The page that says one sentence and shows a way on."""
    return render(request, "errors/refused.html", {"sentence": str(refusal)}, status=refusal.status)
