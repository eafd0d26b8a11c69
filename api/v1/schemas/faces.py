"""Face checks in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from api.v1.schemas.study import AnswerOut

Capture = Literal["camera", "file"]


class FaceStateOut(Schema):
    """How one stands with face checks."""

    consented: bool
    enrolled_until: datetime | None = Field(description="the reference face holds until then; null: none is enrolled")
    exempt_until: datetime | None = Field(description="another way was granted until then")
    exemption: Literal["waits", "granted", "refused"] | None = Field(description="the newest request for another way")
    can_check: bool
    tries_left: int = Field(description="in this hour")
    provider: str | None = Field(None, description="who is asked when a photo is enrolled, with provider_consent")


class FaceAskIn(Schema):
    """Ask for the moves. `file`: photographs taken outside of the page, which proves less and not every class accepts."""

    capture: Capture


class MoveOut(Schema):
    """A move, in order; the first picture looks straight, before any move."""

    move: str = Field(description="left | right | centre | closer")
    sentence: str


class FaceChallengeOut(Schema):
    """Moves to be made once. Take a picture looking straight, then one of each move."""

    id: UUID
    moves: list[MoveOut]
    seconds: int = Field(description="from this answer to the last picture")
    pictures: int


class FaceResultOut(Schema):
    """How an act ended. `code` and `detail`: what to do where it did not pass."""

    outcome: str = Field(description="passed | unclear | failed | refused")
    code: str
    detail: str
    roll: Literal["answered"] | None = Field(None, description="the roll-call of a live lesson was answered by it")
    check: AnswerOut | None = Field(None, description="how the presence check ended, once that is settled")
    appeal_days: int | None = Field(
        None,
        description="the check was lost: for so long what it withheld may be appealed; null: nothing was lost, or never",
    )


class ExemptionIn(Schema):
    """Ask for another way than the face."""

    reason: Literal["no_camera", "disability", "no_consent"]
    words: str = Field(max_length=200)


class ExemptionOut(Schema):
    """A request for another way."""

    id: UUID
    reason: str
    asked_at: datetime


class FaceConsentIn(Schema):
    """Agree to a version of the text."""

    version: str = Field(max_length=20)


class FaceEnrolmentOut(Schema):
    """How an enrolment ended. `code` and `detail`: why the photo is not held, and what to do."""

    held: bool
    outcome: str = Field(description="passed | unclear (held, and people look at it) | failed | refused")
    code: str
    detail: str
    enrolled_until: datetime | None = Field(description="of the photo that is held now")
