"""Questions inside a film in JSON. Positions in milliseconds."""

from __future__ import annotations

from ninja import Schema

from api.v1.schemas.learning import PartOut


class PopupReviewOut(Schema):
    """How a question was answered, and what is right once that cannot be copied into a quiz any more.

    Until then `asked_in` is the title of the quiz that still asks it.
    """

    is_correct: bool
    earned_percent: int
    is_provisional: bool
    chosen: list[str]
    right_options: list[str]
    right_words: list[str]
    explanation: str
    asked_in: str


class PopupOut(Schema):
    """A question that stops the film at a position; without a review it was not answered yet."""

    id: str
    at: int
    question: PartOut
    review: PopupReviewOut | None


class PopupAnswerIn(Schema):
    """Ids of options, the texts of blanks in order, or one text."""

    answer: list[str]
