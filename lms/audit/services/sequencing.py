"""The sequencer: rows of evidence become leaves of the log, by one at a time, in batches. Called by the ticker."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction

from lms.audit.models import LogState
from lms.audit.rules.checking import Leaf, Row
from lms.audit.rules.merkle import grow
from lms.audit.rules.segments import Piece, cut
from lms.audit.rules.sources import SOURCES, Source
from lms.audit.rules.verifier import SALT_BYTES, canonical, record_hash, row_mark
from lms.audit.stores import statements

BATCH = 500
TAPES = 200  # that are sealed in one transaction
# A row with a smaller key may be committed after one with a larger; and an open segment waits five minutes.
SETTLING_MS = 10 * 60_000
TAPES_EVERY_MS = 60_000
DAY_MS = 24 * 3_600_000


class BusyError(Exception):
    """Another sequencer is at work."""


def lock() -> LogState:
    """Return the log's state, locked until the transaction ends. Raises BusyError while another sequencer has it."""
    state = LogState.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if state is None:
        raise BusyError
    return state


def sequence(moment: datetime, *, is_patient: bool = False) -> int:
    """Log what is new in every source (封存). Returns how many leaves it made; asking again makes none.

    While another sequencer is at work it leaves everything to that one; with `is_patient` it waits, and looks at all tapes.
    """
    state, _ = LogState.objects.get_or_create(pk=1)
    if is_patient:
        with transaction.atomic():
            LogState.objects.select_for_update().get(pk=1)
            return log_all(moment, {})
    return log_all(moment, state.cursors)


def log_all(moment: datetime, cursors: dict[str, dict[str, int]]) -> int:
    """Log every source from its cursor on."""
    now_ms, made = int(moment.timestamp() * 1000), 0
    with contextlib.suppress(BusyError):
        for source in SOURCES.values():
            log = seal_tapes if source.tape else log_rows
            made += log(source, cursors.get(source.name, {}), now_ms)
    return made


def log_rows(source: Source, cursor: dict[str, int], now_ms: int) -> int:
    """Log the new rows of a table, in batches."""
    after, made = cursor.get("settled", 0), 0
    is_fresh = bool(statements.fresh_rows(source, after, 1))  # asked without the lock: most tables have nothing new
    while is_fresh:
        with transaction.atomic():
            state = lock()
            rows = statements.fresh_rows(source, after, BATCH)
            append(state, [leaf_of(source, [row]) for row in rows], now_ms)
        made += len(rows)
        is_fresh = len(rows) == BATCH
        after = rows[-1].number if rows else after
    if now_ms - cursor.get("seen_ms", 0) >= SETTLING_MS:
        settle(source, now_ms)
    return made


def settle(source: Source, now_ms: int) -> None:
    """Move the cursor to what was seen SETTLING_MS ago: no transaction lasts so long, so nothing can appear before it."""
    with transaction.atomic():
        state = lock()
        settled = state.cursors.get(source.name, {}).get("seen", 0)
        state.cursors[source.name] = {"settled": settled, "seen": statements.newest_key(source), "seen_ms": now_ms}
        state.save(update_fields=["cursors"])


def seal_tapes(source: Source, cursor: dict[str, int], now_ms: int) -> int:
    """Seal the segments that are over on tapes that moved (心跳分段封存). Once a day all tapes are looked at."""
    if now_ms - cursor.get("since_ms", 0) < TAPES_EVERY_MS:
        return 0
    is_daily = now_ms - cursor.get("all_ms", 0) >= DAY_MS
    since = 0 if is_daily else cursor["since_ms"] - SETTLING_MS
    made, after = 0, -1
    while True:
        with transaction.atomic():
            state = lock()
            tails = statements.fresh_tails(source, since, after, TAPES)
            if not tails:
                all_ms = now_ms if is_daily else cursor["all_ms"]
                state.cursors[source.name] = {"since_ms": now_ms, "all_ms": all_ms}
                state.save(update_fields=["cursors"])
                return made
            rows = statements.fresh_pieces(source, tails)
            leaves = list(segments_of(source, rows, now_ms))
            append(state, leaves, now_ms)
        made += len(leaves)
        if len(rows) < statements.MOST_PIECES or not leaves:
            after = tails[-1][0]


def segments_of(source: Source, rows: Sequence[Row], now_ms: int) -> Iterator[Leaf]:
    """Yield the leaves of the segments that are over."""
    if source.tape is None:
        return
    group, start = source.names.index(source.tape.group), source.names.index(source.tape.start)
    for _, tape in groupby(rows, key=lambda row: row.series):
        held = list(tape)
        pieces = [Piece(row.number, row.values[group], row.values[start]) for row in held]
        for first, last in cut(pieces, now_ms):
            yield leaf_of(source, [row for row in held if first <= row.number <= last])


def leaf_of(source: Source, rows: Sequence[Row]) -> Leaf:
    """Return the leaf of a row or a segment, not in its place yet."""
    salt = os.urandom(SALT_BYTES)
    values = [canonical(source.kinds, row.values) for row in rows]
    key = rows[0].series, rows[0].number, rows[-1].number
    marks = b"".join(map(row_mark, values)) if source.tape else b""
    return Leaf(0, source.name, *key, salt, record_hash(source.name, key, values, salt), marks)


def append(state: LogState, leaves: Sequence[Leaf], now_ms: int) -> None:
    """Put leaves at the end of the log, with the state held."""
    if not leaves:
        return
    placed = [leaf._replace(position=state.size + place) for place, leaf in enumerate(leaves)]
    statements.write(placed, grow(state.size, [leaf.hash for leaf in placed], statements.hashes), now_ms)
    state.size += len(placed)
    state.save(update_fields=["size"])
