"""The server's clock: the only place that reads the time. Rules and services get the time as an argument.

`now_ms` is anchored once per process: a step of the host's clock does not reach a running process.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
ANCHOR_MS = time.time_ns() // 1_000_000 - time.monotonic_ns() // 1_000_000


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
    return ANCHOR_MS + time.monotonic_ns() // 1_000_000


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
