"""Asking the full-text index of either database for the same tokens."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.lookups import Lookup

from courses.finding.words import Word

# The virtual table that SQLite keeps beside the passages; PostgreSQL has an index on the expression.
SQLITE_INDEX = "courses_passage_index"
POSTGRES_VECTOR = "array_to_tsvector(string_to_array({column}, ' '))"


class TokensField(models.TextField):
    """Tokens separated by blanks; ``__holds=word`` asks the index for all of a word's tokens."""


@TokensField.register_lookup
class Holds(Lookup):  # type: ignore[type-arg]
    """All tokens of a ``Word`` are there, the last one perhaps only as a beginning."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        alias = compiler.quote_name_unless_alias(self.lhs.alias)
        word: Word = self.rhs
        asked = [f'"{token}"' for token in word.tokens]
        if word.prefix:
            asked.append(f'"{word.prefix}"*')
        # The name of the index stands in the source; what was typed goes in as a parameter.
        sql = f"{alias}.id IN (SELECT rowid FROM {SQLITE_INDEX} WHERE {SQLITE_INDEX} MATCH %s)"  # noqa: S608
        return sql, [" AND ".join(asked)]

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        word: Word = self.rhs
        asked = [f"'{token}'" for token in word.tokens]
        if word.prefix:
            asked.append(f"'{word.prefix}':*")
        sql = f"{POSTGRES_VECTOR.format(column=column)} @@ %s::tsquery"
        return sql, [*parameters, " & ".join(asked)]
