"""Asking an address as somebody, and saying in one word what came back."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from lms.accounts.models import User
from tests.permissions.shape import ROLES, VARIANTS, World
from tests.permissions.walking import Address

TABLE = Path(__file__).parent / "matrix.csv"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What an answer may be declared to be: never an error of the server. ``any``: behind its door
# Wagtail decides by itself.
WORDS = frozenset({"ok", "sign-in", "again", "any", "400", "401", "403", "404", "405", "409"})
Row = dict[str, str]
_SENT_TO = {"/sign-in/": "sign-in", "/sign-in/staff/": "sign-in", "/sign-in/again/": "again"}
_CONVERTER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_GROUP = re.compile(r"\((?:\?P<name>)?(?:[^()]|\([^()]*\))*\)")
# Any value of the right shape, for the libraries' addresses.
_ANY = {"uuid": "00000000-0000-4000-8000-000000000000"}


@dataclass(frozen=True)
class Case:
    """One line of the table: an address, which object, which method (``*``: all)."""

    address: Address
    object: str
    method: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.address.key, self.object, self.method


def cases(site: list[Address]) -> list[Case]:
    """All lines that the table must have."""
    return [
        Case(address, label, method)
        for address in site
        for label in ("", *VARIANTS.get(address.route, ()))
        for method in (("*",) if address.is_back_office else METHODS)
    ]


def read_table() -> dict[tuple[str, str, str], Row]:
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {(row["route"], row["object"], row["method"]): row for row in csv.DictReader(file)}


def write_table(rows: list[Row]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, ["route", "object", "method", *ROLES], lineterminator="\n", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)


class NoObject(LookupError):
    """The world has nothing for a parameter of one of our own addresses: add it to world.py."""


def path_of(case: Case, world: World) -> str:
    """The real path: the world's object, or for the libraries' addresses any value.

    Raises:
        NoObject: one of our own parameters has no object.
    """
    route = case.address.route
    values = world.variants[route, case.object] if case.object else _own(world.objects, route)
    groups = itertools.count(1)

    def named(part: re.Match[str]) -> str:
        return _value(values, part["name"], part["kind"], case)

    def numbered(part: re.Match[str]) -> str:
        return _value(values, str(next(groups)), None, case)

    path = _CONVERTER.sub(named, route)
    if "^" in path:
        path = _GROUP.sub(numbered, path)
    return "/" + re.sub(r"[\^$]", "", path)


def _own(objects: Mapping[str, Mapping[str, object]], route: str) -> Mapping[str, object]:
    begins = [start for start in objects if route.startswith(start)]
    return objects[max(begins, key=len)] if begins else {}


def _value(values: Mapping[str, object], name: str, kind: str | None, case: Case) -> str:
    if name in values:
        return str(values[name])
    if case.address.is_ours:
        raise NoObject(case.address.route, name)
    return _ANY.get(kind or "", str(values.get("*", 1)))


@dataclass(frozen=True)
class Answer:
    """``text`` is what can be read of it; ``word`` one of

    ``ok``; ``sign-in``: sent there first; ``again``: a staff password must be given once more
    before touching the second factor; or the status. ``lacks`` names headers that keep browsers from
    taking it for something else.
    """

    word: str
    status: int
    text: str
    lacks: tuple[str, ...] = ()


class Somebody:
    """A person with a session, asking again and again; no question leaves a trace."""

    def __init__(self, user: User | None) -> None:
        client = Client()
        if user is not None:
            client.force_login(user)
        self._cookies = {name: morsel.value for name, morsel in client.cookies.items()}
        # One for all questions: each client builds the whole middleware for itself.
        self._client = Client(raise_request_exception=False)

    def ask(self, method: str, path: str) -> Answer:
        self._client.cookies.clear()
        self._client.cookies.load(self._cookies)
        cache.clear()
        with transaction.atomic():
            response = self._client.generic(method, path)
            text = _text(response)
            answer = Answer(_word(response), response.status_code, text, tuple(_lacking(response)))
            transaction.set_rollback(True)
        return answer


def _word(response: HttpResponse) -> str:
    if response.status_code in (301, 302, 303):
        where = urlsplit(response["Location"]).path
        return _SENT_TO.get(where, "ok")
    return "ok" if response.status_code < 400 else str(response.status_code)


def _lacking(response: HttpResponse) -> Iterator[str]:
    if response.get("X-Content-Type-Options") != "nosniff":
        yield "nosniff"
    if response.get("Referrer-Policy") not in ("same-origin", "no-referrer"):
        yield "Referrer-Policy"
    policy = response.get("Content-Security-Policy", "")
    parts = ("object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'")
    if not all(part in policy for part in parts):
        yield "Content-Security-Policy"
    if response.has_header("Access-Control-Allow-Origin"):
        yield "no Access-Control-Allow-Origin"
    kind = response.get("Content-Type", "")
    if not response.streaming and not response.content:
        return
    # What is saved is read by another program; what is shown says its signs.
    shown = not response.get("Content-Disposition", "").startswith("attachment")
    if not kind or (shown and kind.startswith("text/") and "charset=" not in kind):
        yield "Content-Type"


def _text(response: HttpResponse) -> str:
    # Reading to the end also closes the file, in the way in which the test client keeps the
    # connection open.
    body = b"".join(response) if response.streaming else response.content
    return f"{response.headers}\n{body.decode(errors='replace')}"


def methods(case: Case, wanted: str) -> Iterator[str]:
    """What is asked for a line. Behind Wagtail's door two methods stand for all; those who are
    let in only look, because its editors' forms fall over an empty one that no browser sends.
    """
    if case.method != "*":
        yield case.method
        return
    yield "GET"
    if wanted != "any":
        yield "POST"
