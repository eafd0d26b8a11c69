"""Verification of the whole log (核验): every row against its leaf, every leaf against the signed heads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.files.storage import storages

from lms.audit.models import LedgerCheck
from lms.audit.rules.checking import GRACE_US, Finding, Leaf, LogCheck, Row, SourceCheck
from lms.audit.rules.sources import AGREEMENTS, RETIRED, SOURCES, Source
from lms.audit.rules.verifier import Head, Key, fingerprint, trusted_keys
from lms.audit.services.heads import HEADS, LEAVES, public_of
from lms.audit.stores import readers
from lms.audit.stores.readers import Query, as_bytes
from lms.audit.stores.statements import quoted
from lms.kernel import clock
from lms.kernel.jobs import enqueue_on_commit
from lms.kernel.models import Job

EVERY = timedelta(days=1)
TASK = "lms.audit.tasks.verify"
MOST_KEPT = 200  # findings that are kept with the record of a verification
HASH_BYTES = 32
Progress = Callable[[int], None]


@dataclass(slots=True)
class Verdict:
    """What a verification found (核验结论)."""

    leaves: int = 0
    rows: int = 0
    waiting: int = 0
    head: Head | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Return what was looked at, in a sentence."""
        head = (
            f"最近的签名树头在第{self.head.size}条处，公钥指纹 {fingerprint(self.head.key)}"
            if self.head
            else "还没有签名树头"
        )
        return f"存证日志{self.leaves}条，核对{self.rows}行，另有{self.waiting}行刚写入、等待封存；{head}。"


def verify(
    target: str = "",
    *,
    pinned: Sequence[str] = (),
    is_current: bool = False,
    progress: Progress = lambda percent: None,
) -> Verdict:
    """Verify this database, or a SQLite file, a PostgreSQL address or a plain dump (核验). Reads only.

    `pinned`: public keys in hex that are trusted; without them the settings' own key, and what was filed outside.
    `is_current`: the target must hold all that was filed outside; a copy of yesterday need not, this database must.
    Raises InvalidError for a target that cannot be read.
    """
    with readers.opened(target, SOURCES.values()) as query:
        heads = [
            Head(*row) for row in query("SELECT size, root, at_ms, key, signature FROM audit_loghead ORDER BY size")
        ]
        verdict = Verdict(head=heads[-1] if heads else None)
        verdict.findings += check_log(query, verdict, heads, pinned, is_current=is_current or not target)
        progress(20)
        now_us = clock.now_ms() * 1000
        if target:
            now_us = max((int(one or 0) for (one,) in query("SELECT max(at_ms) FROM audit_logleaf")), default=0) * 1000
        since = now_us - GRACE_US if verdict.leaves else 0
        for place, source in enumerate(SOURCES.values(), 1):
            check = SourceCheck(source, since)
            verdict.findings += check.run(leaves_of(query, source), rows_of(query, source))
            verdict.rows, verdict.waiting = verdict.rows + check.rows, verdict.waiting + check.waiting
            progress(20 + 75 * place // len(SOURCES))
        if not verdict.findings:
            verdict.findings += disagreements(query)
    return verdict


def disagreements(query: Query) -> Iterator[Finding]:
    """Yield rows that are as they were logged and yet cannot be right: the log proves who wrote what, not that it is true.

    Only asked where all else is in order: a changed row disagrees with many others.
    """
    for one in AGREEMENTS.values():
        for number, stated, found in query(one.statement):
            words = one.words.format(stated=stated, found=found)
            yield Finding(
                "disagrees", f"{one.label}（表 {one.table}，id={number}）{words}", one.table, number=int(number)
            )


def check_log(
    query: Query, verdict: Verdict, heads: Sequence[Head], pinned: Sequence[str], *, is_current: bool
) -> Iterator[Finding]:
    """Yield what is wrong with the log itself."""
    columns = "public, previous, since_size, since_ms, endorsement, acceptance"
    keys = [Key(*row) for row in query(f"SELECT {columns} FROM audit_logkey ORDER BY id")]
    own = public_of(Ed25519PrivateKey.from_private_bytes(settings.LEDGER_SIGNING_KEY))
    reach = float("inf") if is_current else heads[-1].size if heads else 0
    published = [] if pinned else [(size, root) for size, root in filed_heads() if size <= reach]
    filed = None if pinned else filed_leaves
    check = LogCheck(heads, trusted_keys(keys, pinned or [own]), published, filed)
    leaves = query("SELECT position, hash FROM audit_logleaf ORDER BY position")
    yield from check.run((int(position), as_bytes(value)) for position, value in leaves)
    verdict.leaves = check.size
    for (name,) in query("SELECT DISTINCT source FROM audit_logleaf"):
        if name not in SOURCES and name not in RETIRED:
            yield Finding("log", f"存证日志里有不认识的来源“{name}”。", "audit_logleaf")
    if not heads and verdict.leaves == 0 and not is_current:
        yield Finding("log", "这份数据里没有签名树头，无从核对。", "audit_loghead")


def leaves_of(query: Query, source: Source) -> Iterator[Leaf]:
    """Yield a source's leaves in the order of its rows. Names come from the registry."""
    columns = 'position, source, series, "first", "last", salt, hash, marks'
    statement = f"SELECT {columns} FROM audit_logleaf WHERE source = '{source.name}' ORDER BY series, \"first\""
    for position, name, series, first, last, salt, value, marks in query(statement):
        yield Leaf(
            int(position), name, int(series), int(first), int(last), as_bytes(salt), as_bytes(value), as_bytes(marks)
        )


def rows_of(query: Query, source: Source) -> Iterator[Row]:
    """Yield a source's rows."""
    series = f'"{source.series}"' if source.series else "0"
    order = quoted([name for name in (source.series, source.key) if name])
    statement = f'SELECT {series}, "{source.key}", {quoted(source.names)} FROM {source.table} ORDER BY {order}'
    for raw in query(statement):
        yield Row(int(raw[0]), int(raw[1]), raw[2:])


def names_in(folder: str) -> list[str]:
    """Return the names of filed files, sorted."""
    try:
        return sorted(storages["private"].listdir(folder)[1])
    except FileNotFoundError:
        return []


def filed_heads() -> Iterable[tuple[int, str]]:
    """Yield size and root of the heads that were filed outside of the database: their names say both."""
    for name in names_in(HEADS):
        size, _, root = name.removesuffix(".json").partition("-")
        if size.isdigit():
            yield int(size), root[:64]


def filed_leaves(start: int, end: int) -> list[bytes]:
    """Return the leaves [start, end) as they were filed outside of the database, as far as they were."""
    found: list[bytes] = []
    for name in names_in(LEAVES):
        first, _, last = name.removesuffix(".bin").partition("-")
        if not (first.isdigit() and last[:12].isdigit()) or int(last[:12]) <= start or int(first) != start + len(found):
            continue
        if start + len(found) >= end:
            break
        with storages["private"].open(f"{LEAVES}/{name}") as handle:
            content = handle.read()
        found += [content[place : place + HASH_BYTES] for place in range(0, len(content), HASH_BYTES)]
    return found[: end - start]


def verify_and_note(progress: Progress = lambda percent: None) -> Verdict:
    """Verify this database and keep what was found, for the page of office and auditors (核验并留档)."""
    verdict = verify(progress=progress)
    LedgerCheck.objects.create(
        leaves=verdict.leaves,
        rows=verdict.rows,
        waiting=verdict.waiting,
        fault_count=len(verdict.findings),
        faults=[finding.sentence for finding in verdict.findings[:MOST_KEPT]],
    )
    return verdict


def verify_daily(moment: datetime) -> bool:
    """Have the database verified when the last time is a day ago. For the ticker; returns whether it was asked for."""
    newest = LedgerCheck.objects.order_by("-at").first()
    under_way = Job.objects.filter(task=TASK, state__in=[Job.State.QUEUED, Job.State.RUNNING]).exists()
    if under_way or (newest is not None and moment - newest.at < EVERY):
        return False
    enqueue_on_commit(TASK)
    return True
