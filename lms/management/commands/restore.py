"""``./run restore``: a backup into an empty site, and the proof that everything is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.base import clock
from lms.keeping import backups, keys, proofs
from lms.keeping.troubles import KeepingTrouble


class Command(BaseCommand):
    help = "Bring a backup back, then try letters, progress and films."
    # There are no tables yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backup", type=Path, help="folder in which backup.json lies")
        parser.add_argument("--keys", type=Path, help="folder of the kept keys")
        parser.add_argument("--replace", action="store_true", help="also where there is data")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            backup = backups.read(options["backup"])
            if options["keys"]:
                count = keys.bring_back(options["keys"], Path(settings.KEYS_DIR))
                self.stdout.write(f"  {count} keys")
            wrong = backups.restore(
                backup, replace=options["replace"], at=clock.now(), say=self._say
            )
        except KeepingTrouble as trouble:
            raise CommandError(str(trouble)) from trouble
        for shown in proofs.show():
            self.stdout.write(f"  {shown.name}: {shown.looked_at} tried, {len(shown.faults)} wrong")
            wrong += shown.faults
        if wrong:
            told = "\n".join(f"  - {fault}" for fault in wrong[:50])
            raise CommandError(f"Restored, but {len(wrong)} things are not as they were:\n{told}")
        self.stdout.write(f"Everything of {backup.made_at} is here and was tried.")

    def _say(self, step: str) -> None:
        self.stdout.write(f"  {step} ...")
        self.stdout.flush()
