"""The server's clock: the only place that reads the time. Rules and services get the time as an argument.

`now_ms` is an anchor and the time since the host booted: a step of the host's clock reaches nobody, and it goes on while the
host sleeps. Servers take the anchor of their boot from the database (`lms.kernel.anchor`); until then the process has its own.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


def wall_ms() -> int:
    """Return milliseconds since 1970 by the host's own clock, which anybody may set."""
    return time.time_ns() // 1_000_000


def boot_ms() -> int:
    """Return milliseconds since the host booted, sleep included. Nobody can set it."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000


_anchor_ms = wall_ms() - boot_ms()


def go_by(anchor_ms: int) -> None:
    """Set what the clock showed when the host booted."""
    global _anchor_ms
    _anchor_ms = anchor_ms


def ahead_ms() -> int:
    """Return by how much the anchored clock is ahead of the host's own; behind is negative."""
    return _anchor_ms + boot_ms() - wall_ms()


class Traveller:
    """The clock inside `travel()`: stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def advance(self, **amount: float) -> datetime:
        """Move on by a timedelta's keywords and return the new time."""
        self.moment += timedelta(**amount)
        return self.moment

    def move_to(self, moment: datetime) -> datetime:
        """Stand at `moment` (aware)."""
        self.moment = moment
        return moment


_traveller: Traveller | None = None


def now_ms() -> int:
    """Return milliseconds since 1970 (UTC) on the server's anchored clock."""
    if _traveller is not None:
        return int(_traveller.moment.timestamp() * 1000)
    return _anchor_ms + boot_ms()


def now() -> datetime:
    """Return the present, aware, in UTC."""
    return _traveller.moment if _traveller is not None else from_ms(now_ms())


def today() -> date:
    """Return the local calendar day (Asia/Shanghai)."""
    return local(now()).date()


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC time of a millisecond stamp."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)


def local(moment: datetime) -> datetime:
    """Return the same moment on the learners' wall clock (北京时间)."""
    return moment.astimezone(SHANGHAI)


@contextlib.contextmanager
def travel(moment: datetime) -> Iterator[Traveller]:
    """Set the clock for tests and the demo's history. Raises RuntimeError under production settings."""
    global _traveller
    if not settings.DEMO_MODE:
        raise RuntimeError("the clock can be set in tests and in the demo only")
    if moment.tzinfo is None:
        raise ValueError("an aware time is needed")
    before, _traveller = _traveller, Traveller(moment.astimezone(UTC))
    try:
        yield _traveller
    finally:
        _traveller = before
