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
from django.db.models import Expression, Field, Model, QuerySet
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
        sql, params = self.written(connection)
        with connection.cursor() as cursor:
            cursor.execute(sql, _adapted(params, values, connection))
            return int(cursor.rowcount)

    def written(self, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The statement in the words of this database, and its parameters with ``Given`` among them."""
        known = self._written.get(connection.vendor)
        if known is None:
            query: Any = self._build().query.chain(UpdateQuery)
            query.add_update_values(self._changes)
            sql, params = query.get_compiler(using=DEFAULT_DB_ALIAS).as_sql()
            known = self._written[connection.vendor] = sql, tuple(params)
        return known


Change = tuple[PreparedUpdate, dict[str, Any]]


def update_together(changes: Sequence[Change]) -> list[int]:
    """Several updates of different rows; answers how many rows each changed.

    One statement where the database can (PostgreSQL), one each elsewhere. Updates that stand
    together do not see each other: the same row twice is changed once.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "postgresql" or len(changes) < 2:
        return [update(**values) for update, values in changes]
    parts = [update.written(connection) for update, _values in changes]
    named = ", ".join(f"c{n} AS ({sql} RETURNING 1)" for n, (sql, _params) in enumerate(parts))
    counts = ", ".join(f"(SELECT count(*) FROM c{n})" for n in range(len(parts)))  # noqa: S608
    given = [
        value
        for (_sql, params), (_update, values) in zip(parts, changes, strict=True)
        for value in _adapted(params, values, connection)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {named} SELECT {counts}", given)
        return [int(count) for count in cursor.fetchone()]


class PreparedInsert:
    """New rows of a table as tuples of ``columns``; every other column has a default in the database.

    For rows that come by the dozen: an instance each and a parameter for every value cost several
    times what the rows cost the database. Nothing of the model runs: no signals, no ``save``.
    Values are what the database returns for these columns, never expressions.
    """

    def __init__(self, model: type[Model], columns: Sequence[str]) -> None:
        self._fields = [model._meta.get_field(name) for name in columns]
        self._columns = [str(field.column) for field in self._fields]  # type: ignore[union-attr]
        self._table = model._meta.db_table

    def __call__(self, rows: Sequence[Sequence[Any]]) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        names = ", ".join(connection.ops.quote_name(name) for name in self._columns)
        into = f"{connection.ops.quote_name(self._table)} ({names})"
        if connection.vendor == "postgresql" and rows:
            self._copy(connection, into, rows)
            return
        most = connection.features.max_query_params or len(rows) * len(self._fields)
        step = max(1, most // len(self._fields))
        for first in range(0, len(rows), step):
            self._insert(connection, into, rows[first : first + step])

    def _copy(self, connection: Any, into: str, rows: Sequence[Sequence[Any]]) -> None:
        # Errors of a stream come when it ends, past the cursor that would translate them.
        with connection.cursor() as cursor, connection.wrap_database_errors:  # noqa: SIM117
            with cursor.copy(f"COPY {into} FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)

    def _insert(self, connection: Any, into: str, rows: Sequence[Sequence[Any]]) -> None:
        places = f"({', '.join(['%s'] * len(self._fields))})"
        values = [
            field.get_db_prep_save(value, connection)  # type: ignore[union-attr]
            for row in rows
            for field, value in zip(self._fields, row, strict=True)
        ]
        with connection.cursor() as cursor:
            every = ", ".join([places] * len(rows))
            cursor.execute(f"INSERT INTO {into} VALUES {every}", values)  # noqa: S608 - names of columns


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
