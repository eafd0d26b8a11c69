"""Append-only tables: a trigger refuses UPDATE and DELETE, whoever asks (A7). Used in migrations, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append only: %', TG_TABLE_NAME; END $$;
"""


Step = Callable[[Any, Any], None]


def append_only(*tables: str) -> migrations.RunPython:
    """Return the migration operation that makes tables append-only (只增不改).

    SQLite drops a table's triggers when a later migration alters the table: repeat this operation after it. A test of
    the migrated database (tests/migrations) notices when it was forgotten.
    """
    lay, lift = steps(tables)
    return migrations.RunPython(lay, lift)


def open_to_change(*tables: str) -> migrations.RunPython:
    """Return the migration operation that lets rows be moved elsewhere; make the tables append-only again after it."""
    lay, lift = steps(tables)
    return migrations.RunPython(lift, lay)


def steps(tables: tuple[str, ...]) -> tuple[Step, Step]:
    """Return what lays triggers and what lifts them."""

    def lay(apps: Any, schema_editor: Any) -> None:
        postgres = schema_editor.connection.vendor == "postgresql"
        lift(apps, schema_editor)
        if postgres:
            schema_editor.execute(FUNCTION, params=None)
        for table in tables:
            for statement in statements(table, postgres=postgres):
                schema_editor.execute(statement)

    def lift(apps: Any, schema_editor: Any) -> None:
        postgres = schema_editor.connection.vendor == "postgresql"
        for table in tables:
            for name in (f"{table}_only_grows",) if postgres else (f"{table}_no_update", f"{table}_no_delete"):
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if postgres else ""))

    return lay, lift


def statements(table: str, *, postgres: bool) -> list[str]:
    """Return the SQL that protects one table."""
    if postgres:
        return [
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ]
    return [
        f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'append only'); END"
        for deed in ("update", "delete")
    ]
