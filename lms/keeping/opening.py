"""After a restore: do the keys open what is sealed in the database?"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps

from lms.base.private import PrivateField


def prove() -> Iterator[str | None]:
    """Open every sealed value: None for each that opens, one sentence for a column that does not."""
    for model in apps.get_models():
        sealed = [field for field in model._meta.get_fields() if isinstance(field, PrivateField)]
        for field in sealed:
            rows = model._default_manager.exclude(**{field.name: None})
            for row in rows.only("pk", "uuid", field.name).iterator(1000):
                try:
                    getattr(row, field.attname).plain()
                except Exception as broken:
                    # Of whatever kind: a wrong key, none, or bytes that were changed.
                    yield f"{model._meta.db_table}.{field.name} does not open ({type(broken).__name__}): are these its keys?"
                    break
                yield None
