"""Rows against leaves, leaves against heads: what was changed, deleted, inserted or put elsewhere, row by row (核验)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lms.audit.rules.sources import Source
from lms.audit.rules.verifier import ROW_MARK_BYTES, Head, Peaks, canonical, microseconds, record_hash, row_mark

GRACE_US = 15 * 60 * 1_000_000  # a beat waits five minutes for its segment, then for the sequencer
MOST_PAIRED = 300  # changed rows of a source that are looked through for such as changed places


class Leaf(NamedTuple):
    """A leaf as it is stored."""

    position: int
    source: str
    series: int
    first: int
    last: int
    salt: bytes
    hash: bytes
    marks: bytes

    @property
    def key(self) -> tuple[int, int, int]:
        """Return what is hashed with its rows."""
        return self.series, self.first, self.last


class Row(NamedTuple):
    """A row as a database or a dump gave it."""

    series: int
    number: int
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was logged. `kind`: changed, deleted, inserted, swapped, disagrees, log, head or key."""

    kind: str
    sentence: str
    table: str = ""
    series: int = 0
    number: int = 0
    position: int | None = None


@dataclass(slots=True)
class Differing:
    """A row that is not what its leaf says."""

    leaf: Leaf
    number: int
    values: list[Any]


@dataclass(slots=True)
class SourceCheck:
    """Compares the rows of a source with its leaves. `fresh_since_us`: rows written later may still wait for a leaf."""

    source: Source
    fresh_since_us: int
    rows: int = 0
    waiting: int = 0
    differing: list[Differing] = field(default_factory=list)

    def run(self, leaves: Iterable[Leaf], rows: Iterable[Row]) -> Iterator[Finding]:
        """Yield what is wrong. Both come in the order of series and number."""
        stream = iter(rows)
        row = next(stream, None)
        for leaf in leaves:
            while row is not None and (row.series, row.number) < (leaf.series, leaf.first):
                yield from self.unlogged(row, is_last=False)
                row = next(stream, None)
            held = []
            while row is not None and row.series == leaf.series and row.number <= leaf.last:
                held.append(row)
                row = next(stream, None)
            yield from self.compare(leaf, held)
        while row is not None:
            yield from self.unlogged(row, is_last=True)
            row = next(stream, None)
        yield from self.changed()

    def unlogged(self, row: Row, *, is_last: bool) -> Iterator[Finding]:
        """Yield a row that no leaf covers, unless it is so fresh that the sequencer may not have seen it.

        A row that does not say when it was written may be fresh behind the last leaf of its source.
        """
        self.rows += 1
        if self.is_fresh(row) if self.source.moment else is_last:
            self.waiting += 1
        else:
            words = "不在存证日志里：它是绕过平台插入的，或封存早已停止"
            yield self.finding("inserted", row.series, row.number, None, words)

    def is_fresh(self, row: Row) -> bool:
        """Return whether a row says that it was written just now."""
        place = self.source.names.index(self.source.moment)
        kind, value = self.source.kinds[place], row.values[place]
        return (microseconds(value) if kind == "time" else int(value) * 1000) >= self.fresh_since_us

    def compare(self, leaf: Leaf, held: list[Row]) -> Iterator[Finding]:
        """Yield the rows of a leaf that are missing; keep those that differ for the end."""
        self.rows += len(held)
        values = [canonical(self.source.kinds, row.values) for row in held]
        whole = len(held) == leaf.last - leaf.first + 1
        if whole and record_hash(leaf.source, leaf.key, values, leaf.salt) == leaf.hash:
            return
        there = {row.number: value for row, value in zip(held, values, strict=True)}
        before = len(self.differing)
        for number in range(leaf.first, leaf.last + 1):
            if number not in there:
                yield self.finding("deleted", leaf.series, number, leaf.position, "已被删除")
            elif not self.source.tape or row_mark(there[number]) != mark_of(leaf, number):
                self.differing.append(Differing(leaf, number, there[number]))
        if whole and len(self.differing) == before:
            words = f"至第{leaf.last}行这一段被改动，具体是哪一行已无法分辨"
            yield self.finding("changed", leaf.series, leaf.first, leaf.position, words)

    def changed(self) -> Iterator[Finding]:
        """Yield what differs: rows that changed places as pairs, the others one by one."""
        swapped: set[int] = set()
        for place, one in enumerate(self.differing[:MOST_PAIRED]):
            for other in range(place + 1, min(len(self.differing), MOST_PAIRED)):
                two = self.differing[other]
                if not {place, other} & swapped and self.fits(one.values, two) and self.fits(two.values, one):
                    swapped |= {place, other}
                    yield self.finding(
                        "swapped", one.leaf.series, one.number, one.leaf.position, f"与{self.name_of(two)}互换了位置"
                    )
        for place, one in enumerate(self.differing):
            if place not in swapped:
                words = f"被改动：内容与存证第{one.leaf.position}条不符"
                yield self.finding("changed", one.leaf.series, one.number, one.leaf.position, words)

    def fits(self, values: list[Any], place: Differing) -> bool:
        """Return whether a row's values are what was logged of another row."""
        if self.source.tape:
            return row_mark(values) == mark_of(place.leaf, place.number)
        return record_hash(place.leaf.source, place.leaf.key, [values], place.leaf.salt) == place.leaf.hash

    def name_of(self, one: Differing) -> str:
        """Return the name of a row in words."""
        return row_name(self.source, one.leaf.series, one.number)

    def finding(self, kind: str, series: int, number: int, position: int | None, words: str) -> Finding:
        """Return a finding about one row."""
        sentence = f"{self.source.label}（表 {self.source.table}，{row_name(self.source, series, number)}）{words}。"
        return Finding(kind, sentence, self.source.table, series, number, position)


def row_name(source: Source, series: int, number: int) -> str:
    """Return which row it is."""
    return f"{source.series}={series}，{source.key}={number}" if source.series else f"{source.key}={number}"


def mark_of(leaf: Leaf, number: int) -> bytes:
    """Return the logged mark of one row of a segment."""
    start = (number - leaf.first) * ROW_MARK_BYTES
    return leaf.marks[start : start + ROW_MARK_BYTES]


Filed = Callable[[int, int], list[bytes]]  # from, to: the leaves as they were filed outside of the database


@dataclass(slots=True)
class LogCheck:
    """Compares the leaves with every signed head, those in the database and those filed outside of it."""

    heads: Sequence[Head]
    trusted: set[str]
    published: Sequence[tuple[int, str]] = ()
    filed: Filed | None = None
    size: int = 0

    def run(self, leaves: Iterable[tuple[int, bytes]]) -> Iterator[Finding]:
        """Yield what is wrong with the log itself. `leaves`: position and hash, in order of position."""
        yield from self.check_signatures()
        wanted: dict[int, set[str]] = {}
        for size, root in [*((head.size, head.root) for head in self.heads), *self.published]:
            wanted.setdefault(size, set()).add(root)
        peaks, since, good = Peaks(), list[bytes](), 0
        broken = False
        for position, leaf in leaves:
            if position != peaks.size:
                words = f"存证日志在第{peaks.size}条处断开：其后是第{position}条"
                yield Finding("log", f"{words}。", "audit_logleaf", number=peaks.size, position=peaks.size)
                return
            peaks.append(leaf)
            since.append(leaf)
            if peaks.size in wanted and not broken:
                broken = wanted[peaks.size] != {peaks.root().hex()}
                if broken:
                    yield from self.located(good, peaks.size, since)
                good, since = peaks.size, []
        self.size = peaks.size
        yield from self.check_ends(wanted)

    def check_signatures(self) -> Iterator[Finding]:
        """Yield heads that no trusted key signed."""
        for head in self.heads:
            if head.key not in self.trusted:
                words = f"第{head.size}条处的签名树头由不受信任的密钥签署"
                yield Finding("key", f"{words}。", "audit_loghead", number=head.size, position=head.size)
            elif not head.holds():
                words = f"第{head.size}条处的签名树头签名不对：树头被改动"
                yield Finding("head", f"{words}。", "audit_loghead", number=head.size, position=head.size)

    def located(self, good: int, size: int, since: list[bytes]) -> Iterator[Finding]:
        """Yield which leaves were rewritten: by the copy outside, else by the heads around them."""
        outside = self.filed(good, size) if self.filed else []
        differing = [good + place for place, (ours, theirs) in enumerate(zip(since, outside)) if ours != theirs]  # noqa: B905
        for position in differing[:MOST_PAIRED]:
            words = f"存证日志第{position}条被改写：与库外留存的副本不符"
            yield Finding("log", f"{words}。", "audit_logleaf", number=position, position=position)
        if not differing:
            words = f"存证日志第{good}至{size - 1}条之间有改写：与第{size}条处的签名树头不符"
            yield Finding("log", f"{words}。", "audit_logleaf", number=good, position=good)

    def check_ends(self, wanted: dict[int, set[str]]) -> Iterator[Finding]:
        """Yield heads beyond the log's end, and published heads that are missing."""
        beyond = max(wanted, default=0)
        if beyond > self.size:
            words = f"存证日志只有{self.size}条，而签名树头已到第{beyond}条：末尾被截去"
            yield Finding("log", f"{words}。", "audit_logleaf", number=self.size, position=self.size)
        known = {(head.size, head.root) for head in self.heads}
        for size, root in self.published:
            if (size, root) not in known:
                words = f"已公布的签名树头（第{size}条处）在数据库里找不到"
                yield Finding("head", f"{words}。", "audit_loghead", number=size, position=size)
