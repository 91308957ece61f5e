"""Stamps: what was done already, so that a second start does not do it again.

A stamp is the SHA-256 of everything a step depends on. Equal stamp, nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path


def of_files(paths: Iterable[Path], *more: str) -> str:
    """SHA-256 over names and contents, in sorted order, and over ``more``.

    Contents, not times: a fresh checkout gives every file a new time.
    """
    digest = hashlib.sha256()
    for part in more:
        digest.update(part.encode() + b"\0")
    for path in sorted(paths):
        digest.update(f"{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def of_listing(paths: Iterable[Path]) -> str:
    """SHA-256 over names, sizes and times: for many files of which a rare miss does no harm."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode())
    return digest.hexdigest()


class Stamps:
    """A small JSON file of stamps by step name. Unreadable means nothing was done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            read = json.loads(path.read_text())
        except (OSError, ValueError):
            read = {}
        self._stamps: dict[str, str] = read if isinstance(read, dict) else {}

    def has(self, step: str, stamp: str) -> bool:
        return self._stamps.get(step) == stamp

    def put(self, step: str, stamp: str) -> None:
        self._stamps[step] = stamp
        self._write()

    def drop(self, *steps: str) -> None:
        for step in steps:
            self._stamps.pop(step, None)
        self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self._stamps, indent=1, sort_keys=True))
        fresh.replace(self.path)


def migrations_applied(database: Path) -> str:
    """What a SQLite file says of itself, e.g. ``"251 rows, last 251"``; empty if it has no schema.

    A stamp beside the database cannot know that somebody put an older copy back.
    """
    if not database.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=5)) as file:
            count, last = file.execute("SELECT count(*), max(id) FROM django_migrations").fetchone()
    except sqlite3.Error:
        return ""
    return f"{count} rows, last {last}"
