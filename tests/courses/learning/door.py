"""A door in front of the test server that can be shut, as a kill -9 shuts it, or left open onto nobody."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


# How a phone loses the site: the browser knows that there is no signal, or everything looks well and
# nobody is there. Only of the first it is told when it is over.
WAYS = ("no signal", "server dead")


class Door:
    """Passes connections on to a server under an address of its own.

    ``kill`` ends every connection and stops listening: the browser meets a refused connection, as
    after the death of the server. ``hang`` takes connections and never answers: bars on the phone,
    nothing behind them.
    """

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        self._behind = (parts.hostname or "localhost", parts.port or 80)
        self._port = 0
        self._ears: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._hangs = False
        self._seen: Callable[[bytes], bool] = lambda _request: True
        self.revive()

    @property
    def address(self) -> str:
        return f"http://localhost:{self._port}"

    def revive(self) -> None:
        self._hangs = False
        if self._ears is not None:
            return
        ears = socket.create_server(("127.0.0.1", self._port), backlog=64)
        self._port = ears.getsockname()[1]
        self._ears = ears
        threading.Thread(target=self._listen, args=(ears,), daemon=True).start()

    def kill(self) -> None:
        ears, self._ears = self._ears, None
        if ears is not None:
            # Wakes the listener, which ``close`` alone does not.
            with contextlib.suppress(OSError):
                ears.shutdown(socket.SHUT_RDWR)
            ears.close()
        self._cut()

    def hang(self) -> None:
        self._hangs = True
        self._cut()

    def cut(self, context: BrowserContext, way: str) -> None:
        """Lose the site in one of ``WAYS``."""
        if way == "no signal":
            context.set_offline(True)
        else:
            self.kill()

    def mend(self, context: BrowserContext, way: str) -> None:
        """The other way round."""
        if way == "no signal":
            context.set_offline(False)
        else:
            self.revive()

    def kill_when(self, met: Callable[[bytes], bool]) -> None:
        """Die as soon as a request comes of which ``met`` is true, before it is answered."""
        self._seen = lambda request: not met(request)

    def _cut(self) -> None:
        for line in list(self._open):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _listen(self, ears: socket.socket) -> None:
        while True:
            try:
                line, _who = ears.accept()
            except OSError:
                return
            self._open.add(line)
            if not self._hangs:
                threading.Thread(target=self._pass_on, args=(line,), daemon=True).start()

    def _pass_on(self, line: socket.socket) -> None:
        try:
            behind = socket.create_connection(self._behind)
        except OSError:
            line.close()
            return
        self._open.add(behind)
        back = threading.Thread(target=self._copy, args=(behind, line), daemon=True)
        back.start()
        self._copy(line, behind, self._admit)
        back.join()
        for end in (line, behind):
            self._open.discard(end)
            end.close()

    def _admit(self, piece: bytes) -> bool:
        if self._seen(piece):
            return True
        self._seen = lambda _request: True
        self.kill()
        return False

    def _copy(
        self,
        source: socket.socket,
        target: socket.socket,
        admits: Callable[[bytes], bool] = lambda _piece: True,
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if not admits(piece):
                    break
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
