"""System checks of our own."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import connection


@register
def sqlite_waits_for_the_write_lock(**kwargs: Any) -> list[CheckMessage]:
    """Web and worker write together: a deferred SQLite transaction would fail instead of waiting."""
    if connection.vendor != "sqlite":
        return []
    if connection.settings_dict["OPTIONS"].get("transaction_mode") == "IMMEDIATE":
        return []
    return [Error("SQLite needs transaction_mode IMMEDIATE", id="lms.E001")]
