"""The life of a live lesson: which event leads from which state to which, and when the clock closes it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

SCHEDULED, OPEN, LIVE, INTERRUPTED, ENDED, CANCELLED = (
    "scheduled", "open", "live", "interrupted", "ended", "cancelled",
)  # fmt: skip
STATE_NAMES = {
    SCHEDULED: "未开始",
    OPEN: "候课中",
    LIVE: "直播中",
    INTERRUPTED: "直播中断",
    ENDED: "已结束",
    CANCELLED: "已取消",
}
OVER = frozenset({ENDED, CANCELLED})
ON_AIR = frozenset({LIVE, INTERRUPTED})


class Event(StrEnum):
    """What happens to a live lesson."""

    OPEN = "open"  # the teacher comes into the room
    BEGIN = "begin"  # the picture begins, or comes back
    LOSE = "lose"  # the picture is gone for longer than a short drop
    END = "end"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[str, Event], str] = {
    (SCHEDULED, Event.OPEN): OPEN,
    (SCHEDULED, Event.CANCEL): CANCELLED,
    (SCHEDULED, Event.END): ENDED,  # its time went by and nobody came
    (OPEN, Event.OPEN): OPEN,
    (OPEN, Event.BEGIN): LIVE,
    (OPEN, Event.CANCEL): CANCELLED,
    (OPEN, Event.END): ENDED,
    (LIVE, Event.OPEN): LIVE,
    (LIVE, Event.BEGIN): LIVE,
    (LIVE, Event.LOSE): INTERRUPTED,
    (LIVE, Event.END): ENDED,
    (INTERRUPTED, Event.OPEN): INTERRUPTED,
    (INTERRUPTED, Event.LOSE): INTERRUPTED,
    (INTERRUPTED, Event.BEGIN): LIVE,
    (INTERRUPTED, Event.END): ENDED,
}


def after(state: str, event: Event) -> str | None:
    """Return the state to which an event leads, or nothing where it cannot happen (状态流转)."""
    return TRANSITIONS.get((state, event))


def opens_at(starts_at: datetime, door_minutes: int) -> datetime:
    """Return from when a lesson may be opened and its door is open to learners (最早开门时间)."""
    return starts_at - timedelta(minutes=door_minutes)


def is_overdue(state: str, ends_at: datetime, now: datetime, *, patience: timedelta, overrun: timedelta) -> bool:
    """Return whether nobody will end it any more: the clock does (超时未结束).

    After its planned end a lesson without a picture has `patience`, one with a picture `overrun`.
    """
    if state in OVER:
        return False
    return now >= ends_at + (overrun if state == LIVE else patience)
