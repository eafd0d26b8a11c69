"""Open classes in JSON: what everybody may know before signing up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class ClassOut(Schema):
    """A class that runs now or will."""

    uid: UUID
    number: str = Field(description="The official number of the filing (开班编号).")
    name: str
    course_uid: UUID
    course: str
    occupation: str
    level_name: str
    class_hours: Decimal
    institution_uid: UUID
    institution: str
    programme: str
    starts_on: date
    ends_on: date = Field(description="The last day on which time is counted.")


class ClassesOut(Schema):
    """A page of open classes."""

    items: list[ClassOut]
    total: int
    next_cursor: str | None


class RuleOut(Schema):
    """A rule by which the class's time is counted, as learners read it."""

    label: str
    value: str
    sentence: str


class ClassDetailOut(ClassOut):
    """An open class with the rules that were frozen at its approval."""

    rules: list[RuleOut]
