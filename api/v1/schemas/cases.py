"""What a learner is asked and what was decided, in JSON."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema


class CaseFlagOut(Schema):
    """What the system saw, against what it was compared, and what would explain it without any fault."""

    label: str
    seen: str
    compared: str
    innocent: str


class CaseReplyOut(Schema):
    """What one said, and what became of it. `answer` and `answer_words` are empty until it is decided."""

    kind: Literal["statement", "appeal"]
    words: str
    at: datetime
    answer: str
    answer_words: str


class CaseOut(Schema):
    """A question or an outcome. `note` says what may be done, or why nothing more."""

    uid: UUID
    case: UUID = Field(description="several may belong to one case; notices of kind `case_person` name it")
    number: str
    kind: Literal["asked", "ruled"]
    outcome: Literal["irregularity", "fraud", ""] = Field(description="empty for a question")
    title: str
    words: str
    at: datetime
    flags: list[CaseFlagOut]
    measures: list[str]
    replies: list[CaseReplyOut]
    may: Literal["statement", "appeal", ""] = Field(description="what may be said now")
    until: date = Field(description="the last day; a statement is taken later too, while the case is not decided")
    note: str


class CaseWordsIn(Schema):
    """A statement or an appeal, 10 to 1,000 characters."""

    text: str = Field(..., max_length=4000)
