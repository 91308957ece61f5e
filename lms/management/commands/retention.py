"""``manage.py retention --dry-run``: what the daily job would delete, without deleting it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lms.base import clock
from lms.keeping import retention


class Command(BaseCommand):
    help = "Delete what is kept no longer, rule by rule; with --dry-run only say how much."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="delete nothing")
        parser.add_argument("rules", nargs="*", help="only these rules (default: all)")

    def handle(self, *args: Any, dry_run: bool, rules: list[str], **options: Any) -> None:
        at = clock.now()
        for each in retention.rules():
            if rules and each.name not in rules:
                continue
            count = each.overdue(at) if dry_run else each.forget(at)
            self.stdout.write(f"{each.name:12} {count:8}  {each.title}: {each.keeps}")
