"""Every address the site has, whoever declared it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver


@dataclass(frozen=True)
class Address:
    """One URL pattern: its whole route and its name with namespaces."""

    route: str
    name: str

    @property
    def key(self) -> str:
        return self.route or "/"


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
            yield Address(here, ":".join((*spaces, entry.name or "")))
