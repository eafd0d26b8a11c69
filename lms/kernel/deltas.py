"""What differs from what somebody was told before: a cursor that holds what they were told, and nothing else."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

MARK = 6  # bytes of a digest
ENTRY = 16 + MARK
Things = Mapping[str, Mapping[UUID, Mapping[str, Any]]]  # by kind and uid, as JSON would have them
Told = dict[str, dict[UUID, bytes]]


@dataclass(frozen=True, slots=True)
class Delta:
    """What differs (增量). `is_full`: it is all there is, whatever was told before is to be forgotten."""

    changed: dict[str, list[UUID]]
    removed: dict[str, list[UUID]]
    cursor: str
    is_full: bool


def mark_of(value: Any) -> bytes:
    """Return a short digest of a JSON value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=MARK).digest()


def heading(owner: str, things: Things) -> bytes:
    """Return how cursors of an owner begin: another account's, or one of other kinds of things, begins otherwise."""
    return mark_of([owner, *things])


def cursor_of(owner: str, things: Things) -> str:
    """Return the cursor of having been told all of it."""
    parts = [heading(owner, things)]
    for those in things.values():
        parts.append(struct.pack(">H", len(those)))
        parts += [uid.bytes + mark_of(one) for uid, one in those.items()]
    return base64.urlsafe_b64encode(b"".join(parts)).decode().rstrip("=")


def told_by(cursor: str, owner: str, things: Things) -> Told | None:
    """Return what a cursor says was told, or None if it is not one of this owner and these kinds of things."""
    try:
        data = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if data[:MARK] != heading(owner, things):
        return None
    told, place = Told(), MARK
    for kind in things:
        if len(data) < place + 2:
            return None
        end = place + 2 + ENTRY * struct.unpack_from(">H", data, place)[0]
        entries = [data[start : start + ENTRY] for start in range(place + 2, min(end, len(data)), ENTRY)]
        told[kind] = {UUID(bytes=one[:16].ljust(16, b"\0")): one[16:] for one in entries}
        place = end
    return told if place == len(data) else None


def delta(things: Things, *, owner: str, since: str) -> Delta:
    """Return what differs from what the cursor `since` says was told (增量).

    The rule: a cursor holds a digest of each thing as it was told. There is neither a clock nor a number of a row in it, so a
    transaction that commits late, with an earlier time or a lower number than what was told meanwhile, is found at the
    next call like any other: a change that was not told differs from the cursor for as long as it is not told. What
    was told and is no longer among the things is `removed`. A cursor that cannot be read tells nothing: all is told anew.
    """
    told = told_by(since, owner, things)
    known: Told = told or {kind: {} for kind in things}
    return Delta(
        changed={
            kind: [uid for uid, one in those.items() if known[kind].get(uid) != mark_of(one)]
            for kind, those in things.items()
        },
        removed={kind: [uid for uid in known[kind] if uid not in those] for kind, those in things.items()},
        cursor=cursor_of(owner, things),
        is_full=told is None,
    )
