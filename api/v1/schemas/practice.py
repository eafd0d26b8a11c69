"""Practice at a place in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema


class SignatureOut(Schema):
    """A signature: when, which way, and how near the place it was."""

    way: Literal["in", "out"]
    at: datetime
    place: Literal["inside", "outside", "unclear", "withheld", "not_asked"]


class PracticeOut(Schema):
    """A session of practice as its learner sees it."""

    id: UUID
    lesson: UUID
    lesson_title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    asks_place: bool
    state: Literal["planned", "running", "over", "waiting", "returned", "confirmed", "cancelled"]
    signatures: list[SignatureOut]


class PlaceIn(Schema):
    """Where the device says that it is; the point is compared and not kept."""

    latitude: float = Field(..., ge=-90, le=90)
    longitude: float = Field(..., ge=-180, le=180)
    accuracy_m: int = Field(..., ge=0, le=100_000)


class SignatureIn(Schema):
    """The token of the picture or its six digits. Without a place the signature is taken, and left to the teacher."""

    way: Literal["in", "out"]
    code: str = Field(..., max_length=40)
    place: PlaceIn | None = None
