"""``./run manage make_keys``: the keys of a new site in service, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.base import private


class Command(BaseCommand):
    help = "Make the keys that encrypt private data; refuses where there are some already."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.KEYS_DIR)
        if (folder / "private.json").exists():
            raise CommandError(f"{folder} holds keys already; they are never overwritten.")
        private.make_keys(folder)
        self.stdout.write(
            f"Made {folder / 'private.json'}. Keep a copy apart from the database: without it "
            "private data stays shut for ever.\n"
            f"Letters are signed with the union's own key and certificate in {folder / 'letters'}; "
            "enrollment/letters/signing says which files."
        )
