"""What every template may use."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

_THEMES = {"light", "dark"}
_SIZES = {"large", "larger"}


def site(request: HttpRequest) -> dict[str, Any]:
    """Site facts and the reader's own display choices (cookies set by ``theme.js``)."""
    theme, size = request.COOKIES.get("theme", ""), request.COOKIES.get("text", "")
    return {
        "site_name": _("学历能力提升专班"),
        "site_help_phone": settings.HELP_PHONE,
        "site_is_demo": settings.DEMO,
        "theme": theme if theme in _THEMES else "",
        "text_size": size if size in _SIZES else "",
    }
