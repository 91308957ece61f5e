"""A door before a real S3 server that is slow, cuts answers short, or gives answers of its own."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

ANSWER = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>of the test</Message></Error>"


@dataclass(frozen=True)
class Trouble:
    """What happens to a request.

    Args:
        delay_s: before it goes on; silent: nothing is ever said to it.
        status, code: answered instead of the store; cut: half of the store's answer, then the line ends.
        meets: which requests, by method and path.
    """

    delay_s: float = 0
    silent: bool = False
    status: int = 0
    code: str = ""
    cut: bool = False
    meets: Callable[[str, str], bool] = lambda method, path: True


class Door(ThreadingHTTPServer):
    """Listens on a port of its own; ``trouble`` may be set and taken away at any time."""

    daemon_threads = True

    def __init__(self, store: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.store = urlsplit(store).netloc
        self.trouble: Trouble | None = None
        self.over = threading.Event()
        self.met = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door

    def log_request(self, *about: object) -> None:
        """Nothing."""

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        trouble = self.server.trouble
        if trouble is None or not trouble.meets(self.command, self.path):
            return self._hand_on(body, cut=False)
        self.server.met += 1
        time.sleep(trouble.delay_s)
        if trouble.silent:
            self.server.over.wait(60)
            self.close_connection = True
            return None
        if trouble.status:
            return self._answer(trouble)
        return self._hand_on(body, cut=trouble.cut)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815

    def _hand_on(self, body: bytes, *, cut: bool) -> None:
        """With the same headers, the host's name too: it is signed."""
        store = http.client.HTTPConnection(self.server.store, timeout=30)
        store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in ("expect", "connection"):
                store.putheader(name, value)
        store.endheaders(body)
        answer = store.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        size = answer.headers["Content-Length"] if self.command == "HEAD" else str(len(content))
        if size is not None:
            self.send_header("Content-Length", size)
        if cut:
            self.close_connection = True
            # Of an answer without a body: not even its head.
            if len(content) > 1:
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
        else:
            self.end_headers()
            self.wfile.write(content)
        store.close()

    def _answer(self, trouble: Trouble) -> None:
        content = b"" if self.command == "HEAD" else ANSWER.format(code=trouble.code).encode()
        self.send_response_only(trouble.status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def door(store: str) -> Iterator[Door]:
    made = Door(store)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        made.shutdown()
        thread.join()
        made.server_close()
