"""A learner's classes, progress, hours and quizzes in JSON. Durations in seconds, positions in milliseconds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from api.v1.schemas.classes import RuleOut


class EnrolmentOut(Schema):
    """A place in a class."""

    uid: UUID
    class_uid: UUID
    class_name: str
    class_number: str | None
    course_title: str
    institution: str
    starts_on: date
    ends_on: date
    class_hours: Decimal
    required_hours: Decimal
    percent: int
    is_completed: bool


class QuizOut(Schema):
    """The best of a quiz's sittings."""

    best_percent: int
    is_passed: bool
    attempts: int


class LessonStateOut(Schema):
    """A lesson as the learner stands in it."""

    uid: UUID
    section: str
    title: str
    kind: str
    length_seconds: int
    state: str
    locked_reason: str
    covered_percent: int
    credited_seconds: int
    resume_at: int
    quiz: QuizOut | None


class ProgressOut(EnrolmentOut):
    """Everything about one's way through a class."""

    lessons: list[LessonStateOut]
    rules: list[RuleOut]
    missing: list[str]
    confirmed_seconds: int
    pending_seconds: int
    withheld_seconds: int
    held_seconds: int = Field(
        0, description="confirmed; counts once its lesson is completed, where lessons count whole"
    )
    data_at: datetime


class AppealOut(Schema):
    """An appeal of withheld time. `state`: filed, proposed, granted, refused or withdrawn.

    `result` says how it ended, or what happens next; `opinion` why, once it is decided.
    """

    uid: UUID
    number: str
    entry: UUID
    enrolment: UUID
    state: str
    about: str
    reason: str
    has_file: bool
    filed_at: datetime
    result: str
    opinion: str
    restored_seconds: int
    may_withdraw: bool


class StretchOut(Schema):
    """Withheld time as its learner may act on it. `note`: what may be done, or why nothing more; `until`: the last day."""

    entry: UUID
    may_appeal: bool
    until: date | None
    note: str
    appeal: AppealOut | None


class HoursLineOut(Schema):
    """A line of the hours account: what counted, what did not and why."""

    at: datetime
    until: datetime
    lesson: UUID
    kind: str
    seconds: int
    sentence: str
    withheld: StretchOut | None = Field(None, description="of withheld time: what may be said against it")


class HoursOut(Schema):
    """The hours account of a class."""

    confirmed_seconds: int
    pending_seconds: int
    withheld_seconds: int
    held_seconds: int = Field(
        0, description="confirmed; counts once its lesson is completed, where lessons count whole"
    )
    class_hours: Decimal
    lines: list[HoursLineOut]


class OptionOut(Schema):
    """An option of a question."""

    id: str
    text: str


class PictureOut(Schema):
    """A picture at a question; `alt` says what it shows."""

    url: str
    width: int
    height: int
    alt: str


class SoundOut(Schema):
    """A sound at a question."""

    url: str
    name: str


class PartOut(Schema):
    """A question as it is asked. `blanks` are the numbers of what is to be filled in."""

    id: str
    kind: str
    stem: str
    points: int
    options: list[OptionOut]
    blanks: list[int]
    image: PictureOut | None
    audio: SoundOut | None


class QuestionOut(PartOut):
    """A question as it is asked. A case is answered in its parts, each under its own id."""

    parts: list[PartOut]


class ReviewedOptionOut(OptionOut):
    """An option of an answered question. `correct` is told only once `reveals` of the question is true."""

    is_chosen: bool
    correct: bool


class AskedCaseOut(Schema):
    """The background of a case."""

    stem: str
    image: PictureOut | None
    audio: SoundOut | None


class ReviewedQuestionOut(Schema):
    """A question of the last sitting as it was answered.

    `number`: 3, or 3.1 for a part of a case; the first part has the `case`. `answers` and `right` are the words of questions
    without options. What is right is told when `reveals`; if another quiz that still asks it keeps that back, `asked_in` is
    the title of that quiz.
    """

    number: str
    kind: str
    stem: str
    image: PictureOut | None
    audio: SoundOut | None
    case: AskedCaseOut | None
    options: list[ReviewedOptionOut]
    answers: list[str]
    is_correct: bool
    earned_percent: int
    is_provisional: bool
    reveals: bool
    asked_in: str
    right: list[str]
    explanation: str


class QuizViewOut(Schema):
    """A quiz without its answers, and the last sitting with them once nothing is left to be won by them."""

    questions: list[QuestionOut]
    pass_percent: int
    attempts_left: int | None
    is_exam: bool
    opens_at: datetime | None
    result: QuizOut | None
    review: list[ReviewedQuestionOut]


class AnswersIn(Schema):
    """Answers by question: ids of options, the texts of blanks in order, or one text."""

    answers: dict[str, list[str]]


class SittingOut(Schema):
    """A marked sitting."""

    uid: UUID
    attempt: int
    score_percent: int
    is_passed: bool
    submitted_at: datetime
