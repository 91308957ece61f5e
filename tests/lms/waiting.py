"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(true: Callable[[], bool], patience_s: float = 120.0) -> bool:
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return true()
