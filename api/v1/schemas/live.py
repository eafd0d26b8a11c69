"""Live lessons in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema

from api.v1.schemas.room_files import RoomFileOut
from api.v1.schemas.study import MediaOut


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


class ReplayChapterOut(Schema):
    """A place to jump to."""

    at_ms: int
    title: str


class ReplaySlideOut(Schema):
    """A page of slides that stands from a moment of the film on; none any more where `deck` and `url` are empty."""

    at_ms: int
    deck: UUID | None
    name: str
    page: int
    page_count: int
    url: str | None


class ReplayResultOut(Schema):
    """How often an option was chosen."""

    option: str
    count: int


class ReplayLineOut(Schema):
    """What was said, asked or voted. Learners are called as the office's policy says. `url`: the sound of a voice message."""

    id: str
    kind: Literal["chat", "announcement", "voice", "question", "poll", "quiz"]
    at_ms: int
    called: str
    text: str
    results: list[ReplayResultOut]
    url: str | None
    seconds: int | None


class ReplayCaptionOut(Schema):
    """A subtitle of the film."""

    from_ms: int
    to_ms: int
    text: str


class ReplayCaptionsOut(Schema):
    """The subtitles of one language, and which languages there are."""

    language: str
    languages: list[str]
    cues: list[ReplayCaptionOut]


class ReplayOut(Schema):
    """A replay as its learner sees it; all moments are those of its film.

    Where it `counts`, a study session at its lesson gives the film's addresses; else they are `media`, with the cookie
    `media_key`, as those of study sessions.
    """

    title: str
    length_ms: int
    counts: bool
    counts_sentence: str
    chapters: list[ReplayChapterOut]
    slides: list[ReplaySlideOut]
    lines: list[ReplayLineOut]
    captions: ReplayCaptionsOut | None
    files: list[RoomFileOut]
    media: MediaOut | None
