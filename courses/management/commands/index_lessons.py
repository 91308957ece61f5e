"""``./run manage index_lessons``: write anew what the search of lessons looks through."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from courses.finding import indexing
from courses.finding.models import Passage


class Command(BaseCommand):
    help = "Write anew what the search of lessons looks through."

    def handle(self, *args: Any, **options: Any) -> None:
        lessons = indexing.write_all()
        self.stdout.write(f"{lessons} lessons, {Passage.objects.count()} passages")
