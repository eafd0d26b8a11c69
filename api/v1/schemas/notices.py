"""What one was told, in JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema


class NoticeOut(Schema):
    """A notice. `kind`: what `subject` is the id of."""

    id: UUID
    kind: str
    kind_name: str
    subject: UUID
    title: str
    text: str
    at: datetime
    read_at: datetime | None


class NoticesOut(Schema):
    """A page of notices, the newest first."""

    items: list[NoticeOut]
    unread: int = Field(description="How many of all are not read.")
    next_cursor: str | None
