"""The database as one file, and back: SQLite by its own online copy, PostgreSQL by its own tools."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from lms.keeping.troubles import KeepingTrouble

SQLITE, POSTGRES = "database.sqlite3", "database.dump"


def file_name() -> str:
    """The name of the dump, which also says what kind it is."""
    return SQLITE if connection.vendor == "sqlite" else POSTGRES


def dump(folder: Path) -> dict[str, int]:
    """Write the database into ``folder``; returns the rows of each table at that moment.

    Others may write meanwhile: the file and the figures show one and the same moment.

    Raises:
        KeepingTrouble: PostgreSQL's tools are absent or report an error.
    """
    target = folder / file_name()
    return _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgres(target)


def _dump_sqlite(target: Path) -> dict[str, int]:
    connection.ensure_connection()
    with sqlite3.connect(target) as copy:
        connection.connection.backup(copy, pages=4096, sleep=0.001)
        # A copy in one file, without a log beside it that somebody might leave behind.
        copy.execute("PRAGMA journal_mode=DELETE")
        (sound,) = copy.execute("PRAGMA quick_check").fetchone()
        if sound != "ok":
            raise KeepingTrouble(f"The copy of the database is damaged ({sound}).")
        tables = [
            name
            for (name,) in copy.execute(
                "SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        rows = {
            name: int(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
            for name in sorted(tables)
        }
    copy.close()
    return rows


def _dump_postgres(target: Path) -> dict[str, int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        dumping = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        _fails_loudly("pg_dump", [address(), *dumping, f"--file={target}"])
        return counted(connection.introspection.table_names(cursor))


def counted(tables: Iterable[str]) -> dict[str, int]:
    """Rows of each table, in this connection's view."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
            found[table] = int(cursor.fetchone()[0])
    return found


def is_empty() -> bool:
    """Whether nothing of ours is in the database yet."""
    return "django_migrations" not in connection.introspection.table_names()


def load(dumped: Path, *, aside: str) -> None:
    """Put a dump in the place of the database.

    Args:
        aside: what to append to the name of an SQLite file that is in the way; it is kept.

    Raises:
        KeepingTrouble: the dump is of the other kind of database, or the tools report an error.
    """
    if dumped.name != file_name():
        raise KeepingTrouble(
            f"This backup holds {dumped.name}, but LMS_DATABASE_URL names a database of another kind."
        )
    if connection.vendor == "sqlite":
        _load_sqlite(dumped, aside)
    else:
        _load_postgres(dumped)
    connection.close()


def _load_sqlite(dumped: Path, aside: str) -> None:
    target = Path(str(connection.settings_dict["NAME"]))
    connection.close()
    target.parent.mkdir(parents=True, exist_ok=True)
    for end in ("", "-wal", "-shm"):
        if (old := target.with_name(target.name + end)).exists():
            old.replace(old.with_name(f"{target.name}{aside}{end}"))
    # Beside it first: a restore that is cut off leaves no half database under the right name.
    coming = target.with_name(f"{target.name}.coming")
    shutil.copyfile(dumped, coming)
    coming.replace(target)


def _load_postgres(dumped: Path) -> None:
    """Everything goes and everything comes in one transaction: what fails leaves the tables as they were.

    ``pg_restore --clean`` would drop only what the dump knows, and stumble over tables of a newer edition.
    """
    room = Path(settings.VAR_DIR) / "tmp"
    room.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=room) as folder:
        script = f"--file={folder}/database.sql"
        _fails_loudly("pg_restore", ["--no-owner", "--no-privileges", script, str(dumped)])
        once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        _fails_loudly("psql", [address(), *once, f"--command={EMPTY}", script, "--command=ANALYZE"])


# All tables of ours, and what hangs on them; the schema and its extensions stay.
EMPTY = """
DO $$ DECLARE one record; BEGIN
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
    EXECUTE format('DROP TABLE IF EXISTS %I CASCADE', one.tablename);
  END LOOP;
END $$
"""
# Of Django's own, beside which all others are libpq's.
_OF_DJANGO = {"pool", "isolation_level", "assume_role", "server_side_binding"}


def empty(name: str) -> None:
    """Drop all tables of the database ``name`` of this PostgreSQL."""
    _fails_loudly("psql", [address(name), "--no-psqlrc", "--quiet", f"--command={EMPTY}"])


def address(name: str = "") -> str:
    """Where PostgreSQL is, for its tools: all that ``LMS_DATABASE_URL`` says but the password.

    A tool that did not hear of ``sslmode=verify-full`` would speak without looking at the certificate.

    Args:
        name: of another database there.
    """
    kept: Mapping[str, Any] = connection.settings_dict
    parts = {part: value for part, value in kept["OPTIONS"].items() if part not in _OF_DJANGO}
    own = {"host": "HOST", "port": "PORT", "user": "USER"}
    parts |= {part: kept[ours] for part, ours in own.items() if kept[ours]}
    parts["dbname"] = name or kept["NAME"]
    quoted = {
        part: str(value).replace("\\", "\\\\").replace("'", "\\'") for part, value in parts.items()
    }
    return "--dbname=" + " ".join(f"{part}='{value}'" for part, value in sorted(quoted.items()))


def _environment() -> dict[str, str]:
    # The password, because a command line is seen by everybody on the machine.
    password = str(connection.settings_dict["PASSWORD"] or "")
    return os.environ | ({"PGPASSWORD": password} if password else {})


def _found(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise KeepingTrouble(
            f"{program} is needed and not there. Install PostgreSQL's client programs (postgresql-client)."
        )
    return found


def _fails_loudly(program: str, arguments: list[str]) -> None:
    done = subprocess.run(
        [_found(program), *arguments],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise KeepingTrouble(f"{program} failed:\n{done.stderr.strip()[-2000:]}")
