"""The drill: a backup is brought back into an empty place beside the site, tried, timed and cleared away.

What is tried there is what a new machine would have: a folder of its own, a database of its own, the
kept keys. The site goes on meanwhile and is not touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.db import DatabaseError, connection

from lms.keeping import databases
from lms.keeping.backups import Backup
from lms.keeping.troubles import KeepingTrouble

# What docs/goals.md promises (G9), from an installed edition to a tried site.
MOST_S = 15 * 60
_AFTER = "_drill"


@dataclass(frozen=True)
class Outcome:
    """How a drill ended."""

    went_well: bool
    seconds: float


def run(backup: Backup, *, keys: Path, into: Path) -> Outcome:
    """Restore ``backup`` in a process of its own, which prints what it tried.

    Args:
        keys: folder of the kept keys.
        into: folder with room for everything; what the drill writes there goes with its end.

    Raises:
        KeepingTrouble: there is no room, or no database for it; nothing was begun.
    """
    into.mkdir(parents=True, exist_ok=True)
    _room_for(backup, into)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=into) as folder, _database() as url:
        environment = os.environ | {"LMS_VAR": folder, "LMS_KEYS_DIR": f"{folder}/keys"}
        environment["LMS_DATABASE_URL"] = url
        command = ["restore", str(backup.folder.absolute()), "--replace"]
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--keys", str(keys.absolute())],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        return Outcome(done.returncode == 0, time.monotonic() - began)


def _room_for(backup: Backup, into: Path) -> None:
    files = sum(stored.size for stored in backup.files if stored.sha256)
    # Twice: PostgreSQL's dump is packed, and its tables lie somewhere, too.
    wanted = files + 2 * (backup.folder / backup.database).stat().st_size
    free = shutil.disk_usage(into).free
    if free < wanted:
        raise KeepingTrouble(
            f"{into} has {free / 1e9:.1f} GB, the drill needs {wanted / 1e9:.1f}. "
            "Name a folder on a larger disk: --into FOLDER."
        )


@contextmanager
def _database() -> Iterator[str]:
    """The address of a database for the drill alone; empty where it is a file below ``LMS_VAR``."""
    if connection.vendor == "sqlite":
        yield ""
        return
    name = f"{connection.settings_dict['NAME']}{_AFTER}"
    mine = _made(name)
    try:
        url = urlsplit(os.environ["LMS_DATABASE_URL"])
        yield url._replace(path=f"/{quote(name)}").geturl()
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)}")
        else:
            databases.empty(name)


def _made(name: str) -> bool:
    """Make the database; False if somebody made it for us, as an account without that right needs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone():
            return False
        try:
            cursor.execute(
                f"CREATE DATABASE {connection.ops.quote_name(name)} TEMPLATE template0 ENCODING 'UTF8'"
            )
        except DatabaseError as error:
            owner = connection.settings_dict["USER"] or "lms"
            raise KeepingTrouble(
                f"The drill needs an empty database {name}. Make it once, it stays for the next drill:\n"
                f"  sudo -u postgres createdb -O {owner} -E UTF8 -T template0 {name}"
            ) from error
    return True
