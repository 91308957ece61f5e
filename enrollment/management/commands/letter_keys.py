"""``./run manage letter_keys``: which keys sign letters, adding new ones, withdrawing old ones."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from enrollment.letters import press, publications
from enrollment.letters.signing import KeysRefused, rotate, withdraw
from lms.base import clock


class Command(BaseCommand):
    help = (
        "List the keys of letters, 'rotate' to new ones, or 'withdraw N'. See docs/letter-keys.md."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "act", nargs="?", choices=["list", "rotate", "withdraw"], default="list"
        )
        parser.add_argument("number", nargs="?", type=int, help="the generation to withdraw")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = press.ready_keys()
        try:
            if options["act"] == "rotate":
                rotate(folder, at=clock.now())
            elif options["act"] == "withdraw":
                if options["number"] is None:
                    raise CommandError("which generation? e.g. letter_keys withdraw 1")
                withdraw(folder, options["number"], at=clock.now())
        except KeysRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        for each in publications.certificates():
            self.stdout.write(
                f"{each.file:12} {each.standing:9} {each.begins:%Y-%m-%d} to {each.ends:%Y-%m-%d}  "
                f"{each.subject}"
            )
