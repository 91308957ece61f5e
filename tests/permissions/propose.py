"""Propose rows for addresses that the table does not declare yet, from what they answer now.

``LMS_ENV=test .venv/bin/python -m tests.permissions.propose [part of a route]``; rows whose
route holds one of the arguments are proposed anew. Read every line before committing it.
"""

from __future__ import annotations

import logging
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings.test")


def main(again: list[str]) -> None:
    django.setup()
    logging.disable(logging.ERROR if not again else logging.WARNING)
    from django.conf import settings
    from django.db import transaction
    from django.test.utils import get_runner, setup_test_environment

    from tests.permissions import asking, world

    setup_test_environment()
    runner = get_runner(settings)(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with world.standing_still(), transaction.atomic():
            rows = _rows(world.build(), again)
            transaction.set_rollback(True)
        asking.write_table(rows)
    finally:
        runner.teardown_databases(databases)


def _rows(there: object, again: list[str]) -> list[dict[str, str]]:
    from tests.permissions import asking, shape, walking

    assert isinstance(there, shape.World)
    known, rows = asking.read_table(), []
    everybody = {role: asking.Somebody(there.people[role]) for role in shape.ROLES}
    for case in asking.cases(walking.addresses()):
        row = known.get(case.key)
        if row is None or any(part in case.address.route for part in again):
            method = next(asking.methods(case, ""))
            path = asking.path_of(case, there)
            old, row = row, dict(zip(("route", "object", "method"), case.key, strict=True))
            for role, person in everybody.items():
                row[role] = person.ask(method, path).word
            if case.method == "*" and row["editor"] != "500":
                row["editor"] = "any"
            if old != row:
                print("+", *row.values())  # noqa: T201
        rows.append(row)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
