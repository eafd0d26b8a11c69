"""Who is in the room is who holds a lease, not who has a socket: a dead server's leases run out (在场租约). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LEASE = timedelta(seconds=25)
GRACE = timedelta(seconds=6)  # a page that reloads, or a phone that changes its network, never left
RENEW_SECONDS = 8  # two renewals may fail before a lease runs out
LOOK_SECONDS = 5  # how often leases that ran out elsewhere are looked for
KEPT = timedelta(hours=1)  # leases that ran out, before they are cleared away


def until(now: datetime) -> datetime:
    """Return until when a lease holds that is taken or renewed now."""
    return now + LEASE


def until_left(now: datetime) -> datetime:
    """Return until when a lease holds whose last socket closed now."""
    return now + GRACE
