"""What every way of comparing faces offers, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lms.faces.rules import FaceTerms
from lms.kernel.errors import DomainError, InvalidError


class PictureError(InvalidError):
    """A picture cannot be used (照片不可用); its sentence says what to do."""

    code = "picture_unusable"


class FacesDownError(DomainError):
    """Nobody can compare faces now (人脸核验服务不可用); nothing is held against the person."""

    code = "faces_down"
    status = 503


@dataclass(frozen=True, slots=True)
class Portrait:
    """One face of one picture. `turn`: see rules.nose_turn; `share`: the face's width in that of the picture."""

    template: bytes
    turn: float
    share: float


class IdentityGateway(Protocol):
    """Reads faces and compares them. `model_id` is stored with every score: scores of two models do not compare."""

    model_id: str

    def portrait(self, picture: bytes, terms: FaceTerms) -> Portrait:
        """Return the one face of a picture. Raises PictureError."""

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return how alike two templates are, at most 1."""


def gateway() -> IdentityGateway:
    """Return the gateway of the settings."""
    made: IdentityGateway = import_string(settings.FACES["gateway"])()
    return made
