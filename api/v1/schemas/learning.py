"""A learner's classes, progress, hours and quizzes in JSON. Durations in seconds, positions in milliseconds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ninja import Schema


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


class RuleOut(Schema):
    """A rule of the class in a sentence."""

    label: str
    value: str
    sentence: str


class ProgressOut(EnrolmentOut):
    """Everything about one's way through a class."""

    lessons: list[LessonStateOut]
    rules: list[RuleOut]
    missing: list[str]
    confirmed_seconds: int
    pending_seconds: int
    withheld_seconds: int
    data_at: datetime


class HoursLineOut(Schema):
    """A line of the hours account: what counted, what did not and why."""

    at: datetime
    until: datetime
    lesson: UUID
    kind: str
    seconds: int
    sentence: str


class HoursOut(Schema):
    """The hours account of a class."""

    confirmed_seconds: int
    pending_seconds: int
    withheld_seconds: int
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


class QuizViewOut(Schema):
    """A quiz without its answers."""

    questions: list[QuestionOut]
    pass_percent: int
    attempts_left: int | None
    result: QuizOut | None


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
