"""A backup is a folder: the database, the list of files, and a page that says what it is.

::

    BACKUPS/objects/ab/ab12…              contents by hash, shared by all backups
    BACKUPS/20260901T020000Z/database.…   see databases
    BACKUPS/20260901T020000Z/files.tsv    see files
    BACKUPS/20260901T020000Z/backup.json  written last: without it the folder is not a backup

The keys are no part of it. A stolen backup opens no ID number and signs no letter as long as
the keys are kept in another place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from lms.keeping import databases, files
from lms.keeping.troubles import KeepingTrouble

FORM = 1
PAGE, OBJECTS = "backup.json", "objects"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Backup:
    """One finished backup.

    Args:
        rows: of each table.
        migrations: ``app.name`` of all that were applied.
    """

    folder: Path
    made_at: str
    database: str
    database_sha256: str
    rows: dict[str, int]
    migrations: list[str]

    @property
    def objects(self) -> Path:
        return self.folder.parent / OBJECTS

    @property
    def files(self) -> list[files.Stored]:
        return files.read_list(self.folder / files.LIST)


def make(root: Path, *, at: datetime, say: Say) -> Backup:
    """Make a backup below ``root``; the site goes on working meanwhile.

    The database first: a file that is deleted afterwards is missed by no row of a later moment,
    and files are written before the row that names them.
    """
    name = f"{at:%Y%m%dT%H%M%SZ}"
    if (root / name).exists():
        raise KeepingTrouble(f"{root / name} is there already.")
    coming = root / f".{name}.coming"
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True, mode=0o700)
    say("database")
    rows = databases.dump(coming)
    say("files")
    last = newest(root)
    before = {stored.place: stored for stored in last.files} if last else {}
    found = list(files.keep(root / OBJECTS, before))
    files.write_list(coming / files.LIST, found)
    page = {
        "form": FORM,
        "made_at": at.isoformat(),
        "database": databases.file_name(),
        "database_sha256": files.digest_of(coming / databases.file_name()),
        "rows": rows,
        "migrations": _applied(),
        "files": len(found),
        "bytes": sum(stored.size for stored in found),
    }
    (coming / PAGE).write_text(json.dumps(page, indent=1), encoding="utf-8")
    coming.rename(root / name)
    return read(root / name)


def _applied() -> list[str]:
    return sorted(
        f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()
    )


def read(folder: Path) -> Backup:
    """What a folder holds.

    Raises:
        KeepingTrouble: it is not a whole backup, or one of a newer edition.
    """
    try:
        page: dict[str, Any] = json.loads((folder / PAGE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KeepingTrouble(
            f"{folder} holds no finished backup. Name a folder in which {PAGE} lies."
        ) from error
    if page["form"] > FORM:
        raise KeepingTrouble("This backup was made by a newer edition: install that one first.")
    return Backup(
        folder,
        page["made_at"],
        page["database"],
        page["database_sha256"],
        page["rows"],
        page["migrations"],
    )


def named(folder: Path) -> Backup:
    """The backup of a folder, or the newest of a folder of backups.

    Raises:
        KeepingTrouble: there is none, or one of a newer edition.
    """
    found = None if (folder / PAGE).exists() else newest(folder)
    return found or read(folder)


def finished(root: Path) -> list[Path]:
    """All whole backups below a folder, oldest first."""
    return sorted(page.parent for page in root.glob(f"[0-9]*Z/{PAGE}"))


def newest(root: Path) -> Backup | None:
    found = finished(root)
    return read(found[-1]) if found else None


def thin_out(root: Path, *, keep: int) -> int:
    """Delete all but the newest ``keep`` backups and contents that none of those needs.

    Returns:
        How many backups went.
    """
    going = finished(root)[:-keep]
    for folder in going:
        shutil.rmtree(folder)
    needed = {stored.sha256 for folder in finished(root) for stored in read(folder).files}
    for kept in (root / OBJECTS).glob("*/*"):
        if kept.name not in needed:
            kept.unlink()
    return len(going)


def restore(backup: Backup, *, replace: bool, at: datetime, say: Say) -> list[str]:
    """Bring a backup back and bring its tables up to this edition.

    Args:
        replace: also where there is data already; an SQLite file is set aside, not deleted.

    Returns:
        A sentence for each file that is not as it was.

    Raises:
        KeepingTrouble: nothing was changed, and the message says why.
    """
    dumped = backup.folder / backup.database
    if files.digest_of(dumped) != backup.database_sha256:
        raise KeepingTrouble(f"{dumped} is not as it was written: take another backup.")
    if not replace and not databases.is_empty():
        raise KeepingTrouble(
            "There is data in the database already. To put the backup in its place add --replace."
        )
    newer = set(backup.migrations) - _known_migrations()
    if newer:
        raise KeepingTrouble(
            f"This backup is of a newer edition ({sorted(newer)[0]} is unknown here): install that one first."
        )
    say("database")
    databases.load(dumped, aside=f".before-{at:%Y%m%dT%H%M%SZ}")
    found = databases.counted(backup.rows)
    wrong = [
        f"Table {table} has {found[table]} rows instead of {rows}."
        for table, rows in backup.rows.items()
        if found[table] != rows
    ]
    wrong += restore_files(backup, say=say)
    say("tables of this edition")
    call_command("migrate", interactive=False, verbosity=0)
    return wrong


def restore_files(backup: Backup, *, say: Say) -> list[str]:
    """Bring the files alone back, beside a database that came back another way.

    Returns:
        A sentence for each file that is not as it was.
    """
    say("files")
    found = [(stored, files.bring_back(stored, backup.objects)) for stored in backup.files]
    return [f"{stored.kind}/{stored.name} {fault}." for stored, fault in found if fault]


def _known_migrations() -> set[str]:
    from django.db.migrations.loader import MigrationLoader

    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
