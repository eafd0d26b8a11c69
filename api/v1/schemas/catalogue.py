"""Released courses in JSON."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class CoursesIn(Schema):
    """What is looked for. A facet may be named several times: any of its values fits."""

    q: str = ""
    nature: list[str] = []
    occupation: list[str] = []
    level: list[str] = []
    mode: list[str] = []
    industry: list[str] = []
    state: list[str] = Field([], description="running, soon or none: whether a class is open.")
    accessible: list[str] = Field([], description="yes: films have subtitles, pictures descriptions.")
    institution: list[str] = []
    sort: str = Field("", description="relevance, newest, hours or learners.")
    cursor: str = ""


class OccupationOut(Schema):
    """An occupation with released courses."""

    code: str
    name: str
    course_count: int


class FacetValueOut(Schema):
    """A value of a facet and how many courses it would leave."""

    value: str
    label: str
    count: int


class CourseOut(Schema):
    """A released course."""

    uid: UUID
    version_uid: UUID
    title: str
    summary: str
    occupation_code: str
    occupation: str
    trade: str | None
    level: int = Field(description="Rank: a higher number is a higher grade.")
    level_name: str
    nature: str
    nature_name: str
    mode: str
    mode_name: str
    is_accessible: bool
    class_hours: Decimal
    institution_uid: UUID
    institution: str


class CoursesOut(Schema):
    """A page of the catalogue."""

    items: list[CourseOut]
    total: int
    next_cursor: str | None
    facets: dict[str, list[FacetValueOut]]


class LessonOut(Schema):
    """A lesson of a released course, without its content: that is studied in a class."""

    uid: UUID
    position: int
    section_title: str
    title: str
    kind: str
    length_seconds: int


class CourseDetailOut(CourseOut):
    """A released course with what it teaches."""

    outcomes: list[str]
    lessons: list[LessonOut]
