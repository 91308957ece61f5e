"""A whole site of its own, started through the door as anybody would start it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A running ``./run``; everything it knows lies below ``var``."""

    var: Path
    port: int
    process: subprocess.Popen[bytes] | None

    @classmethod
    def start(cls, var: Path) -> Site:
        """Start on an empty ``var``; the caller stops it."""
        port = free_port()
        environment = {key: value for key, value in os.environ.items() if key[:4] != "LMS_"}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        environment |= {"LMS_VAR": str(var), "LMS_SITE_URL": f"http://127.0.0.1:{port}"}
        with (var.parent / "run.log").open("wb") as log:
            process = subprocess.Popen(
                [str(ROOT / "run"), "--port", str(port)],
                cwd="/",
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        site = cls(var, port, process)
        site.wait(lambda: site.health().get("status") == "ok", "the site to answer", 600)
        return site

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def health(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:
                return dict(json.load(answer))
        except (urllib.error.URLError, OSError, ValueError):
            return {}

    def wait(self, true: Callable[[], bool], what: str, patience_s: float) -> None:
        until = time.monotonic() + patience_s
        while not true():
            ended = self.process is not None and self.process.poll() is not None
            assert not ended, f"./run ended: {self.log()}"
            assert time.monotonic() < until, f"waited {patience_s} s for {what}: {self.log()}"
            time.sleep(0.5)

    def log(self) -> str:
        path = self.var.parent / "run.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else ""

    def accounts(self) -> tuple[str, str]:
        """The demo student's phone and the staff password, as printed at the start."""
        text = (self.var / "demo-accounts.txt").read_text(encoding="utf-8")
        phone, password = re.search(r"手机号 (\d+)", text), re.search(r"密码都是 (\S+)", text)
        assert phone
        assert password
        return phone[1], password[1]

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
