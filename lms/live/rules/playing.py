"""Who may go on fetching a live lesson's files. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from lms.live.rules.admission import Bar

STANDING_SECONDS = 5  # how long an answer of the door is believed


def until(ends_at: datetime, now: datetime, overrun: timedelta) -> datetime:
    """Return how long an address holds: as long as the lesson can last, an hour at least (地址有效期)."""
    return max(ends_at + overrun, now + timedelta(hours=1))


def may_play(bar: Bar | None) -> bool:
    """Return whether files are given: to who may come in, and the last seconds to who was in when it ended."""
    return bar in (None, Bar.ENDED)
