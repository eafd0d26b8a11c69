"""The room of a live lesson in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from api.v1.schemas.room_activities import CaptionOut, LeadersOut, OwnDeedsOut, PollOut, RollCallOut, RoomQuestionOut
from api.v1.schemas.room_files import RoomFileOut
from api.v1.schemas.room_quizzes import RoomQuizOut
from api.v1.schemas.room_slides import SlideOut

Place = Literal["teacher", "assistant", "learner", "inspector"]


class VoiceOut(Schema):
    """The sound of a voice message. `url` and `seconds` once it is ready; `error` says why it never will be."""

    state: Literal["waiting", "ready", "refused"]
    seconds: int
    url: str
    error: str


class MessageOut(Schema):
    """Something that was said. Of a deleted message `text` is empty; of a spoken one it says how long it is."""

    id: UUID
    kind: Literal["chat", "announcement", "voice"]
    member: UUID
    called: str
    place: Place
    text: str
    sent_at: datetime
    is_pinned: bool
    is_deleted: bool
    voice: VoiceOut | None


class RoomOut(Schema):
    """The room itself. `emphasis`: which is large on members' pages while slides are shown."""

    phase: Literal["closed", "open", "live", "ended"]
    state: Literal["scheduled", "open", "live", "interrupted", "ended", "cancelled"]
    is_shut: bool
    is_quiet: bool
    emphasis: Literal["slides", "picture"]


class OwnOut(Schema):
    """Who asks. `id`: nothing for an inspector, and before one came in."""

    id: UUID | None
    place: Place
    is_muted: bool
    is_removed: bool
    is_hand_up: bool
    is_invited: bool


class RoomStateOut(Schema):
    """How the room stands. Lists hold what is newer than `since`; `version` is what to ask from next."""

    version: int
    room: RoomOut
    me: OwnOut
    head_count: int
    slide: SlideOut | None
    captions: list[CaptionOut]
    files: list[RoomFileOut]
    pinned: list[MessageOut]
    messages: list[MessageOut]
    questions: list[RoomQuestionOut]
    poll: PollOut | None
    quiz: RoomQuizOut | None
    roll_call: RollCallOut | None
    own: OwnDeedsOut
    leaders: LeadersOut | None


class MemberOut(Schema):
    """A member of the room. `is_invited`: to speak."""

    id: UUID
    called: str
    place: Place
    is_present: bool
    is_muted: bool
    is_invited: bool
    is_removed: bool


class MembersOut(Schema):
    """A page of members."""

    items: list[MemberOut]
    next_cursor: str | None


class MessageIn(Schema):
    """`key`: a number of one's own for this message; sent again with the same key it is the same message."""

    text: str = Field(max_length=4000)
    key: str = Field(max_length=40)


class ReasonIn(Schema):
    """Why; at least five characters."""

    reason: str = Field(max_length=400)


class MutedIn(Schema):
    """Whether a member is muted."""

    is_muted: bool


class RoomIn(Schema):
    """How the room shall be; what is left out stays."""

    is_quiet: bool | None = None
    is_shut: bool | None = None
    emphasis: Literal["slides", "picture"] | None = None
