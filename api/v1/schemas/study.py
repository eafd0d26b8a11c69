"""The study protocol in JSON. Positions in milliseconds, durations in seconds."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from api.v1.schemas.learning import OptionOut, PictureOut, SoundOut
from attendance.rules import Claim

Word = Annotated[str, Field(max_length=20)]


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

    def claims(self) -> list[Claim]:
        """Return them as the study rule takes them."""
        return [Claim(beat.seq, beat.from_ms, beat.to_ms, beat.rate, beat.playing, beat.visible) for beat in self.beats]


class CheckQuestionOut(Schema):
    """A question about what was just taught. The options' ids hold for this check alone; what is right is never told."""

    kind: str = Field(description="single | multiple | judgement")
    stem: str
    options: list[OptionOut]
    image: PictureOut | None
    audio: SoundOut | None


class CheckOut(Schema):
    """An open presence check."""

    id: int
    kind: str = Field(description="tap | question | face; others may come: ask people to take a newer app")
    answer_seconds: int
    question: CheckQuestionOut | None = None
    is_further: bool = Field(False, description="it follows a wrong answer")


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


class FilmOut(Schema):
    """A film inside the lesson's text. Playing it earns nothing of its own: report the text's beats, as without it."""

    id: UUID
    title: str
    length_seconds: int
    media: MediaOut


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
    films: list[FilmOut] = Field(description="inside the lesson's text, in its order")
    package: PackageOut | None = None


class AnswerIn(Schema):
    """The answer of a tap check is `here`, of a question the ids of the chosen options."""

    answer: Word | list[Word] = Field(max_length=20)


class AnswerOut(Schema):
    """How the check ended."""

    result: str = Field(description="passed | failed | again")
    detail: str = Field(
        description="what to say; of a failed check why, what is withheld, how to go on, where and until when to appeal"
    )
    credited_seconds: int
    pending_seconds: int
    check: CheckOut | None = None
