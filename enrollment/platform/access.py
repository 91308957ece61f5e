"""How the read API knows who asks: a bearer token with scopes, and how often it may."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from enrollment.platform import tokens
from enrollment.platform.models import ApiToken
from lms.base import clock


class Reader:
    """Whoever holds a token; no person."""

    is_authenticated = True
    is_active = True

    def __init__(self, token: ApiToken) -> None:
        self.token = token


class BearerToken(BaseAuthentication):
    """``Authorization: Bearer lmsr_…``; a session opens nothing here."""

    def authenticate(self, request: Request) -> tuple[Reader, ApiToken] | None:
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        try:
            secret = parts[1].decode("ascii") if len(parts) == 2 else ""
        except UnicodeDecodeError:
            secret = ""
        token = tokens.find(secret, at=clock.now())
        if token is None:
            raise AuthenticationFailed("This token is unknown, has expired or was ended.")
        return Reader(token), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The token names the scope of the view."""

    message = "This token does not have the scope for this address."

    def has_permission(self, request: Request, view: Any) -> bool:
        token = request.auth
        return isinstance(token, ApiToken) and view.scope in token.scopes


class PerToken(SimpleRateThrottle):
    """So many requests a minute for each token."""

    rate = "300/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        token = request.auth
        return f"api:{token.pk}" if isinstance(token, ApiToken) else None


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the description names the token."""

    target_class = "enrollment.platform.access.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
