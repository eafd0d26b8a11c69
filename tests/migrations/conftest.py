"""A migrated database that a test may move back and forth: a copy on SQLite, the flushed one itself on PostgreSQL."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor


@pytest.fixture
def movable(request, transactional_db, tmp_path):
    """Lay the database. SQLite's triggers would keep a flush from emptying the tables, so there it is a copy in a file."""
    if request.config.getoption("nomigrations"):
        pytest.skip("needs pytest --migrations")
    if connection.vendor == "postgresql":
        yield
        return
    own, path = connections["default"], tmp_path / "copy.sqlite3"
    own.ensure_connection()
    with contextlib.closing(sqlite3.connect(path)) as file:
        own.connection.backup(file)
    copy = own.copy()
    copy.settings_dict["NAME"] = str(path)
    connections["default"] = copy
    yield
    copy.close()
    connections["default"] = own


@pytest.fixture
def migrated_to(movable):
    """Return a function that moves the database to targets, to the newest without any, and returns its models."""

    def move(targets):
        executor = MigrationExecutor(connection)
        return executor.migrate(targets or executor.loader.graph.leaf_nodes()).apps

    return move


@pytest.fixture
def plain(movable):
    """Return a function that runs SQL."""

    def run(statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else None

    return run
