"""/me: the account, its real name, password and devices."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ninja import Router
from ninja.responses import Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.people import (
    CardOut,
    ConsentTextOut,
    DeviceOut,
    IdentityIn,
    MeOut,
    MergedOut,
    PasswordIn,
    PasswordOut,
    PersonOut,
)
from lms.access.views import SignedInRequest
from lms.kernel.errors import NotFoundError
from lms.people import services
from lms.people.models import Person
from lms.people.queries import current_consent, devices_of, merged_documents
from lms.people.rules import mask_document, mask_name, mask_phone

router = Router()


def person_out(person: Person) -> PersonOut:
    """Return a person, masked."""
    number = mask_document(str(person.document_number or ""))
    return PersonOut(
        uid=person.uid,
        name=mask_name(person.name),
        document_number=number,
        assurance=person.assurance,
        merged=[MergedOut(**asdict(one)) for one in merged_documents(person)],
    )


@router.get("/me", response={200: MeOut, **PROBLEMS}, summary="当前账号")
def me(request: SignedInRequest) -> Any:
    """Return the account that calls. Open to everybody signed in."""
    user = request.user
    return MeOut(
        uid=user.uid,
        phone=mask_phone(user.phone_sealed) if user.phone_sealed else None,
        roles=sorted({grant.role for grant in actor_of(request).granted}),
        person=person_out(user.person) if user.person else None,
        must_change_password=user.must_change_password,
    )


@router.get("/me/identity/consent", response={200: ConsentTextOut, **PROBLEMS}, summary="实名告知书")
def consent_text(request: SignedInRequest) -> Any:
    """Return the text to agree to. Open to everybody signed in."""
    text = current_consent(services.REAL_NAME)
    if text is None:
        raise NotFoundError("告知书尚未发布，请稍后再试。")
    return text


@router.put("/me/identity", response={200: PersonOut, **PROBLEMS}, summary="实名登记")
def identity(request: SignedInRequest, payload: IdentityIn) -> Any:
    """Give the account its legal person. Open to everybody signed in, for oneself."""
    person = services.register_person(user=request.user, actor=actor_of(request), **payload.model_dump())
    return person_out(person)


PICTURE = {"schema": {"type": "string", "format": "binary"}}
PHOTO: dict[str, Any] = {
    "requestBody": {"required": True, "content": dict.fromkeys(("image/jpeg", "image/png", "image/webp"), PICTURE)}
}


@router.post(
    "/me/identity/photo", response={200: CardOut, **PROBLEMS}, summary="身份证照片识别（填表用）", openapi_extra=PHOTO
)
def identity_photo(request: SignedInRequest) -> Any:
    """Read a picture of an ID card, to fill the form in. Open to everybody signed in, for oneself; nothing is stored.

    The body is the picture itself, 15 MB at most. Check and correct what comes back, then PUT it to /me/identity.
    """
    picture = request.read(services.MOST_PHOTO_BYTES + 1)
    facts = services.read_identity_card(user=request.user, picture=picture, actor=actor_of(request))
    return CardOut(**asdict(facts))


@router.post("/me/password", response={200: PasswordOut, **PROBLEMS}, summary="用验证码设置新密码")
def set_password(request: SignedInRequest, payload: PasswordIn) -> Any:
    """Set a password. Open to everybody who signed in by code within five minutes: allauth resets by e-mail only."""
    services.set_password_by_code(request, payload.password)
    return PasswordOut(session_token=request.session.session_key if "X-Session-Token" in request.headers else None)


@router.get("/me/devices", response={200: list[DeviceOut], **PROBLEMS}, summary="已登录的设备")
def devices(request: SignedInRequest) -> Any:
    """Return where the account is signed in. Open to everybody signed in, for oneself."""
    return devices_of(request)


@router.delete("/me/devices/{device_id}", response={204: None, **PROBLEMS}, summary="让一台设备退出登录")
def end_device(request: SignedInRequest, device_id: int) -> Any:
    """Sign a device out. Open to everybody signed in, for oneself."""
    services.end_device(user=request.user, device_id=device_id)
    return Status(204, None)
