"""Whoever has the password of the database changes evidence by SQL; verify_ledger names the row (A7)."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from tests.drills import Outcome
from tests.live.clusters import own_services
from tests.live.servers import Servers


def tampered(environment: dict[str, str], size: str) -> tuple[int, list[str]]:
    """Return how many attacks there were, and which of them went unnoticed."""
    said = json.loads(Servers(environment).run("tests.live.tamper", size))
    return said["tried"], said["unnoticed"]


def on_sqlite(folder: Path, size: str) -> tuple[int, list[str]]:
    """Attack copies of a SQLite file."""
    return tampered(
        {"VAR_DIR": str(folder), "DATABASE_URL": f"sqlite:///{folder / 'tamper.sqlite3'}", "REDIS_URL": ""}, size
    )


def drill(size: str) -> Outcome:
    """Attack copies on SQLite and on PostgreSQL: each table changed, deleted from, inserted into and reordered."""
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        tried, unnoticed = on_sqlite(Path(folder), size)
    with own_services() as (postgres, redis), tempfile.TemporaryDirectory(prefix="drill-") as folder:
        address = postgres.database("tamper")
        more, other = tampered({"VAR_DIR": folder, "DATABASE_URL": address, "REDIS_URL": redis.url}, size)
    return Outcome(f"{tried} attacks on SQLite, {more} on PostgreSQL", [*unnoticed, *other])
