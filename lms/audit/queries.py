"""Reads of the log: records with their leaves, proofs, heads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.audit.models import AuditEntry, HeadStamp, LedgerCheck, LogHead, LogKey
from lms.audit.rules.checking import Leaf, Row
from lms.audit.rules.merkle import Tree
from lms.audit.rules.sources import SOURCES, Source
from lms.audit.rules.verifier import canonical, consistency_ranges, inclusion_ranges
from lms.audit.stores import statements
from lms.kernel.errors import InvalidError, NotFoundError

MOST_ASKED = 500  # keys in one statement
HEADS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Record:
    """A leaf with its rows, as they are hashed (存证记录)."""

    leaf: Leaf
    rows: list[list[Any]]

    def as_json(self) -> dict[str, Any]:
        """Return it as an evidence package holds it."""
        leaf = self.leaf
        place = {"position": leaf.position, "salt": leaf.salt.hex()}
        return {**place, "series": leaf.series, "first": leaf.first, "last": leaf.last, "rows": self.rows}


def records_of(source: Source, keys: Collection[int]) -> Iterator[Record]:
    """Yield the records with these keys, of a tape those of these groups, as far as they are logged. In key order."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), MOST_ASKED):
        some = ordered[start : start + MOST_ASKED]
        if source.tape:
            rows = statements.rows_in(source, source.tape.group, some)
            leaves = statements.leaves_of_series(source, sorted({row.series for row in rows}))
        else:
            rows = statements.rows_in(source, source.key, some)
            leaves = statements.leaves_at(source, some)
        yield from joined(source, leaves, rows)


def joined(source: Source, leaves: Iterable[Leaf], rows: Iterable[Row]) -> Iterator[Record]:
    """Yield the leaves whose rows are all there, with them."""
    held = {(row.series, row.number): row for row in rows}
    for leaf in leaves:
        found = [held.get((leaf.series, number)) for number in range(leaf.first, leaf.last + 1)]
        whole = [canonical(source.kinds, row.values) for row in found if row is not None]
        if len(whole) == len(found):
            yield Record(leaf, whole)


def tree_at(size: int) -> Tree:
    """Return the tree of the first `size` leaves."""
    return Tree(size, statements.hashes)


def proof_hashes(positions: Iterable[int], size: int, stamped_size: int = 0) -> dict[str, str]:
    """Return every subtree that proves these leaves, and the beginning, within the tree of `size`; each once."""
    tree = tree_at(size)
    parts = {part for position in positions for part in inclusion_ranges(position, size)}
    parts |= set(consistency_ranges(stamped_size, size)) if stamped_size else set()
    return {f"{start}-{end}": tree.subtree(start, end).hex() for start, end in sorted(parts)}


def proof_of(name: str, number: int, series: int = 0) -> dict[str, Any]:
    """Return what proves one record to a third party: record, salt, head and proof (单条包含证明).

    Raises InvalidError for an unknown source, NotFoundError for what no signed head covers yet.
    """
    source = SOURCES.get(name)
    if source is None:
        raise InvalidError(f"没有“{name}”这种存证来源，可选：{'、'.join(SOURCES)}。", code="source_unknown")
    leaf = statements.leaf_over(source, series, number)
    head = newest_head()
    if leaf is None or head is None or leaf.position >= head.size:
        raise NotFoundError("这条记录还没有封存，或还没有签名树头覆盖它，请一小时后再试。", code="not_logged")
    rows = statements.rows_between(source, series, leaf.first, leaf.last)
    record = Record(leaf, [canonical(source.kinds, row.values) for row in rows])
    proof = [one.hex() for one in tree_at(head.size).inclusion(leaf.position)]
    return {"source": source.as_json(), "record": record.as_json(), "head": head.as_rule()._asdict(), "proof": proof}


def entries_about(*, action: str = "", target: UUID | None = None, limit: int = 50) -> list[AuditEntry]:
    """Return entries of the operation log with their reasons, the newest first (操作日志). One query."""
    found = AuditEntry.objects.select_related("note")
    found = found.filter(action=action) if action else found
    found = found.filter(target_uid=target) if target else found
    return list(found.order_by("-pk")[:limit])


def newest_head() -> LogHead | None:
    """Return the newest signed head."""
    return LogHead.objects.order_by("-size").first()


def newest_stamp(size: int) -> HeadStamp | None:
    """Return the newest time stamp of a head that is not larger than `size`."""
    stamped = HeadStamp.objects.filter(state=HeadStamp.State.STAMPED, head_id__lte=size)
    return stamped.select_related("head").order_by("-head_id").first()


def newest_check() -> LedgerCheck | None:
    """Return the last verification of the database (最近一次核验)."""
    return LedgerCheck.objects.order_by("-at", "-pk").first()


def day_stamps(limit: int = 7) -> list[HeadStamp]:
    """Return the last days' time stamps, newest first."""
    return list(HeadStamp.objects.select_related("head").defer("token").order_by("-day")[:limit])


def heads_page(before: int | None = None) -> list[LogHead]:
    """Return signed heads, newest first; those below `before`. With their stamps' state, two queries."""
    heads = LogHead.objects.order_by("-size").prefetch_related("stamp")
    return list((heads.filter(size__lt=before) if before else heads)[:HEADS_SHOWN])


def key_chain() -> list[LogKey]:
    """Return all signing keys, the first first."""
    return list(LogKey.objects.order_by("pk"))


def consistency(old: int, new: int) -> dict[str, Any]:
    """Return the proof that the log at one published head begins with another (一致性证明). Raises NotFoundError."""
    heads = LogHead.objects.in_bulk([old, new])
    if len(heads) != 2 or not old < new:
        raise NotFoundError("要比较的两个数必须是两个已公布的签名树头的条数，前小后大。", code="head_not_found")
    proof = [one.hex() for one in tree_at(new).consistency(old)]
    return {"old": heads[old].as_rule()._asdict(), "new": heads[new].as_rule()._asdict(), "proof": proof}


def stamp_of(size: int) -> bytes:
    """Return the time stamp of a head (DER). Raises NotFoundError when it has none."""
    token = (
        HeadStamp.objects.filter(head_id=size, state=HeadStamp.State.STAMPED).values_list("token", flat=True).first()
    )
    if token is None:
        raise NotFoundError("这个树头没有时间戳。", code="stamp_not_found")
    return bytes(token)
