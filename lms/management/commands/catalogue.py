"""``./run manage catalogue``: collect strings, merge, compile, say what has no English yet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from lms import catalogue


class Command(BaseCommand):
    help = "Update and compile locale/en from the sources; lists what is not translated."

    def handle(self, *args: Any, **options: Any) -> None:
        found = catalogue.write(settings.BASE_DIR, "en")
        missing = catalogue.untranslated(found)
        for message in missing:
            self.stdout.write(f"  - {message}")
        self.stdout.write(f"{len(found)} strings, {len(missing)} without English")
