"""What the world of the table of permissions is made of: who asks, for what, and what nobody else may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lms.accounts.models import User

ROLES = (
    "anonymous", "outsider", "applicant", "student", "classmate", "other_student",
    "tutor", "other_tutor", "district", "other_district", "city", "registrar",
    "editor", "operator", "auditor",
)  # fmt: skip

# Objects besides the usual one that an address is asked for: each has rows of its own.
VARIANTS: dict[str, tuple[str, ...]] = {
    r"^((?:[\w\-]+/)*)$": ("programme", "course", "lesson", "story", "nothing"),
    "videos/<str:token>/<path:path>": ("wrong secret", "path outside"),
    "calendar/<str:token>.ics": ("wrong secret",),
    "m/<str:token>/": ("wrong secret", "yesterday's code"),
    "r/<str:token>/": ("wrong secret",),
    "verify/<str:code>/": ("wrong secret",),
    "verify/keys/<str:name>": ("private key",),
    "learn/meetings/<uuid:uuid>/": ("not yet published",),
    "learn/lessons/<uuid:uuid>/": ("open to all",),
    "learn/lessons/<uuid:uuid>/download/": ("open to all",),
    "ranking/<slug:slug>/": ("published",),
}
Values = Mapping[str, object]


@dataclass(frozen=True)
class Mark:
    """A private value, who may read it anywhere, and the addresses that show it to a role.

    Args:
        shown_at: pairs of role and route; an empty role is whoever holds the address's secret.
    """

    text: str
    may_read: frozenset[str]
    shown_at: frozenset[tuple[str, str]] = frozenset()

    def leaks(self, text: str, role: str, route: str) -> bool:
        allowed = role in self.may_read or {(role, route), ("", route)} & self.shown_at
        return not allowed and self.text in text


@dataclass(frozen=True)
class World:
    """Who asks, what is asked for, and what only some may read.

    Args:
        objects: values by parameter name, keyed by the beginning of the route.
        variants: the same for ``VARIANTS``, keyed by route and label.
    """

    people: Mapping[str, User | None]
    objects: Mapping[str, Values]
    variants: Mapping[tuple[str, str], Values]
    marks: tuple[Mark, ...]
