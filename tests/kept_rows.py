"""What many tests set up alike: made once by the services, afterwards written row by row.

A small page tree costs some five hundred statements, most of them Wagtail's: revisions, references, its
own search. The rows that came of them are as good for the next test, which is undone like the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Model

from lms.base import clock

Keys = tuple[int, ...]
Row = tuple[object, ...]


@dataclass(frozen=True)
class _Change:
    """What became of one table: which rows it had, and which went and came."""

    model: type[Model]
    before: list[Row]
    gone: list[Row]
    new: list[Row]

    def fits(self) -> bool:
        """Whether the table is as it was then, so that the change can be made again."""
        return _same(_rows(self.model), self.before)

    def repeat(self) -> None:
        table, fields = connection.ops.quote_name(self.model._meta.db_table), _columns(self.model)
        columns = ", ".join(map(connection.ops.quote_name, fields))
        key = self.model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.executemany(
                f"DELETE FROM {table} WHERE {connection.ops.quote_name(key)} = %s",
                [(row[fields.index(key)],) for row in self.gone],
            )
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * len(fields))})",
                self.new,
            )


class Kept:
    """Call it as you would ``make``.

    Args:
        make: does it by services, and hands back the keys of what it made.
    """

    def __init__(self, make: Callable[[], Keys]) -> None:
        self._make = make
        self._known: dict[datetime, tuple[Keys, list[_Change]]] = {}

    def __call__(self) -> Keys:
        if not connection.in_atomic_block:  # then what happens on commit belongs to it
            return self._make()
        # Rows say when they were made: a test whose clock stands elsewhere has rows of its own.
        hour = clock.now().replace(minute=0, second=0, microsecond=0)
        if hour not in self._known:
            self._known[hour] = self._recorded()
            return self._known[hour][0]
        keys, changes = self._known[hour]
        if not all(change.fits() for change in changes):
            return self._make()
        for change in changes:
            change.repeat()
        _count_on([change.model for change in changes])
        return keys

    def _recorded(self) -> tuple[Keys, list[_Change]]:
        tables = {
            model: _rows(model)
            for model in apps.get_models(include_auto_created=True)
            # SQLite's full-text tables follow theirs by triggers.
            if model._meta.managed and not model._meta.proxy and model._meta.pk.column != "rowid"
        }
        keys = self._make()
        now = {model: _rows(model) for model in tables}
        changes = [
            _Change(
                model,
                before,
                gone=[row for row in before if row not in now[model]],
                new=[row for row in now[model] if row not in before],
            )
            for model, before in tables.items()
        ]
        return keys, [change for change in changes if change.gone or change.new]


def _same(one: list[Row], other: list[Row]) -> bool:
    return len(one) == len(other) and all(row in other for row in one)


def _columns(model: type[Model]) -> list[str]:
    return [field.column for field in model._meta.local_concrete_fields]


def _rows(model: type[Model]) -> list[Row]:
    columns = ", ".join(map(connection.ops.quote_name, _columns(model)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {connection.ops.quote_name(model._meta.db_table)}")
        return [tuple(map(_plain, row)) for row in cursor.fetchall()]


def _plain(value: object) -> object:
    """As it stands in the file: SQLite's own module reads times that it does not write."""
    if connection.vendor == "sqlite" and isinstance(value, date | datetime | time):
        return str(value)
    return value


def _count_on(models: list[type[Model]]) -> None:
    """Later rows get later numbers: a sequence of PostgreSQL does not see those that came with theirs."""
    resets = connection.ops.sequence_reset_sql(no_style(), models)
    if resets:
        with connection.cursor() as cursor:
            cursor.execute(";".join(each.rstrip(";") for each in resets))
