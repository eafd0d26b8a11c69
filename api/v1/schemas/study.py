"""The study protocol in JSON. Positions in milliseconds, durations in seconds."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field


class SessionIn(Schema):
    """Open a study session."""

    enrolment: UUID
    lesson: UUID
    client: str = Field(description="pc | phone | wechat | app")
    device: str = Field("", max_length=200)


class BeatIn(Schema):
    """A claim of the player. `at`: the client's own time, kept out of every decision."""

    model_config = ConfigDict(populate_by_name=True, strict=True)

    seq: int
    from_ms: int = Field(alias="from")
    to_ms: int = Field(alias="to")
    rate: int = Field(100, description="percent")
    playing: bool = True
    visible: bool = True
    at: str = ""


class BeatsIn(Schema):
    """Beats, contiguous by seq, with the token of the last acknowledgement."""

    token: str = Field(max_length=64)
    beats: list[BeatIn] = Field(min_length=1, max_length=20)


class CheckOut(Schema):
    """An open presence check."""

    id: int
    kind: str
    answer_seconds: int


class StopOut(Schema):
    """Why the session goes no further."""

    code: str
    detail: str


class AckOut(Schema):
    """What is decided and stored."""

    acked_seq: int
    credited_seconds: int = Field(description="confirmed in this session")
    pending_seconds: int = Field(description="waits for the next check")
    covered_seconds: int
    lesson_seconds: int = Field(description="credited of this lesson so far, pending included")
    seek_limit: int = Field(description="the player may go this far, in ms")
    token: str
    lease_seconds: int
    server_time: datetime
    check: CheckOut | None = None
    stop: StopOut | None = None


class TrackOut(Schema):
    """Subtitles."""

    language: str
    label: str
    url: str


class QualityOut(Schema):
    """One rendition of a film alone."""

    side: int = Field(description="short side of the picture in pixels")
    hls: str


class MediaOut(Schema):
    """Signed addresses, bound to the session and to the cookie `media_key`. They end with the session, at the latest then."""

    hls: str
    mp4: str
    poster: str
    qualities: list[QualityOut] = Field(description="each rendition alone, the lowest first; `hls` holds all of them")
    audio: str | None = Field(default=None, description="the sound alone, to save data")
    storyboard: str | None = Field(default=None, description="WebVTT: which part of one picture shows which moment")
    subtitles: list[TrackOut]
    expires_at: datetime


class CmiOut(Schema):
    """What a package finds again of itself: its last report."""

    lesson_status: str
    lesson_location: str
    score_raw: float | None
    suspend_data: str


class PackageOut(Schema):
    """Where a course package plays: in a frame with this `sandbox`, whose messages come from `origin`."""

    url: str
    origin: str
    sandbox: str
    mastery_score: int | None
    expires_at: datetime
    cmi: CmiOut


class PackageReportIn(Schema):
    """What a package says of itself, the whole of it. Anything else of SCORM's data model is refused; none of it counts."""

    model_config = ConfigDict(extra="forbid")

    lesson_status: Literal["passed", "completed", "failed", "incomplete", "browsed", "not attempted"]
    lesson_location: str = Field("", max_length=255)
    score_raw: Decimal | None = Field(None, ge=0, le=100, max_digits=5, decimal_places=2)
    suspend_data: str = Field("", max_length=64_000)


class PackageReportOut(Schema):
    """What was kept of it."""

    lesson_status: str
    score_raw: float | None
    saved_at: datetime


class SessionOut(AckOut):
    """An open study session."""

    id: UUID
    resume_at: int = Field(description="ms")
    beat_seconds: int
    length_seconds: int
    media: MediaOut | None = None
    package: PackageOut | None = None


class AnswerIn(Schema):
    """The answer of a tap check is `here`."""

    answer: str = Field(max_length=20)


class AnswerOut(Schema):
    """How the check ended."""

    result: str
    credited_seconds: int
    pending_seconds: int
