"""``./run manage begin``: the first person and the city of an empty site; everything else has a page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from courses import api as courses
from lms.accounts import staffing, units
from lms.accounts.models import OrgUnit, Role, User
from lms.base import clock
from lms.base.errors import Refused


class Command(BaseCommand):
    help = (
        "Begin on an empty site: the city federation, and an operator who opens all other accounts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--city", required=True, help="name of the federation, e.g. 海州市总工会"
        )
        parser.add_argument("--short", required=True, help="its short name, e.g. 市总")
        parser.add_argument("--code", required=True, help="division code by GB/T 2260, e.g. 350200")
        parser.add_argument("--operator", required=True, metavar="NAME", help="the person's name")
        parser.add_argument(
            "--sign-in", required=True, metavar="NAME", help="what is typed to sign in"
        )
        parser.add_argument(
            "--with-courses", action="store_true",
            help="publish the three programmes with their lessons as a beginning; films are added by the worker",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(grants__role=Role.OPERATOR, grants__revoked_at=None).exists():
            raise CommandError("There is an operator already; that person opens further accounts.")
        at = clock.now()
        try:
            with transaction.atomic():
                city = units.keep(
                    code=options["code"], name=options["city"], short_name=options["short"],
                    kind=OrgUnit.Kind.CITY, parent=None, by=None, at=at,
                )  # fmt: skip
                opened = staffing.open_account(
                    username=options["sign_in"], name=options["operator"],
                    role=Role.OPERATOR, unit=city, by=None, at=at,
                )  # fmt: skip
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["with_courses"]:
            summary = courses.load_content(by=None, at=at)
            self.stdout.write(f"{summary.made} pages published")
        self.stdout.write(
            f"Sign in at {settings.SITE_URL}/sign-in/staff/ as {opened.user.username} with {opened.password}\n"
            "(shown this once; it must be changed at the first sign-in)"
        )
