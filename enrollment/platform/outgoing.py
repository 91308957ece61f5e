"""Sending to an address that somebody typed in: only to public hosts, checked where we connect.

A name is looked up once, every address it has must be public, and the connection goes to the
address that was checked: a name that answers differently a moment later leads nowhere else.
Redirects are not followed.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext_lazy as _

from lms.base.errors import Refused

PATIENCE_S = 10
_MOST_ANSWER = 4096


class NotAnAddress(Refused):
    sentence = _("地址不对。要以 https:// 开头，不带用户名和密码。")
    status = 400


class NotPublic(Refused):
    """Inside our own network, or nowhere."""

    sentence = _("这个地址不在公网上，不能用。要发到内网，请运维在设置里放行那个网段。")
    status = 400


@dataclass(frozen=True)
class Target:
    """Where to connect: an address that was checked, and what the host is called."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def check(url: str) -> Target:
    """Look a URL up.

    Raises:
        NotAnAddress: no https URL (http only inside networks that the settings allow).
        NotPublic: one of its addresses is not public and no allowed network holds it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise NotAnAddress(url) from error
    host = parts.hostname or ""
    plain = not parts.username and not parts.password and host.isascii()
    if parts.scheme not in ("https", "http") or not host or not plain:
        raise NotAnAddress(url)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPublic(host) from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    inside = [address for address in addresses if is_allowed(address)]
    if not addresses or not all(is_allowed(each) or is_public(each) for each in addresses):
        raise NotPublic(host)
    if parts.scheme == "http" and len(inside) != len(addresses):
        raise NotAnAddress(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # http.client sends ASCII only; what is quoted already stays as it is.
    return Target(parts.scheme, host, port, iri_to_uri(path), addresses[0])


def is_public(address: str) -> bool:
    """Whether an address is one of the internet at large; also what hides inside IPv6."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        # The well-known prefix of NAT64 leads to any IPv4 address.
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast


def is_allowed(address: str) -> bool:
    """Whether the settings name a network that holds the address."""
    ip = ipaddress.ip_address(address)
    return any(ip in ipaddress.ip_network(network) for network in settings.HOOK_NETWORKS)


class _Pinned(http.client.HTTPSConnection):
    """Connects to the checked address; the certificate is checked against the host's name."""

    def __init__(self, target: Target) -> None:
        super().__init__(
            target.host, target.port, timeout=PATIENCE_S, context=ssl.create_default_context()
        )
        self._target, self._tls = target, ssl.create_default_context()

    def connect(self) -> None:
        plain = socket.create_connection((self._target.address, self._target.port), PATIENCE_S)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._target.host)


class _PinnedPlain(http.client.HTTPConnection):
    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=PATIENCE_S)
        self._target = target

    def connect(self) -> None:
        self.sock = socket.create_connection((self._target.address, self._target.port), PATIENCE_S)


def post(target: Target, body: bytes, headers: dict[str, str]) -> int:
    """Send and return the status; the answer itself is not kept.

    Raises:
        OSError, http.client.HTTPException: nobody answered in a way that is one.
    """
    connection = _Pinned(target) if target.scheme == "https" else _PinnedPlain(target)
    try:
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        answer.read(_MOST_ANSWER)
        return answer.status
    finally:
        connection.close()
