"""Policies for views that are not ours and cannot carry a decorator: allauth's and Wagtail's.

Each door names its prefix; what lies behind keeps its own checks too (Wagtail's page
permissions, allauth's stages). ``/cms/`` opens for course editors only, whatever flags a
user row may carry, so that a role elsewhere never leaks into the second back office.
"""

from __future__ import annotations

from django.http import HttpRequest

from lms.accounts.models import Role
from lms.accounts.policies import Policy

_PUBLIC = Policy("public")
_DOORS: tuple[tuple[str, Policy], ...] = (
    ("/cms/", Policy("roles", frozenset({Role.COURSE_EDITOR}))),
    ("/sign-in/2fa/", Policy("signed_in")),
    ("/sign-in/", _PUBLIC),
    ("/documents/", Policy("signed_in")),
    ("/i18n/", _PUBLIC),
)
# Wagtail serves the page tree through one view at the root; pages that are not for
# everybody check in ``Page.serve`` with the same policies.
_BY_NAME = {"wagtail_serve": _PUBLIC, "django.views.static.serve": _PUBLIC}


def policy_for(request: HttpRequest) -> Policy | None:
    """The declared policy for a view from a library, or None: denied."""
    match = request.resolver_match
    if match is None:
        return None
    if match.url_name in _BY_NAME:
        return _BY_NAME[match.url_name]
    for prefix, policy in _DOORS:
        if request.path.startswith(prefix):
            return policy
    return None
