"""How a recorder's stream comes in: numbered chunks, each taken once and in order, no faster than a recorder makes them. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

HEADER = struct.Struct(">I")
LARGEST_CHUNK = 60_000  # bytes with the number: below the largest message that daphne takes in production
ACK_EVERY = 4
BURST_BYTES = 32_000_000  # what a recorder gathers while the line is down, and some
BYTES_PER_SECOND = 1_000_000  # twice what the page's recorder makes


class Verdict(StrEnum):
    """What is done with a chunk."""

    TAKE = "take"
    REPEATED = "repeated"  # it was taken before: acknowledge, and forget it
    GAP = "gap"  # one before it is missing: say which


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of the stream (数据块)."""

    seq: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many bytes may come now (流量额度). It fills again as time goes by."""

    left: float = BURST_BYTES
    at_ms: int = 0

    def after(self, size: int, now_ms: int) -> Allowance:
        """Return what is left after a chunk; below zero it was too much."""
        return Allowance(self.at(now_ms) - size, now_ms)

    def at(self, now_ms: int) -> float:
        """Return what there is at a moment."""
        gained = max(0, now_ms - self.at_ms) * BYTES_PER_SECOND / 1000 if self.at_ms else 0.0
        return min(float(BURST_BYTES), self.left + gained)

    def is_whole(self, now_ms: int) -> bool:
        """Return whether nothing is missing: then it need not be kept."""
        return self.at(now_ms) == BURST_BYTES


def parse(data: bytes) -> Chunk:
    """Return the chunk of a message. Raises ValueError for what is none: too short, empty or too large."""
    if not HEADER.size < len(data) <= LARGEST_CHUNK:
        raise ValueError("no chunk")
    return Chunk(HEADER.unpack_from(data)[0], data[HEADER.size :])


def verdict(following: int, seq: int) -> Verdict:
    """Return what is done with a chunk of this number where `following` is the next to be taken."""
    if seq == following:
        return Verdict.TAKE
    return Verdict.REPEATED if seq < following else Verdict.GAP
