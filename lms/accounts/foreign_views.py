"""Policies for views that are not ours and cannot carry a decorator: allauth's and Wagtail's.

Each door names its prefix; what lies behind keeps its own checks too (Wagtail's page
permissions, allauth's stages). ``/cms/`` opens for course editors only, whatever flags a
user row may carry, so that a role elsewhere never leaks into the second back office.
"""

from __future__ import annotations

from django.http import HttpRequest

from lms.accounts.models import STAFF_ROLES, Role
from lms.accounts.policies import Policy

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = _SAFE | {"POST"}
_PUBLIC = Policy("public", methods=_FORMS)
# The pages where staff set up their second factor must open before they have one. Students and
# applicants have none to set up: the code on their phone is the proof.
_SECOND_FACTOR = Policy("roles", STAFF_ROLES, before_second_factor=True, methods=_FORMS)
# The first that fits decides.
_DOORS: tuple[tuple[str, Policy], ...] = (
    # Wagtail's trial of its own error page: nobody needs a way to make alarms ring.
    ("/cms/failwhale/", Policy("roles")),
    ("/cms/", Policy("roles", frozenset({Role.COURSE_EDITOR}))),
    # Whoever asks for these is still on the way in: the password was right, or a passkey comes.
    ("/sign-in/2fa/authenticate/", _PUBLIC),
    ("/sign-in/2fa/webauthn/login/", _PUBLIC),
    ("/sign-in/2fa/", _SECOND_FACTOR),
    # Accounts with a phone have no password, and allauth's way to set one is not ours.
    ("/sign-in/password/", _SECOND_FACTOR),
    ("/sign-in/", _PUBLIC),
    # Attachments of lessons: like the lessons, not for whoever has a phone number.
    ("/documents/", Policy("roles", frozenset(Role), methods=_SAFE)),
    ("/i18n/", _PUBLIC),
)
# Wagtail serves the page tree through one view at the root; pages that are not for
# everybody check in ``Page.serve`` with the same policies.
_BY_NAME = {
    "wagtail_serve": Policy("public", methods=_SAFE),
}


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
