"""The empty database of a test process: migrated once, then copied.

The 209 migrations of a fresh database take half a minute of a core, and every process of every lane
would run them. The first that comes runs them as an installation does and keeps the result as a
template; who comes later copies it, in a second. The template's name is a digest of the migrations, the models and the
locked packages, so nothing is tested on an old schema.

After a test that writes for good its process copies again. Django would empty every table and fill a
few anew: that costs ten times as much, and the next test would miss what the migrations wrote.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from weakref import WeakSet

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_ROOT = Path(__file__).resolve().parent.parent
_HOUSES = ("lms", "courses", "enrollment", "media")
# Besides migrations: models (content types and permissions follow from them), receivers, the lock.
_MAKES_TABLES = re.compile(rb"models\.Model\)|\w*Page\)|AbstractUser|post_migrate|--hash=")


# Every connection, as ``connections`` knows only those of where it is asked: inside Playwright's event
# loop they are others than outside, and one left open would go on in a file that nobody else sees.
_opened: WeakSet[BaseDatabaseWrapper] = WeakSet()


def _note(sender: object, connection: BaseDatabaseWrapper, **_more: object) -> None:
    _opened.add(connection)


connection_created.connect(_note)


def set_up(folder: Path) -> str:
    """Give this process a database of its own with the newest schema, and connect to it.

    Args:
        folder: where templates of SQLite and the locks lie; shared by all processes of all runs.

    Returns:
        The name the connection had before, for ``destroy_test_db``.
    """
    before, name = str(connection.settings_dict["NAME"]), connection.creation._get_test_db_name()
    template = _template(folder)
    # Who comes while another migrates waits for it: both would need the same core for as long.
    with _one_at_a_time(template.lock):
        if not template.exists():
            connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
            connections.close_all()
            template.keep()
        template.copy_to(name)
    connections.close_all()
    settings.DATABASES["default"]["NAME"] = name
    connection.settings_dict["NAME"] = name
    # As after the migrations, which look every content type up: tests count queries.
    for concrete in (True, False):
        ContentType.objects.get_for_models(*apps.get_models(), for_concrete_models=concrete)
    return before


def start_over(folder: Path) -> None:
    """The database of this process as ``set_up`` left it; whoever is still connected is not any more."""
    for opened in list(_opened):
        with suppress(DatabaseError):  # of a server's thread, which ends with its request
            opened.close()
    _template(folder).copy_to(str(connection.settings_dict["NAME"]))


def lay_down(folder: Path, path: Path) -> None:
    """The same for a site that is about to start on a database of its own, where that is a file."""
    template = _template(folder)
    if isinstance(template, _SQLite):
        path.parent.mkdir(parents=True, exist_ok=True)
        template.copy_to(str(path))


@cache
def _template(folder: Path) -> _SQLite | _PostgreSQL:
    return _SQLite(folder) if connection.vendor == "sqlite" else _PostgreSQL()


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    told = hashlib.sha256(sys.version.encode())
    sources = [path for house in _HOUSES for path in (_ROOT / house).rglob("*.py")]
    for path in [*sorted(sources), _ROOT / "requirements" / "dev.txt"]:
        content = path.read_bytes()
        if path.parent.name == "migrations" or _MAKES_TABLES.search(content):
            told.update(path.relative_to(_ROOT).as_posix().encode() + content)
    return told.hexdigest()[:16]


class _SQLite:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / f"{_digest()}.sqlite3"
        self.lock = folder / "sqlite3.lock"

    def exists(self) -> bool:
        return self.path.exists()

    def keep(self) -> None:
        for old in self.folder.glob("*.sqlite3"):
            old.unlink()
        half = self.path.with_suffix(".half")
        half.unlink(missing_ok=True)
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as migrated:
            migrated.execute("VACUUM INTO ?", [str(half)])
        half.rename(self.path)

    def copy_to(self, name: str) -> None:
        # Taken away before the new file comes: who has the old one open still writes into that.
        for left in ("", "-wal", "-shm"):
            Path(f"{name}{left}").unlink(missing_ok=True)
        Path(name).write_bytes(self._content)

    @cached_property
    def _content(self) -> bytes:
        # Another run on changed models may replace the file while this one goes on.
        return self.path.read_bytes()


class _PostgreSQL:
    prefix = "lms_prepared_"

    def __init__(self) -> None:
        self.name = f"{self.prefix}{_digest()}"
        # The server may serve other checkouts of this machine, too.
        self.lock = Path(tempfile.gettempdir()) / f"{self.prefix}{os.getuid()}.lock"

    def exists(self) -> bool:
        return self.name in self._templates()

    def keep(self) -> None:
        for old in self._templates():
            with suppress(OperationalError):  # another checkout copies it at this moment
                self._say(f'DROP DATABASE "{old}"')
        self._copy(connection.settings_dict["NAME"], self.name)

    def copy_to(self, name: str) -> None:
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._copy(self.name, name)

    def _templates(self) -> list[str]:
        with connection._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [self.prefix]
            )
            return [name for (name,) in cursor.fetchall()]

    def _copy(self, source: str, name: str) -> None:
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')

    def _say(self, sql: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)
