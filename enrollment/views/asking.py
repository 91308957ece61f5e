"""What the views of this house ask before they act."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest

from enrollment.applications import queries
from enrollment.applications.models import Application
from lms.accounts.models import User
from lms.base.errors import Refused


def person(request: HttpRequest) -> User:
    """The signed-in user; the view's policy has made sure that there is one."""
    return cast(User, request.user)


def own_application(request: HttpRequest) -> Application | None:
    """The application of whoever asks, never anybody else's."""
    return queries.application_of(person(request))


def say(request: HttpRequest, refusal: Refused) -> None:
    """Show the sentence of a refusal on the next page."""
    messages.error(request, str(refusal))


def page_base(request: HttpRequest) -> str:
    """The present address with every parameter but ``page``, ending in ``page=``."""
    kept: Any = request.GET.copy()
    kept.pop("page", None)
    return f"?{kept.urlencode()}&page=" if kept else "?page="
