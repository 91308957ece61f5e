"""Queries that the ORM writes once: the first call compiles the SQL, later ones only give the values.

For the handful of questions that every page of a student asks. Building and compiling a queryset
costs the web process several times what a small query costs the database. The query stays an
ordinary queryset, with ``Given`` wherever a value comes from the caller::

    OWN_DAYS = Prepared(
        lambda: StudyDay.objects.filter(student_id=Given("student", IntegerField()))
        .values_list("day", "seconds", named=True)
    )
    OWN_DAYS(student=student.pk)
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, QuerySet
from django.db.models.query import ModelIterable, get_related_populators
from django.db.models.sql import UpdateQuery


class Given(Expression):
    """A value that each call gives by name; it is adapted as values of ``field`` are.

    Never for ``None`` (SQL would compare with NULL) and never a list.
    """

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        # The expression itself takes the value's place until a call brings it.
        return "%s", [self]

    def adapted(self, value: Any, connection: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection, prepared=False)


@dataclass(frozen=True)
class _Written:
    sql: str
    params: tuple[Any, ...]
    converters: dict[int, tuple[Sequence[Any], Any]]
    shape: Callable[[list[Sequence[Any]]], list[Any]]


class Prepared:
    """A queryset as a function of its ``Given`` values; answers a list of rows or instances.

    Args:
        build: makes the queryset; called once per database vendor. ``values_list`` gives
            tuples with the names of the columns, anything else model instances with their ``select_related`` and annotations.
            No slices of the answer and no ``prefetch_related``.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._written: dict[str, _Written] = {}

    def __call__(self, **values: Any) -> list[Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = _write(self._build())
        with connection.cursor() as cursor:
            cursor.execute(written.sql, _adapted(written.params, values, connection))
            rows = cursor.fetchall()
        return written.shape(_converted(rows, written.converters, connection))

    def first(self, **values: Any) -> Any:
        """The first row, or None."""
        found = self(**values)
        return found[0] if found else None


class PreparedUpdate:
    """A conditional ``UPDATE`` as a function of its ``Given`` values; answers how many rows it changed.

    Args:
        build: makes the queryset; no joins.
        changes: as for ``QuerySet.update``.
    """

    def __init__(self, build: Callable[[], QuerySet[Any, Any]], **changes: Any) -> None:
        self._build, self._changes = build, changes
        self._written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def __call__(self, **values: Any) -> int:
        connection = connections[DEFAULT_DB_ALIAS]
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = self._write()
        sql, params = written
        with connection.cursor() as cursor:
            cursor.execute(sql, _adapted(params, values, connection))
            return int(cursor.rowcount)

    def _write(self) -> tuple[str, tuple[Any, ...]]:
        query: Any = self._build().query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        sql, params = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
        return sql, tuple(params)


def _adapted(params: Iterable[Any], values: Mapping[str, Any], connection: Any) -> list[Any]:
    return [p.adapted(values[p.name], connection) if isinstance(p, Given) else p for p in params]


def _write(queryset: QuerySet[Any, Any]) -> _Written:
    compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
    sql, params = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])
    is_model = queryset._iterable_class is ModelIterable  # type: ignore[attr-defined]
    shape = _instances(compiler) if is_model else _tuples(queryset)
    return _Written(sql, tuple(params), converters, shape)


def _converted(
    rows: list[Any], converters: dict[int, tuple[Sequence[Any], Any]], connection: Any
) -> list[Any]:
    """What the backend cannot say by itself (uuids and times of SQLite, JSON) as Python values."""
    if not converters:
        return rows
    changed = [list(row) for row in rows]
    for place, (chain, expression) in converters.items():
        for row in changed:
            value = row[place]
            for convert in chain:
                value = convert(value, expression, connection)
            row[place] = value
    return changed


def _tuples(queryset: Any) -> Callable[[list[Any]], list[Any]]:
    row_type: Any = namedtuple("Row", queryset._fields)  # type: ignore[misc]
    return lambda rows: [row_type(*row) for row in rows]


def _instances(compiler: Any) -> Callable[[list[Any]], list[Any]]:
    """As Django's ``ModelIterable`` makes them, without asking the compiler again for each call."""
    info = compiler.klass_info
    model, columns = info["model"], info["select_fields"]
    first, end = columns[0], columns[-1] + 1
    names = [column[0].target.attname for column in compiler.select[first:end]]
    # The stubs speak of the next Django.
    populators = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    annotations = list((compiler.annotation_col_map or {}).items())

    def make(rows: Iterable[Sequence[Any]]) -> list[Any]:
        made = []
        for row in rows:
            instance = model.from_db(DEFAULT_DB_ALIAS, names, row[first:end])
            for populator in populators:
                populator.populate(row, instance)
            for name, place in annotations:
                setattr(instance, name, row[place])
            made.append(instance)
        return made

    return make
