"""Private values that must stand nowhere in clear, and every shape in which they might.

A canary is looked for as bytes: as typed, as JSON, in an address, in base64 wherever it begins,
in hexadecimal (as dumps write binary columns), as UTF-16. Where something is packed (the file
cache) it is unpacked first.
"""

from __future__ import annotations

import base64
import json
import pickle
import shutil
import sqlite3
import subprocess
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from django.conf import settings
from django.db import connection


@dataclass(frozen=True)
class Canary:
    """``spellings`` are other ways in which people and programs write the same value."""

    what: str
    text: str
    spellings: tuple[str, ...] = ()

    def shapes(self) -> dict[bytes, str]:
        """Every series of bytes that gives the value away, with a word for it."""
        found: dict[bytes, str] = {}
        for text in (self.text, *self.spellings):
            raw = text.encode()
            found |= {
                raw: "clear",
                text.encode("utf-16-le"): "UTF-16",
                json.dumps(text)[1:-1].encode(): "JSON",
                quote(text, safe="").encode(): "address",
                quote_plus(text).encode(): "form",
                "".join(f"&#{ord(sign)};" for sign in text).encode(): "HTML",
                raw.hex().encode(): "hexadecimal",
                raw.hex().upper().encode(): "hexadecimal",
            }
            for cut in _base64(raw):
                found[cut] = "base64"
                found[cut.translate(bytes.maketrans(b"+/", b"-_"))] = "base64"
        return found

    def seen_in(self, content: bytes) -> list[str]:
        """How the value shows in ``content``; empty when it does not."""
        return sorted({word for shape, word in self.shapes().items() if shape in content})


def _base64(raw: bytes) -> Iterable[bytes]:
    """What stays the same of the value's base64 whatever stands before and after it."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw)
        end = len(coded) - (4 if (before + len(raw)) % 3 else 0)
        yield coded[(0, 2, 3)[before] : end]


def id_number(text: str) -> Canary:
    """Also without its check digit, in lower case and in groups."""
    return Canary(
        "id number", text,
        (text[:-1], text.lower(), f"{text[:6]} {text[6:14]} {text[14:]}"),
    )  # fmt: skip


def phone(text: str) -> Canary:
    """Eleven digits; also in groups."""
    parts = text[:3], text[3:7], text[7:]
    return Canary("phone", text, (" ".join(parts), "-".join(parts)))


def leaks(canaries: Iterable[Canary], places: Mapping[str, bytes]) -> list[str]:
    """``what in where as shape`` for everything found."""
    return [
        f"{canary.what} in {where} as {shape}"
        for canary in canaries
        for where, content in places.items()
        for shape in canary.seen_in(content)
    ]


# --- Places ---------------------------------------------------------------------------------------


def dump() -> bytes:
    """The database as its own tool dumps it; only what was committed."""
    database: dict[str, Any] = connection.settings_dict
    if connection.vendor == "sqlite":
        other = sqlite3.connect(database["NAME"])
        try:
            return "\n".join(other.iterdump()).encode()
        finally:
            other.close()
    program = shutil.which("pg_dump")
    if program is None:  # a server elsewhere and no client here: every value of every table
        return b"\n".join(columns().values())
    address = {
        "host": database["HOST"], "port": database["PORT"],
        "user": database["USER"], "password": database["PASSWORD"], "dbname": database["NAME"],
    }  # fmt: skip
    wanted = " ".join(f"{key}={value}" for key, value in address.items() if value)
    command = [program, "--inserts", "--dbname", wanted]
    return subprocess.run(command, capture_output=True, check=True, timeout=120).stdout


def columns() -> dict[str, bytes]:
    """What each column of each table holds, as bytes."""
    found: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchall()
            for place, name in enumerate(names):
                found[f"{table}.{name}"] = b"\n".join(_bytes(row[place]) for row in rows)
    return found


def _bytes(value: object) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    return str(value).encode()


def cache() -> bytes:
    """Keys and values of the cache, unpacked."""
    wanted = settings.CACHES["default"]
    if wanted["BACKEND"].endswith("RedisCache"):
        import redis

        server = redis.Redis.from_url(wanted["LOCATION"])
        keys = list(server.scan_iter())
        return b"\n".join([*keys, *(value for value in server.mget(keys) if value)])
    return b"\n".join(_unpacked(file) for file in files(Path(wanted["LOCATION"])))


def _unpacked(file: Path) -> bytes:
    with file.open("rb") as stream:
        pickle.load(stream)  # when it ends; the value follows
        return zlib.decompress(stream.read())


def sessions() -> bytes:
    """What the sessions' table holds; a session that was written unsealed is unpacked."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    rows = Session.objects.values_list("session_data", flat=True)
    # Django packs and signs without sealing: that would open here, ours does not.
    return "\n".join(f"{row} {SessionStore().decode(row) or ''}" for row in rows).encode()


def files(folder: Path) -> list[Path]:
    """All files below a folder."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file()]


def folder(path: Path) -> bytes:
    """Names and contents of all files below a folder."""
    return b"\n".join(str(file).encode() + b"\n" + file.read_bytes() for file in files(path))
