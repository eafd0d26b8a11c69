"""The tree as it is stored (RFC 6962): leaves, and of the nodes every eighth level only; the rest is folded on demand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from lms.audit.rules.verifier import consistency_ranges, half, inclusion_ranges, node_hash, sha256

TILE_LEVELS = 8
TILE = 1 << TILE_LEVELS

Read = Callable[[int, int, int], list[bytes]]  # level (0, 8, 16, …), from, to: the stored hashes


class Node(NamedTuple):
    """A stored inner node."""

    level: int
    place: int
    hash: bytes


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the root over a complete tile (a power of two of hashes)."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


def grow(size: int, leaves: Sequence[bytes], read: Read) -> list[Node]:
    """Return the nodes to store when `leaves` follow the `size` that are there."""
    nodes: list[Node] = []
    level, first, fresh = 0, size, list(leaves)
    while fresh:
        start = first // TILE * TILE
        row = [*(read(level, start, first) if start < first else []), *fresh]
        fresh = [fold(row[i : i + TILE]) for i in range(0, len(row) - TILE + 1, TILE)]
        level, first = level + TILE_LEVELS, start // TILE
        nodes += [Node(level, first + place, one) for place, one in enumerate(fresh)]
    return nodes


class Tree:
    """The tree of the first `size` leaves. Tiles that were read are kept for the next question."""

    def __init__(self, size: int, read: Read) -> None:
        self.size, self.read = size, read
        self.tile = lru_cache(maxsize=4096)(self.read_tile)

    def read_tile(self, level: int, number: int) -> list[list[bytes]]:
        """Return a tile's rows, the stored one first, folded as far as pairs are complete."""
        stored = min((number + 1) * TILE, self.size >> level)
        rows = [self.read(level, number * TILE, stored)]
        while len(rows[-1]) > 1:
            below = rows[-1]
            rows.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])
        return rows

    def complete(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree of 2^level leaves."""
        inside = level % TILE_LEVELS
        rows = self.tile(level - inside, index >> (TILE_LEVELS - inside))
        return rows[inside][index & ((1 << (TILE_LEVELS - inside)) - 1)]

    def subtree(self, start: int, end: int) -> bytes:
        """Return the hash of the leaves [start, end)."""
        count = end - start
        if count == 0:
            return sha256()
        level = count.bit_length() - 1
        if count == 1 << level and start % count == 0:
            return self.complete(level, start >> level)
        middle = start + half(count)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def root(self) -> bytes:
        """Return the root."""
        return self.subtree(0, self.size)

    def inclusion(self, place: int) -> list[bytes]:
        """Return the proof that a leaf lies in the tree (包含证明)."""
        return [self.subtree(*part) for part in inclusion_ranges(place, self.size)]

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that the tree begins with that of `old` leaves (一致性证明)."""
        return [self.subtree(*part) for part in consistency_ranges(old, self.size)]
