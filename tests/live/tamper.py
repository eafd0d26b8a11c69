"""Lay evidence, let an attacker change copies of the database one deed at a time, verify each: prints what went unnoticed."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.live.settings")
LOG = ("audit_logleaf", "audit_lognode", "audit_logkey", "audit_loghead")


def lay(learners: int) -> None:
    """Lay tables with their triggers, and a class with evidence that is logged, signed and filed."""
    from django.db import connection
    from wagtail.models import Page

    from lms.audit.rules.sources import SOURCES
    from lms.audit.services import sign_due
    from lms.audit.services.verification import verify
    from lms.kernel import clock
    from lms.kernel.triggers import FUNCTION, statements
    from tests.audit.stage import lay_evidence, seal
    from tests.cast import make_cast
    from tests.live.stage import lay_tables

    lay_tables()
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        if postgres:
            cursor.execute(FUNCTION)
        for table in (*(source.table for source in SOURCES.values()), *LOG):
            for statement in statements(table, postgres=postgres):
                cursor.execute(statement)
    with clock.travel(datetime(2026, 5, 6, 9, 0, tzinfo=clock.SHANGHAI)) as traveller:
        lay_evidence(make_cast(), Page.get_first_root_node(), traveller, learners=learners)
        seal()
        traveller.advance(hours=1)
        sign_due(clock.now())
    assert verify().findings == [], verify().findings
    connection.close()
    if postgres:
        connection.close_pool()  # else nobody may copy the database


class Files:
    """Copies of a SQLite file."""

    def __init__(self, path: str, folder: Path) -> None:
        self.whole, self.folder, self.number = folder / "whole.sqlite3", folder, 0
        with closing(sqlite3.connect(path)) as line:
            line.execute("VACUUM INTO ?", [str(self.whole)])  # with what its write-ahead log still holds

    @contextmanager
    def copied(self) -> Iterator[tuple[str, Any]]:
        self.number += 1
        target = self.folder / f"copy{self.number}.sqlite3"
        shutil.copyfile(self.whole, target)
        line = sqlite3.connect(target, isolation_level=None)
        line.execute("PRAGMA synchronous = OFF")  # the copy lives for one attack

        yield str(target), lambda statement: line.execute(statement).fetchall()

        line.close()
        target.unlink()


class Databases:
    """Copies of a PostgreSQL database, by its template."""

    def __init__(self, address: str) -> None:
        self.server, _, self.name = address.rpartition("/")
        self.number = 0

    @contextmanager
    def copied(self) -> Iterator[tuple[str, Any]]:
        import psycopg

        self.number += 1
        copy = f"{self.name}_copy{self.number}"
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as line:
            line.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{self.name}"')
        target = f"{self.server}/{copy}"
        line = psycopg.connect(target, autocommit=True)

        def execute(statement: str) -> list[tuple[Any, ...]]:
            cursor = line.execute(statement)
            return cursor.fetchall() if cursor.description else []

        yield target, execute

        line.close()
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as other:
            other.execute(f'DROP DATABASE "{copy}"')


def by_command(copies: Files | Databases, folder: Path, size: str) -> Iterator[str]:
    """Strike once and ask `manage.py verify_ledger`, of PostgreSQL about a dump; yield what it did not name."""
    from lms.audit.rules.sources import SOURCES
    from tests.live.attacks import DEEDS, Attacker

    for place, deed in enumerate(DEEDS[:1] if is_quick(copies, size) else DEEDS):
        with copies.copied() as (target, execute):
            _, key = Attacker(execute, postgres=isinstance(copies, Databases)).strike(SOURCES["hours"], deed)
            if isinstance(copies, Databases):
                dump = folder / f"dump{place}.sql"
                subprocess.run(["pg_dump", "--file", str(dump), target], check=True)
                target = str(dump)
            code, said = said_by_command(target)
        named = f"attendance_hoursentry，id={key}）" in said and "发现1处问题。" in said
        yield "" if code == 1 and named else f"verify_ledger after {deed} of {key}: {code} {said}"


def is_quick(copies: Files | Databases, size: str) -> bool:
    """Return whether copies are to be spared: PostgreSQL's take seconds each."""
    return size == "small" and isinstance(copies, Databases)


def said_by_command(target: str, *options: str) -> tuple[int, str]:
    """Return how `manage.py verify_ledger` ends on a copy."""
    command = [sys.executable, "manage.py", "verify_ledger", target, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def plain_attacks(copies: Files | Databases) -> Iterator[str]:
    """Strike every table in every way; yield what was not found, '' for what was."""
    from lms.audit.rules.sources import SOURCES
    from lms.audit.services.verification import verify
    from tests.live.attacks import DEEDS, KINDS, Attacker

    for source in SOURCES.values():
        for deed in DEEDS:
            with copies.copied() as (target, execute):
                series, key = Attacker(execute, postgres=isinstance(copies, Databases)).strike(source, deed)
                found = verify(target).findings
            wanted = (KINDS[deed], source.table, series, key)
            named = [(one.kind, one.table, one.series, one.number) for one in found]
            yield "" if named == [wanted] else f"{deed} of {source.table} {series}/{key}: {named}"


def attacks_at_once(copies: Databases) -> Iterator[str]:
    """Strike every table in one way, all in one copy; yield what was not found, '' for what was."""
    from lms.audit.rules.sources import SOURCES
    from lms.audit.services.verification import verify
    from tests.live.attacks import DEEDS, KINDS, Attacker

    with copies.copied() as (target, execute):
        attacker, wanted = Attacker(execute, postgres=True), []
        for place, source in enumerate(SOURCES.values()):
            deed = DEEDS[place % len(DEEDS)]
            wanted.append((KINDS[deed], source.table, *attacker.strike(source, deed)))
        named = {(one.kind, one.table, one.series, one.number) for one in verify(target).findings}
    for one in wanted:
        yield "" if one in named else f"{one} is not among what was found: {sorted(named)}"


def clever_attacks(copies: Files | Databases) -> Iterator[str]:
    """Strike at the log as well; yield what was not found, '' for what was."""
    from lms.audit.services.verification import verify
    from tests.live.attacks import Attacker

    def by(deed: Any, *wanted: str, **options: Any) -> str:
        with copies.copied() as (target, execute):
            attacker = Attacker(execute, postgres=isinstance(copies, Databases))
            for table in (*LOG, "attendance_hoursentry"):
                attacker.disarm(table)
            place = deed(execute)
            found = [(one.kind, one.position) for one in verify(target, **options).findings]
        missing = [kind for kind in wanted if (kind, place) not in found]
        return f"{deed.__name__} at {place}: {found}" if missing else ""

    yield by(forge_leaf, "log")
    yield by(forge_leaf_and_sign, "key")
    yield by(roll_back, "log", is_current=True)


def forge_leaf(execute: Any) -> int:
    """Change an entry of hours and its leaf with it, as the format says; return the leaf's position."""
    from lms.audit.rules.sources import SOURCES
    from lms.audit.rules.verifier import canonical, record_hash
    from lms.audit.stores.readers import as_bytes

    source = SOURCES["hours"]
    key = execute("SELECT min(id) FROM attendance_hoursentry")[0][0]
    execute(f"UPDATE attendance_hoursentry SET ms = ms + 3600000 WHERE id = {key}")
    columns = ", ".join(f'"{name}"' for name in source.names)
    row = execute(f"SELECT {columns} FROM attendance_hoursentry WHERE id = {key}")[0]
    where = f"source = 'hours' AND \"first\" = {key}"
    position, salt = execute(f"SELECT position, salt FROM audit_logleaf WHERE {where}")[0]
    forged = record_hash("hours", (0, key, key), [canonical(source.kinds, row)], as_bytes(salt)).hex()
    literal = f"'\\x{forged}'::bytea" if "bytea" in str(type_of(execute)) else f"x'{forged}'"
    execute(f"UPDATE audit_logleaf SET hash = {literal} WHERE position = {position}")
    return int(position)


def type_of(execute: Any) -> str:
    """Return how the database calls bytes."""
    try:
        return str(execute("SELECT pg_typeof(hash) FROM audit_logleaf LIMIT 1")[0][0])
    except sqlite3.OperationalError:
        return "blob"


def forge_leaf_and_sign(execute: Any) -> int:
    """Change a leaf, build the tree anew and sign it with an own key; return the size of the head."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from lms.audit.rules.verifier import Head, Peaks
    from lms.audit.stores.readers import as_bytes

    forge_leaf(execute)
    peaks = Peaks()
    for (leaf,) in execute("SELECT hash FROM audit_logleaf ORDER BY position"):
        peaks.append(as_bytes(leaf))
    thief = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
    head = Head(peaks.size, peaks.root().hex(), 1_778_029_200_000, thief.public_key().public_bytes_raw().hex(), "")
    signature = thief.sign(head.message()).hex()
    acceptance = "00" * 64
    execute(
        "INSERT INTO audit_logkey (public, previous, since_size, since_ms, endorsement, acceptance) "
        f"VALUES ('{head.key}', '', 0, 0, '', '{acceptance}')"
    )
    execute(
        f"UPDATE audit_loghead SET root = '{head.root}', at_ms = {head.at_ms}, key = '{head.key}', "
        f"signature = '{signature}' WHERE size = {head.size}"
    )
    return head.size


def roll_back(execute: Any) -> int:
    """Take back the last entry of the log with its head, as an older copy of the database would; return the log's size."""
    size = execute("SELECT max(position) FROM audit_logleaf")[0][0]
    source, first = execute(f'SELECT source, "first" FROM audit_logleaf WHERE position = {size}')[0]
    execute(f"DELETE FROM audit_loghead WHERE size > {size}")
    execute(f"DELETE FROM audit_logleaf WHERE position >= {size}")
    return int(size)


def main(size: str) -> None:
    """Run all attacks on copies; print how many there were and what went unnoticed."""
    import django

    django.setup()
    from django.conf import settings

    lay({"small": 2, "full": 40}[size])
    address = os.environ["DATABASE_URL"]
    folder = Path(settings.VAR_DIR)
    copies = Databases(address) if address.startswith("postgres") else Files(address.removeprefix("sqlite:///"), folder)
    plain = attacks_at_once(copies) if is_quick(copies, size) else plain_attacks(copies)
    outcomes = [*plain, *clever_attacks(copies), *by_command(copies, folder, size)]
    print(json.dumps({"tried": len(outcomes), "unnoticed": [one for one in outcomes if one]}))


if __name__ == "__main__":
    main(sys.argv[1])
