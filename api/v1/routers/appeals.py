"""/me/appeals: appeals of withheld time, the same deeds and sentences as the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import File, Form, Header, Router, Status
from ninja.files import UploadedFile

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.learning import AppealOut, StretchOut
from lms.access.views import SignedInRequest
from lms.appeals.models import HoursAppeal
from lms.appeals.queries.records import Stretch, appeals_of, own_appeal, own_withheld
from lms.appeals.queries.telling import own_appeal_line
from lms.appeals.rules import Upload
from lms.appeals.services import file_appeal, withdraw_appeal

router = Router()


def appeal_out(appeal: HoursAppeal) -> AppealOut:
    """Return an appeal's fields; its relations and steps are loaded."""
    line = own_appeal_line(appeal)
    return AppealOut(
        uid=appeal.uid,
        number=appeal.number,
        entry=appeal.entry.uid,
        enrolment=appeal.enrolment.uid,
        state=appeal.state,
        about=line.about,
        reason=line.words,
        has_file=line.has_file,
        filed_at=appeal.filed_at,
        result=line.result,
        opinion=line.opinion,
        restored_seconds=line.restored_ms // 1000,
        may_withdraw=line.may_withdraw,
    )


def stretch_out(stretch: Stretch) -> StretchOut:
    """Return what may be said against withheld time."""
    return StretchOut(
        entry=stretch.entry.uid,
        may_appeal=stretch.may_appeal,
        until=stretch.until,
        note=stretch.note,
        appeal=appeal_out(stretch.appeal) if stretch.appeal else None,
    )


@router.get("/me/appeals", response={200: list[AppealOut], **PROBLEMS}, summary="我的学时申诉")
def appeals(request: SignedInRequest) -> Any:
    """Return one's own appeals of withheld time, newest first. Open to everybody signed in, for oneself."""
    return [appeal_out(one) for one in appeals_of(actor_of(request))]


@router.post("/me/hours/{uuid:uid}/appeal", response={201: AppealOut, **PROBLEMS}, summary="提出学时申诉")
def appeal(
    request: SignedInRequest,
    uid: UUID,
    reason: Form[str],
    file: File[UploadedFile | None] = None,
    idempotency_key: str = Header(..., alias="Idempotency-Key"),  # type: ignore[type-arg]
) -> Any:
    """Appeal withheld time, once. Open to the learner whose time it is; the same key again gives the same appeal.

    A form: `reason`, and perhaps `file` (PDF, PNG or JPG, at most 10 MB).
    """
    actor = actor_of(request)
    upload = Upload(file.name or "", file.read()) if file else None
    made = file_appeal(entry=own_withheld(actor, uid), reason=reason, key=idempotency_key, upload=upload, actor=actor)
    return Status(201, appeal_out(own_appeal(actor, made.uid)))


@router.post("/me/appeals/{uuid:uid}/withdraw", response={200: AppealOut, **PROBLEMS}, summary="撤回学时申诉")
def withdraw(request: SignedInRequest, uid: UUID) -> Any:
    """Take an appeal back while it is undecided. Open to the learner whose it is; again changes nothing."""
    actor = actor_of(request)
    withdraw_appeal(appeal=own_appeal(actor, uid), actor=actor)
    return appeal_out(own_appeal(actor, uid))
