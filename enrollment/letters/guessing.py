"""Slowing down whoever tries codes, without shutting out the people behind the same address.

A code has 100 bits, so nobody finds one by trying; what is limited is the load and the noise.
Carriers put thousands of phones behind one address: only wrong codes count, the window is
short, and the allowance is generous until the whole site is being tried at.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from lms.base import clock
from lms.base.errors import TooManyTries

WINDOW_S = 300
WRONG_PER_ADDRESS = 40
WRONG_PER_ADDRESS_CROWDED = 8
CROWDED = 800  # wrong codes from everywhere in one window
FILES_PER_ADDRESS = 20


class SlowDown(TooManyTries):
    """Too many wrong codes, or files, from one address; ``retry_after_s`` says how long to wait."""

    sentence = _("你所在的网络查得太频繁了，请 %(minutes)d 分钟后再试。急用请打求助电话核实。")

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(minutes=clock.whole_minutes(retry_after_s))


def check_codes(address: str, *, at: datetime) -> None:
    """Call before a code is looked up.

    Raises:
        SlowDown: this address has used up its allowance of wrong codes.
    """
    crowded = _count("all", at) >= CROWDED
    allowed = WRONG_PER_ADDRESS_CROWDED if crowded else WRONG_PER_ADDRESS
    if _count(address, at) >= allowed:
        raise SlowDown(_left_s(at))


def note_wrong(address: str, *, at: datetime) -> None:
    """A code that nobody has was tried."""
    _add(address, at)
    _add("all", at)


def check_files(address: str, *, at: datetime) -> None:
    """Call before a file is judged: judging costs most of a second.

    Raises:
        SlowDown: this address has handed in enough for now.
    """
    if _add(f"files {address}", at) > FILES_PER_ADDRESS:
        raise SlowDown(_left_s(at))


def address_of(request: HttpRequest) -> str:
    """The visitor's network: the address as our own proxies saw it, a /64 for IPv6."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.PROXY_HOPS:
        # What stands further left was written by the visitor and may be anything.
        said = request.headers.get("X-Forwarded-For", "").split(",")
        address = said[-min(settings.PROXY_HOPS, len(said))].strip() or address
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6:
        return str(ipaddress.ip_network(f"{ip}/64", strict=False).network_address)
    return str(ip)


def _key(name: str, at: datetime) -> str:
    return f"letters:guesses:{int(at.timestamp()) // WINDOW_S}:{name}".replace(" ", ":")


def _count(name: str, at: datetime) -> int:
    return int(cache.get(_key(name, at), 0))


def _add(name: str, at: datetime) -> int:
    # On files two counts at the same moment may become one: this limits, it does not bill.
    key = _key(name, at)
    cache.add(key, 0, timeout=2 * WINDOW_S)
    try:
        return cache.incr(key)
    except ValueError:  # swept out between the two lines
        cache.set(key, 1, timeout=2 * WINDOW_S)
        return 1


def _left_s(at: datetime) -> int:
    return WINDOW_S - int(at.timestamp()) % WINDOW_S
