"""Questions, polls, hands and roll-calls of a room in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from api.v1.schemas.room_quizzes import OwnRoomQuizOut, TallyOut


class RoomQuestionOut(Schema):
    """A question. Of one that was taken down `text` is empty."""

    id: UUID
    member: UUID
    called: str
    text: str
    asked_at: datetime
    votes: int
    state: Literal["open", "answered", "dismissed"]


class PollOut(Schema):
    """The poll that runs, else the last one. `tallies`: by option; nothing as long as results are not shown."""

    id: UUID
    text: str
    options: list[str]
    is_multiple: bool
    is_open: bool
    tallies: list[int] | None


class RollCallOut(Schema):
    """The roll-call that runs, else the last one. `kind`: tap, the code on the teacher's screen, or moves before a camera."""

    id: UUID
    kind: Literal["tap", "code", "face"]
    is_open: bool
    closes_at: datetime
    seconds_left: int


class OwnDeedsOut(Schema):
    """What one did. `roll`: how the roll-call in `roll_call` ended for oneself."""

    voted: list[UUID]
    choices: list[int] | None
    quiz: OwnRoomQuizOut | None
    roll: Literal["answered", "missed"] | None
    was_called: bool


class CaptionOut(Schema):
    """A line of what is said, with the server's time. Of one that was taken back `text` is empty."""

    id: UUID
    text: str
    said_at: datetime
    is_removed: bool


class CaptionIn(Schema):
    """A line as it should read."""

    text: str = Field(max_length=4000)


class HandOut(Schema):
    """A raised hand."""

    id: UUID
    called: str
    hand_at: datetime


class LeadersOut(Schema):
    """What only who leads the lesson sees."""

    hands: list[HandOut]
    captions: list[CaptionOut]
    tallies: list[int] | None
    poll_answers: int
    quiz_tallies: list[TallyOut] | None
    quiz_answers: int
    code: str
    roll_asked: int
    roll_answered: int


class VoteIn(Schema):
    """Whether one wants to know it too."""

    wants: bool


class QuestionStateIn(Schema):
    """How a question shall stand."""

    state: Literal["open", "answered", "dismissed"]


class HandIn(Schema):
    """Whether one's hand is up."""

    is_up: bool


class InvitedIn(Schema):
    """Whether a learner is invited to speak."""

    is_invited: bool


class PollIn(Schema):
    """What the class is asked."""

    text: str = Field(max_length=400)
    options: list[str] = Field(max_length=20)
    is_multiple: bool = False
    shows_results: bool = True


class PollAnswerIn(Schema):
    """The numbers of the chosen options, from 0."""

    choices: list[int] = Field(max_length=20)


class RollCallIn(Schema):
    """How the roll is called."""

    kind: Literal["tap", "code", "face"]


class RollAnswerIn(Schema):
    """`code`: from the teacher's screen, when it is asked for."""

    code: str = Field("", max_length=20)


class RollResultOut(Schema):
    """How a roll-call ended for oneself."""

    roll: Literal["answered", "missed"]


class RollRowOut(Schema):
    """How a roll-call ended for a learner."""

    id: UUID
    called: str
    roll: Literal["answered", "missed"]
    at: datetime
