"""When a live lesson was on the air, and how far it had come: the server's own records, never a page's word. Pure.

Times are wall clock in ms. The lesson's line of time (进度) is what was broadcast so far: breaks are left out, so that a
position in the lesson and in its recording is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

FAR = 2**53
Spans = tuple[tuple[int, int], ...]


class Run(NamedTuple):
    """A run of the encoder (推流段): begun, heard of last, ended (nothing while it goes on)."""

    started_ms: int
    heard_ms: int
    ended_ms: int | None


class Stretch(NamedTuple):
    """How the air is at a moment: on or off, until when that holds, and how far the lesson has come."""

    is_on: bool
    until_ms: int
    position_ms: int


@dataclass(frozen=True, slots=True)
class Air:
    """When a live lesson was on the air (在播时段): disjoint, in order. `is_over`: it has ended and nothing follows."""

    spans: Spans = ()
    is_over: bool = False

    @property
    def total_ms(self) -> int:
        """Return how long it was on the air."""
        return sum(end - start for start, end in self.spans)

    def at(self, moment: int) -> Stretch:
        """Return how the air is at a moment."""
        position = 0
        for start, end in self.spans:
            if moment < start:
                return Stretch(False, start, position)
            if moment < end:
                return Stretch(True, end, position + moment - start)
            position += end - start
        return Stretch(False, FAR, position)


def air_of(runs: Iterable[Run], now: int, *, drop_ms: int, is_over: bool) -> Air:
    """Return when a lesson was on the air, from its runs in any order (在播时段).

    A run that nobody hears of any more is on the air for as long as a short break of the line may last, and no longer,
    whoever closes its row and whenever.
    """
    spans: list[tuple[int, int]] = []
    for run in sorted(runs):
        start = max(run.started_ms, spans[-1][1] if spans else 0)
        end = min(run.heard_ms + drop_ms, now if run.ended_ms is None else run.ended_ms)
        if end > start:
            if spans and spans[-1][1] == start:
                start = spans.pop()[0]
            spans.append((start, end))
    return Air(tuple(spans), is_over)
