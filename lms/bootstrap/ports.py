"""The port: taken before any work is done, kept over restarts of the web service."""

from __future__ import annotations

import errno
import socket

from lms.bootstrap.say import Trouble


def reserve(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not yet listening.

    Until the web service listens on it, callers are refused at once rather than left hanging;
    nobody else can take the port meanwhile.

    Raises:
        Trouble: taken, forbidden, or no such address.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, proto)
    except OSError as error:
        raise Trouble(
            f"{host} is not an address of this machine ({error.strerror}).",
            "Leave --host away, or use --host 0.0.0.0 to be reachable from phones.",
        ) from error
    try:
        # Otherwise connections of the start before block the port for a minute after it ended.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _trouble(error, host, port) from error
    return bound


def free_port_after(host: str, port: int) -> int:
    """The next port that can be had, to name it in the advice."""
    for candidate in range(port + 1, min(port + 100, 65_536)):
        with socket.socket() as probe:
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
        return candidate
    return port + 1


def _trouble(error: OSError, host: str, port: int) -> Trouble:
    if error.errno == errno.EACCES:
        return Trouble(
            f"Port {port} may only be used by root.", "Use a port from 1024 on: ./run --port 8000"
        )
    if error.errno == errno.EADDRINUSE:
        return Trouble(
            f"Port {port} is taken by another program.",
            f"Use another one: ./run --port {free_port_after(host, port)}",
        )
    return Trouble(
        f"Port {port} of {host} cannot be used: {error.strerror}.", "Try another --port."
    )
