"""Who may call a view. A view without a declared policy answers 403 (``DefaultDeny``)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect

from lms.accounts import working_day
from lms.accounts.models import Grant, OrgUnit, Role, User
from lms.base.errors import NotAllowed

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Policy:
    """``kind``: public, signed_in, roles or capability; ``words`` explains a capability.

    Args:
        methods: for views of libraries that answer to more than they need; our own views say
            this with Django's decorators. Empty: whatever the view takes.
        before_second_factor: open to staff who still have to set theirs up.
    """

    kind: str
    roles: frozenset[str] = field(default_factory=frozenset)
    words: str = ""
    methods: frozenset[str] = field(default_factory=frozenset)
    before_second_factor: bool = False


def _declare(policy: Policy) -> Callable[[View], View]:
    def mark(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return mark


public = _declare(Policy("public"))
signed_in = _declare(Policy("signed_in"))


def roles(*allowed: str) -> Callable[[View], View]:
    """Only people who hold one of these roles; what they may see inside is the view's scope."""
    return _declare(Policy("roles", frozenset(allowed)))


def capability(words: str) -> Callable[[View], View]:
    """Access by a secret that the view itself checks (a draft's cookie, a signed code)."""
    return _declare(Policy("capability", words=words))


def policy_of(view: Any) -> Policy | None:
    """The policy of a view function, class-based view or partial."""
    while isinstance(view, functools.partial):
        view = view.func
    found = getattr(view, "policy", None) or getattr(
        getattr(view, "view_class", None), "policy", None
    )
    return found if isinstance(found, Policy) else None


def enforce(policy: Policy, request: HttpRequest) -> HttpResponse | None:
    """None to go on, a redirect to sign in, or a refusal.

    Raises:
        NotAllowed: signed in, but without the role.
    """
    if policy.kind in ("public", "capability"):
        return _wrong_method(policy, request)
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return redirect_to_login(request.get_full_path())
    if user.is_staff_member and working_day.is_over(request.session):
        logout(request)
        return redirect_to_login(request.get_full_path())
    if policy.kind == "roles" and not user.has_role(*policy.roles):
        raise NotAllowed(request.path)
    if not policy.before_second_factor:
        if user.must_change_password:
            return redirect("account_change_password")
        if needs_second_factor(user):
            return redirect("mfa_index")
    return _wrong_method(policy, request)


def _wrong_method(policy: Policy, request: HttpRequest) -> HttpResponse | None:
    if policy.methods and request.method not in policy.methods:
        return HttpResponseNotAllowed(sorted(policy.methods))
    return None


def needs_second_factor(user: User) -> bool:
    """Whether staff must set up TOTP or a passkey before they may work."""
    if settings.STAFF_MFA != "required" or not user.is_staff_member:
        return False
    from allauth.mfa.utils import is_mfa_enabled

    return not is_mfa_enabled(user)


def units_of(user: User, *held: str) -> QuerySet[OrgUnit]:
    """The org units, with all below them, for which the user holds one of these roles.

    A grant without a unit reaches the whole city.
    """
    grants = list(
        Grant.objects.in_force().filter(user=user, role__in=held).select_related("org_unit")
    )
    if not grants:
        return OrgUnit.objects.none()
    below = Q(pk__in=[])
    for grant in grants:
        if grant.org_unit is None:
            return OrgUnit.objects.all()
        below |= Q(path__startswith=grant.org_unit.path)
    return OrgUnit.objects.filter(below)


def holders_of(role: str, unit: OrgUnit) -> QuerySet[User]:
    """The active people whose grant of this role reaches the unit: ``units_of`` read backwards."""
    above = [int(key) for key in unit.path.split("/") if key]
    grants = Grant.objects.in_force().filter(role=role)
    reaching = grants.filter(Q(org_unit=None) | Q(org_unit__in=above))
    return User.objects.filter(pk__in=reaching.values("user"), is_active=True)


__all__ = [
    "Policy",
    "Role",
    "capability",
    "enforce",
    "holders_of",
    "needs_second_factor",
    "policy_of",
    "public",
    "roles",
    "signed_in",
    "units_of",
]
