"""Live lessons in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema


class LiveOut(Schema):
    """A live lesson as its learner sees it. `reason`: why it was changed or cancelled."""

    id: UUID
    training_class: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    teacher: str
    state: Literal["scheduled", "open", "live", "interrupted", "ended", "cancelled"]
    reason: str
    began_at: datetime | None
    ended_at: datetime | None


class LiveDoorOut(LiveOut):
    """A live lesson with the answer of its door. `bar`: why one may not come in now, and the sentence for people."""

    bar: Literal["not_on_roster", "no_real_name", "withdrawn", "too_early", "live_cancelled", "live_ended"] | None
    bar_sentence: str


class LiveMomentOut(Schema):
    """A line of one's way through a live lesson. `until`, `seconds`: of stretches; joins and leaves have none."""

    at: datetime
    until: datetime | None
    seconds: int
    counted: bool
    sentence: str


class LivePresenceOut(Schema):
    """One's attendance at a live lesson. `least_percent`: below it nothing of it counts; none: every minute does."""

    on_air_seconds: int
    counted_seconds: int
    percent: int
    least_percent: int | None
    is_enough: bool
    visits: int
    lines: list[LiveMomentOut]
