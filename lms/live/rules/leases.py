"""Who is in the room is who holds a lease, not who has a socket: a dead server's leases run out (在场租约). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LEASE = timedelta(seconds=25)
GRACE = timedelta(seconds=6)  # a page that reloads, or a phone that changes its network, never left
RENEW_SECONDS = 8  # two renewals may fail before a lease runs out
LOOK_SECONDS = 5  # how often leases that ran out elsewhere are looked for
TOLD_A_SECOND = 300  # members to whom counts are sent in a second: in a larger room they are told every so many seconds
KEPT = timedelta(hours=1)  # leases that ran out, before they are cleared away


def until(now: datetime) -> datetime:
    """Return until when a lease holds that is taken or renewed now."""
    return now + LEASE


def until_left(now: datetime) -> datetime:
    """Return until when a lease holds whose last socket closed now."""
    return now + GRACE


def count_seconds(heads: int) -> int:
    """Return how many seconds lie between two counts that a room of so many is told (人数通报间隔)."""
    return max(1, -(-heads // TOLD_A_SECOND))
