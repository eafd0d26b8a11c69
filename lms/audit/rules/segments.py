"""How a tape is cut into segments, each one leaf of the log (心跳分段)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

LONGEST_MS = 5 * 60_000


class Piece(NamedTuple):
    """A row of a tape: its number, its group, when it begins (ms)."""

    number: int
    group: int
    start: int


def cut(pieces: Iterable[Piece], now_ms: int, *, longest_ms: int = LONGEST_MS) -> Iterator[tuple[int, int]]:
    """Yield first and last number of the segments that are over: one group each, begun within five minutes.

    `pieces` come in the order of their numbers. The last segment is over when it began five minutes ago.
    """
    first = last = None
    for piece in pieces:
        if first and last and (piece.group != first.group or piece.start - first.start >= longest_ms):
            yield first.number, last.number
            first = None
        first, last = first or piece, piece
    if first and last and now_ms - first.start >= longest_ms:
        yield first.number, last.number
