"""A class as its institution keeps it, in JSON. What identifies a person beyond the name is masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

State = Literal["draft", "submitted", "returned", "open", "closed"]


class OwnClassOut(Schema):
    """A class in the institution's list."""

    uid: UUID
    number: str
    name: str
    state: str
    state_name: str
    course: str
    programme: str
    starts_on: date
    ends_on: date
    roster_count: int
    learner_count: int


class OwnClassesOut(Schema):
    """A page of classes, the newest first."""

    items: list[OwnClassOut]
    total: int
    next_cursor: str | None


class DecisionOut(Schema):
    """A step of a class's approval."""

    kind: str
    kind_name: str
    at: datetime
    opinion: str


class OwnClassDetailOut(OwnClassOut):
    """A class with what it lacks before it may be submitted, and the steps of its approval, the newest first."""

    teacher: str
    is_editable: bool
    missing: list[str]
    decisions: list[DecisionOut]


class RosterRowOut(Schema):
    """A person of a roster. `bar`: why the person may not be enrolled now."""

    uid: UUID
    number: int
    name: str
    document_type: str
    document_number: str
    phone: str | None
    is_enrolled: bool
    bar: str


class RosterOut(Schema):
    """A page of a roster, in the order of the sheet."""

    items: list[RosterRowOut]
    total: int
    next_cursor: str | None


class RosterReportOut(Schema):
    """How an import went."""

    added: int
    removed: int = Field(description="of the roster before, when the new one replaced it")
