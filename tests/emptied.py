"""After a test that committed, the tables are put back as the run found them.

Django's flush truncates two hundred tables, of which a test filled twenty, and then makes content types and permissions
anew: seconds for each test, and new keys. Here only what holds rows is emptied, and what the run found stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """The rows that the tables held before the first test."""

    rows: dict[str, Rows]

    def restore(self) -> None:
        """Empty what was filled, and put back what was there."""
        with transaction.atomic(), connection.cursor() as cursor:
            tables = {*filled(cursor), *self.rows}
            changed = [table for table in tables if rows_of(cursor, table) != self.rows.get(table)]
            for table in changed:
                cursor.execute(f'DELETE FROM "{table}"')
            for table in changed:
                for row in self.rows.get(table, ()):
                    cursor.execute(f'INSERT INTO "{table}" VALUES ({", ".join(["%s"] * len(row))})', row)
        if ContentType._meta.db_table in changed:
            ContentType.objects.clear_cache()


def find() -> Found:
    """Return what the tables hold now."""
    with connection.cursor() as cursor:
        return Found({table: rows_of(cursor, table) for table in filled(cursor)})


def filled(cursor: Any) -> list[str]:
    """Return the tables that hold a row: those that a flush would empty."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    cursor.execute("SELECT " + ", ".join(f'EXISTS (SELECT 1 FROM "{table}")' for table in tables))
    return [table for table, holds in zip(tables, cursor.fetchone(), strict=True) if holds]


def rows_of(cursor: Any, table: str) -> Rows:
    cursor.execute(f'SELECT * FROM "{table}"')
    return sorted(cursor.fetchall(), key=repr)
