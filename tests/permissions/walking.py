"""Every address the site has, whoever declared it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Behind these stand views of libraries; what their parameters name is not in our world.
LIBRARIES = ("cms/", "sign-in/", "documents/", "i18n/", "_util/")


@dataclass(frozen=True)
class Address:
    """One URL pattern: its whole route, its name with namespaces and the view behind it."""

    route: str
    name: str
    view: Callable[..., Any]

    @property
    def key(self) -> str:
        return self.route or "/"

    @property
    def is_ours(self) -> bool:
        return not self.route.startswith(LIBRARIES) and not self.name.startswith("wagtail")

    @property
    def is_back_office(self) -> bool:
        """Behind Wagtail's door: one row for all methods, because the door itself is the rule."""
        return self.route.startswith("cms/")


def addresses() -> list[Address]:
    """All patterns of the site, in resolving order, each route once."""
    seen: dict[str, Address] = {}
    for address in _walk(get_resolver(), "", ()):
        seen.setdefault(address.route, address)
    return list(seen.values())


def _walk(resolver: URLResolver, route: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry, here, inner)
        elif isinstance(entry, URLPattern):
            yield Address(here, ":".join((*spaces, entry.name or "")), entry.callback)
