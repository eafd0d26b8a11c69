"""Rows `ledger.…`: the log of evidence, each beside the bare work on the same rows.

`ledger.sequence` beside storing as many salted hashes in the same batches, without canonical form and tree;
`ledger.verify` beside reading the same rows and hashing them as they come. SQLite runs inside this process, so its CPU
time is that of both.
"""

from __future__ import annotations

import hashlib
import json
import os
import time

from django.db import connection, transaction

from bench.harness import Row, interleave

ROWS = {"small": 20_000, "full": 1_000_000}
ROUNDS = 5
BATCH = 500
SEQUENCE_GOAL, VERIFY_GOAL = 0.2, 0.3


def measure(size: str, only: str) -> dict[str, Row]:
    """Return the rows that are asked for."""
    from lms.audit.services import sequence
    from lms.kernel import clock

    if not (only.startswith("ledger") or "ledger".startswith(only)):
        return {}
    sequence(clock.now())  # what the demo district left
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_leaf (position bigint PRIMARY KEY, source text, first bigint, salt blob, hash blob)"
        )
        cursor.execute("CREATE UNIQUE INDEX bench_leaf_once ON bench_leaf (source, first)")
    count = ROWS[size] // ROUNDS
    places = iter(range(0, 10**9, count))
    value, limit = interleave(lambda: sequenced(count), lambda: stored(count, next(places)), ROUNDS)
    rows = {"ledger.sequence": Row(value, "records per CPU-second of sequencer and database", limit, SEQUENCE_GOAL)}
    value, limit = interleave(verified, hashed, 3)
    return rows | {"ledger.verify": Row(value, "rows per CPU-second", limit, VERIFY_GOAL)}


def lay(count: int) -> None:
    """Write so many deeds into the operation log."""
    from lms.audit.models import AuditEntry

    for start in range(0, count, 5000):
        AuditEntry.objects.bulk_create(
            AuditEntry(role="system", action="bench.deed", reason="示例", data={"number": number})
            for number in range(start, min(start + 5000, count))
        )


def sequenced(count: int) -> float:
    """Log so many fresh records; return how many per CPU-second."""
    from lms.audit.services import sequence
    from lms.kernel import clock

    lay(count)
    began = time.process_time()
    made = sequence(clock.now())
    spent = time.process_time() - began
    if made != count:
        raise SystemExit(f"{made} records were logged instead of {count}")
    return count / spent


def stored(count: int, first: int) -> float:
    """Store so many salted hashes in batches; return how many per CPU-second."""
    began = time.process_time()
    for start in range(first, first + count, BATCH):
        leaves = []
        for place in range(start, start + BATCH):
            salt = os.urandom(16)
            leaves.append((place, "bench", place, salt, hashlib.sha256(salt + b"%d" % place).digest()))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bench_leaf VALUES (%s, %s, %s, %s, %s)", leaves)
    return count / (time.process_time() - began)


def verified() -> float:
    """Verify the whole database; return rows per CPU-second."""
    from lms.audit.services import verify

    began = time.process_time()
    verdict = verify()
    spent = time.process_time() - began
    if verdict.findings:
        raise SystemExit(verdict.findings[0].sentence)
    return verdict.rows / spent


def hashed() -> float:
    """Read the operation log and hash each row as it comes; return rows per CPU-second."""
    began, count = time.process_time(), 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_auditentry ORDER BY id")
        while rows := cursor.fetchmany(2000):
            for row in rows:
                hashlib.sha256(json.dumps(row, ensure_ascii=False, default=str).encode()).digest()
            count += len(rows)
    return count / (time.process_time() - began)
