"""The drill of `make drills ONLY=tamper` at its small size, on both databases."""

import os

import pytest

from tests.drills.tamper import on_sqlite, tampered
from tests.live.clusters import database_beside


@pytest.mark.sqlite
def test_no_attack_goes_unnoticed(tmp_path):
    tried, unnoticed = on_sqlite(tmp_path, "small")

    assert unnoticed == []
    assert tried >= 55


@pytest.mark.postgres
def test_no_attack_goes_unnoticed_on_postgresql(tmp_path):
    """Each table in one way, all in one copy of the database: the round on SQLite has each attack by itself."""
    with database_beside(os.environ["DATABASE_URL"]) as address:
        tried, unnoticed = tampered({"VAR_DIR": str(tmp_path), "DATABASE_URL": address}, "small")

    assert unnoticed == []
    assert tried >= 20
