"""A picture that was sent, and what the gateway says of it."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from lms.access.rules import Actor
from lms.faces.gateways.contract import FacesDownError, PictureError, gateway
from lms.faces.models import FaceReference
from lms.faces.queries import is_repeated
from lms.faces.rules import Asked, FaceTerms
from lms.kernel.errors import ConflictError
from lms.kernel.models import SealedFile
from lms.kernel.vault import put_file
from lms.people.models import Person

OTHER_WAY = "不使用人脸核验的，可联系培训机构或区办进行人工核验。"


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture that was sent: what for, how it was taken (采集的照片)."""

    content: bytes
    purpose: str
    capture: str
    session_uid: UUID | None = None

    @property
    def digest(self) -> str:
        """Return the picture's SHA-256."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """What the gateway said of a picture: a template and perhaps a score, or why it cannot be used.

    `asked`: what a provider said of it, where one is asked.
    """

    model_id: str
    template: bytes = b""
    score: float | None = None
    refusal: PictureError | None = None
    asked: Asked | None = None


def read(shot: Shot, terms: FaceTerms, reference: FaceReference | None, person: Person) -> Reading:
    """Return what the gateway says of a picture. Raises FacesDownError. Outside any transaction: it takes its time."""
    engine = gateway()
    if is_repeated(person, shot.digest):
        again = PictureError("这张照片已经使用过，请用摄像头重新拍摄。", code="picture_repeated")
        return Reading(engine.model_id, refusal=again)
    if reference is not None and reference.model_id != engine.model_id:
        raise ConflictError("比对模型已更换，请撤回同意后重新登记参考照片。", code="reference_outdated")
    try:
        template = engine.portrait(shot.content, terms).template
        score = None if reference is None else engine.similarity(b64decode(str(reference.template)), template)
    except PictureError as error:
        return Reading(engine.model_id, refusal=error)
    except OSError as error:
        raise FacesDownError("人脸核验服务暂时不可用，本次没有记录，请稍后再试。" + OTHER_WAY) from error
    return Reading(engine.model_id, template, score)


def sealed(shot: Shot, life: timedelta, actor: Actor) -> SealedFile:
    """Keep a picture encrypted for as long as the policy says."""
    purpose = f"人脸核验：{shot.purpose}"
    return put_file(name=shot.digest, content=shot.content, purpose=purpose, owner_id=actor.user_id, kept=life)
