"""Quizzes of a room in JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field

from api.v1.schemas.learning import QuestionOut


class BankRowOut(Schema):
    """A question of the bank. `right`: what is right, for who chooses it."""

    id: UUID
    stem: str
    kind: str
    difficulty: str
    knowledge: list[str]
    right: list[str]


class BankPageOut(Schema):
    """A page of the bank."""

    items: list[BankRowOut]
    next_cursor: str | None


class SolutionOut(Schema):
    """What is right: ids of options or texts of blanks, and the same as people read it."""

    right: list[str]
    words: list[str]
    explanation: str


class RoomQuizQuestionOut(QuestionOut):
    """A question of a quiz. `solution`: once the quiz is over."""

    solution: SolutionOut | None


class TallyOut(Schema):
    """How often each option was chosen, in their order, and how many were right."""

    options: list[int]
    right: int


class RoomQuizOut(Schema):
    """The quiz that runs, else the last one. `tallies`: by question, once it is over."""

    id: UUID
    is_open: bool
    questions: list[RoomQuizQuestionOut]
    tallies: list[TallyOut] | None
    seconds_left: int


class OwnRoomQuizOut(Schema):
    """What one handed in; what it earned, by question in percent and in all, once the quiz is over."""

    answers: dict[str, list[str]]
    earned: dict[str, int] | None
    score_percent: int | None


class RoomQuizIn(Schema):
    """Which questions of the bank, in order, and for how many seconds."""

    questions: list[UUID] = Field(max_length=100)
    seconds: int


class RoomQuizAnswersIn(Schema):
    """By question: ids of options, or the words of blanks. `is_partial`: the time is up, what is there is handed in."""

    answers: dict[str, list[str]]
    is_partial: bool = False


class RoomQuizRowOut(Schema):
    """How a learner did."""

    id: UUID
    called: str
    score_percent: int
    at: datetime
