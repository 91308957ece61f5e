"""``./run manage seed_demo``: a city to look around in; running it again adds only what is missing."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from lms.demo import city


class Command(BaseCommand):
    help = "Seed units, staff, courses, two intakes and a believable history."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo content is for development only; this is a site in service.")
        for step in city.STEPS:
            started = time.monotonic()
            step.build()
            self.stdout.write(f"{step.title}: {time.monotonic() - started:.1f} s")
