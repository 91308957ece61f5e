"""``./run restore``: a backup into an empty site, and the proof that everything is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from lms.base import clock
from lms.keeping import backups, drill, keys, proofs
from lms.keeping.troubles import KeepingTrouble


class Command(BaseCommand):
    help = "Bring a backup back, then try letters, progress and films; --drill: try it without touching the site."
    # There are no tables yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "backup", nargs="?", type=Path, help="folder of a backup, or of all backups: the newest"
        )
        parser.add_argument("--keys", type=Path, help="folder of the kept keys")
        parser.add_argument("--replace", action="store_true", help="also where there is data")
        parser.add_argument(
            "--files", action="store_true", help="the files alone: the database came another way"
        )
        parser.add_argument(
            "--drill", action="store_true", help="into a place of its own, which goes afterwards"
        )
        parser.add_argument(
            "--into", type=Path, help="folder with room for a drill; default below LMS_VAR"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["drill"]:
                self._drill(options)
            else:
                self._restore(options)
        except KeepingTrouble as trouble:
            raise CommandError(str(trouble)) from trouble

    def _restore(self, options: dict[str, Any]) -> None:
        if not options["backup"]:
            raise CommandError("Name the backup: the folder in which backup.json lies.")
        backup = backups.named(options["backup"])
        if options["keys"]:
            count = keys.bring_back(options["keys"], Path(settings.KEYS_DIR))
            self.stdout.write(f"  {count} keys")
        if options["files"]:
            wrong = backups.restore_files(backup, say=self._say)
        else:
            wrong = backups.restore(
                backup, replace=options["replace"], at=clock.now(), say=self._say
            )
        for shown in proofs.show():
            self.stdout.write(f"  {shown.name}: {shown.looked_at} tried, {len(shown.faults)} wrong")
            wrong += shown.faults
        if wrong:
            told = "\n".join(f"  - {fault}" for fault in wrong[:50])
            raise CommandError(f"Restored, but {len(wrong)} things are not as they were:\n{told}")
        self.stdout.write(f"Everything of {backup.made_at} is here and was tried.")

    def _drill(self, options: dict[str, Any]) -> None:
        state = Path(settings.VAR_DIR)
        backup = backups.named(options["backup"] or state / "backups")
        self._say(f"drill with {backup.folder}")
        if not options["keys"]:
            self.stdout.write("  with the keys of this site; --keys FOLDER tries the kept ones")
        outcome = drill.run(
            backup,
            keys=options["keys"] or Path(settings.KEYS_DIR),
            into=options["into"] or state / "tmp",
        )
        if not outcome.went_well:
            raise CommandError("The drill failed; the site itself was not touched.")
        self.stdout.write(
            f"Restored and tried in {outcome.seconds:.0f} s; promised are {drill.MOST_S} s. Cleared away again."
        )
        if outcome.seconds > drill.MOST_S:
            raise CommandError("That is longer than was promised.")

    def _say(self, step: str) -> None:
        self.stdout.write(f"  {step} ...")
        self.stdout.flush()
