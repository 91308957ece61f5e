"""What the door tells the person in front of it: one line a step, one paragraph a trouble."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class Trouble(Exception):
    """Something a person can put right.

    Args:
        what: one sentence on what is wrong.
        advice: what to do about it.
        log: file whose last lines explain more.
    """

    def __init__(self, what: str, advice: str, log: Path | None = None) -> None:
        super().__init__(what)
        self.what, self.advice, self.log = what, advice, log

    def __str__(self) -> str:
        parts = [self.what]
        if self.log is not None and (lines := tail(self.log)):
            parts += [f"The end of {self.log}:", *(f"  | {line}" for line in lines)]
        return "\n".join([*parts, self.advice])


def tail(path: Path, lines: int = 15) -> list[str]:
    """The last lines of a text file, none if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    return [line.rstrip() for line in text.splitlines() if line.strip()][-lines:]


def line(text: str = "", *, end: str = "\n") -> None:
    with suppress(OSError):  # the terminal or pipe is gone; the work is not
        print(text, end=end, flush=True)


def trouble(error: Trouble) -> None:
    with suppress(OSError):
        print(f"\n{error}", file=sys.stderr, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print ``title`` before the work and the seconds it took after it, on one line."""
    line(f"  {title} ...", end="")
    started = time.monotonic()
    try:
        yield
    except BaseException:
        line(f" stopped after {time.monotonic() - started:.1f} s")
        raise
    line(f" {time.monotonic() - started:.1f} s")
