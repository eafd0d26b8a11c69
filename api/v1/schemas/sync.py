"""What changed for a learner, in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

from api.v1.schemas.cases import CaseOut
from api.v1.schemas.learning import AppealOut, EnrolmentOut, LessonStateOut
from api.v1.schemas.live import LiveOut
from api.v1.schemas.notices import NoticeOut


class SyncEnrolmentOut(EnrolmentOut):
    """A place in a class with what was studied of it."""

    lessons: list[LessonStateOut]
    missing: list[str]
    confirmed_seconds: int
    pending_seconds: int
    withheld_seconds: int
    held_seconds: int


class SyncCheckOut(Schema):
    """A check that was settled, and how it ended."""

    uid: UUID
    session: UUID
    number: int
    kind: str
    outcome: Literal["passed", "wrong", "missed", "retried"]
    asked_at: datetime
    settled_at: datetime


class OpenCheckOut(Schema):
    """A check that waits for an answer; `due_at` is put off while the learner was never asked."""

    session: UUID
    number: int
    due_at: datetime


class RemovedOut(Schema):
    """What was told before and is no longer among what is told, by kind."""

    enrolments: list[UUID]
    live_sessions: list[UUID]
    notices: list[UUID]
    checks: list[UUID]
    cases: list[UUID]
    appeals: list[UUID]


class SyncOut(Schema):
    """What differs from what was told before. Of each kind: what is new or changed, whole."""

    cursor: str = Field(description="Hand it back as `since` next time. It is opaque.")
    is_full: bool = Field(description="This is all there is: forget what was told before.")
    unread: int = Field(description="How many of all notices are not read.")
    open_check: OpenCheckOut | None
    enrolments: list[SyncEnrolmentOut]
    live_sessions: list[LiveOut]
    notices: list[NoticeOut]
    checks: list[SyncCheckOut]
    cases: list[CaseOut]
    appeals: list[AppealOut]
    removed: RemovedOut
