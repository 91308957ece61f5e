"""``./run backup``: the database and the files into a folder, the keys into another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.base import clock
from lms.base.audit import AuditEntry
from lms.keeping import backups, keys
from lms.keeping.troubles import KeepingTrouble
from lms.monitoring.facts import BACKUP_MADE


class Command(BaseCommand):
    help = "Keep a copy of everything while the site goes on working."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("to", nargs="?", type=Path, help="folder of all backups; var/backups")
        parser.add_argument("--keys-to", type=Path, help="copy the keys there, on another disk")
        parser.add_argument("--keep", type=int, default=0, help="then delete all but the newest N")

    def handle(self, *args: Any, **options: Any) -> None:
        root: Path = options["to"] or Path(settings.VAR_DIR) / "backups"
        try:
            made = backups.make(root, at=clock.now(), say=self._say)
            if options["keys_to"]:
                count = keys.keep(Path(settings.KEYS_DIR), options["keys_to"], apart_from=root)
                self.stdout.write(f"{count} keys in {options['keys_to']}")
            if options["keep"] > 0:
                gone = backups.thin_out(root, keep=options["keep"])
                self.stdout.write(f"{gone} old backups deleted")
        except KeepingTrouble as trouble:
            raise CommandError(str(trouble)) from trouble
        # Read by the operator's page and by Prometheus: a backup that stopped happening is noticed.
        AuditEntry.objects.create(
            action=BACKUP_MADE,
            subject_type="lms.Backup",
            subject_id=made.folder.name,
            at=clock.now(),
        )
        self.stdout.write(f"{sum(made.rows.values())} rows, {len(made.files)} files: {made.folder}")
        if not options["keys_to"]:
            self.stdout.write(
                "The keys are not in it. Keep them apart once, and after each rotation: "
                "./run backup --keys-to FOLDER"
            )

    def _say(self, step: str) -> None:
        self.stdout.write(f"  {step} ...")
        self.stdout.flush()
