"""Writing different values into many rows at once.

``bulk_update`` builds one ``CASE`` of thousands of branches, which costs a database more than the
writing itself: 2.2 s of CPU for 3,000 ranked applicants, against 0.3 s for one prepared ``UPDATE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import connections, models, router


def write(rows: Iterable[models.Model], fields: Sequence[str]) -> int:
    """Write ``fields`` of every row, as ``bulk_update`` does; returns how many rows were given.

    No signals are sent. Call it inside the transaction of the act. Values come from the rows'
    attributes; expressions such as ``F`` are not understood.

    Raises:
        ValueError: a name is no column.
        django.db.IntegrityError: a constraint of the table.
    """
    given = list(rows)
    if not given:
        return 0
    options = type(given[0])._meta
    connection = connections[router.db_for_write(type(given[0]))]
    columns = [field for field in options.concrete_fields if field.name in fields]
    if len(columns) != len(fields):
        raise ValueError(f"not all of {fields} are columns of {options.label}")
    quote = connection.ops.quote_name
    assignments = ", ".join(f"{quote(str(column.column))} = %s" for column in columns)
    # Names come from the model, values are parameters.
    table, key = quote(options.db_table), quote(str(options.pk.column))
    sql = f"UPDATE {table} SET {assignments} WHERE {key} = %s"  # noqa: S608
    values = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns]
        + [row.pk]
        for row in given
    ]
    with connection.cursor() as cursor:
        cursor.executemany(sql, values)
    return len(given)
