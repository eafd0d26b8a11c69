"""One's own face: the separate consent, the photo that others are held against."""

from __future__ import annotations

from typing import Any, Literal

from ninja import File, Form, Router
from ninja.files import UploadedFile

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.routers.faces import face_state, own_person
from api.v1.schemas.faces import FaceConsentIn, FaceEnrolmentOut, FaceStateOut
from api.v1.schemas.people import ConsentTextOut
from lms.access.views import SignedInRequest
from lms.faces import services
from lms.faces.queries import face_text
from lms.kernel.errors import NotFoundError

router = Router()


@router.get("/me/face/consent", response={200: ConsentTextOut, **PROBLEMS}, summary="人脸信息处理告知书")
def consent_text(request: SignedInRequest) -> Any:
    """Return the text of the separate consent. Open to everybody signed in."""
    text = face_text()
    if text is None:
        raise NotFoundError("告知书尚未发布，现在不会要求您做人脸核验。", code="consent_text_missing")
    return text


@router.post("/me/face/consent", response={200: FaceStateOut, **PROBLEMS}, summary="同意人脸核验")
def give_consent(request: SignedInRequest, payload: FaceConsentIn) -> Any:
    """Agree, on its own and of one's own will; refusing costs nothing. Open to everybody with a real name."""
    services.give_consent(person=own_person(request), version=payload.version, actor=actor_of(request))
    return face_state(request)


@router.delete("/me/face/consent", response={200: FaceStateOut, **PROBLEMS}, summary="撤回同意")
def withdraw_consent(request: SignedInRequest) -> Any:
    """Take the consent back: pictures and template are erased at once. Open to everybody with a real name."""
    services.withdraw_consent(person=own_person(request), actor=actor_of(request))
    return face_state(request)


@router.post("/me/face/photo", response={200: FaceEnrolmentOut, **PROBLEMS}, summary="登记或更换参考照片")
def enrol(
    request: SignedInRequest,
    photo: File[UploadedFile],
    capture: Form[Literal["camera", "file"]],
    reason: Form[str] = "",
    card: File[UploadedFile | None] = None,
    provider_consent: Form[bool] = False,
) -> Any:
    """Keep a photo as what later ones are held against. Open to everybody with a real name.

    `photo`: JPEG, at most 640 px; `card`: the front of one's own ID card, compared and dropped; `reason`: replaces the photo
    that is held, by one of the same person; `provider_consent`: name, number and photo may be sent to the provider that
    `GET /me/face` names; without it people of the office look.
    """
    person, actor = own_person(request), actor_of(request)
    shot = services.Shot(photo.read(), "enrol", capture)
    if reason.strip():
        made = services.replace_reference(person=person, shot=shot, reason=reason, actor=actor)
    else:
        made = services.enrol(
            person=person, shot=shot, actor=actor, card=card.read() if card else None, may_ask=provider_consent
        )
    problem, held = made.problem, made.check.reference
    return FaceEnrolmentOut(
        held=made.is_held,
        outcome=made.check.outcome,
        code=problem.code if problem else "",
        detail=problem.sentence if problem else made.notice,
        enrolled_until=held.expires_at if held else None,
    )
