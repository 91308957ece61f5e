"""``manage.py forget_old --dry-run``: what the daily job would erase, without erasing it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Count

from enrollment.own_data import keeping
from lms.base import clock


class Command(BaseCommand):
    help = "Erase the papers of people who were not admitted, a year after their intake closed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how many, by intake")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        at = clock.now()
        if not dry_run:
            self.stdout.write(f"{keeping.forget_overdue(at=at)} erased")
            return
        rows = keeping.overdue(at=at).order_by().values("cohort__slug", "state")
        for row in rows.annotate(n=Count("pk")).order_by("cohort__slug", "state"):
            self.stdout.write(f"{row['cohort__slug']} {row['state']} {row['n']}")
