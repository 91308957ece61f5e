"""Tables, static files and demo content in one process: setting Django up costs over a second."""

from __future__ import annotations

import gc
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from lms.bootstrap.prepare import MARK, TITLES


class Command(BaseCommand):
    help = "Do the named parts of a first start: " + ", ".join(TITLES)
    # Checks run inside migrate; running them before the tables exist would only cost time.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parts", nargs="+", choices=list(TITLES))

    def handle(self, *args: Any, **options: Any) -> None:
        # Migrations render every model hundreds of times. Collecting that more rarely takes 90 MB
        # more and a sixth less time.
        gc.set_threshold(100_000, 50, 50)
        for part in TITLES:
            if part not in options["parts"]:
                continue
            self.stdout.write(f"{MARK}begin {part}")
            self.stdout.flush()
            started = time.monotonic()
            getattr(self, f"do_{part}")()
            self.stdout.write(f"{part}: {time.monotonic() - started:.1f} s")
            self.stdout.write(f"{MARK}end {part}")
            self.stdout.flush()

    def do_migrate(self) -> None:
        call_command("migrate", interactive=False, verbosity=0)

    def do_static(self) -> None:
        call_command("collectstatic", interactive=False, verbosity=0, clear=False)

    def do_seed(self) -> None:
        if not settings.DEMO:
            raise SystemExit("demo content is for development only")
        call_command("seed_demo")
