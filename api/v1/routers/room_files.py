"""/live/{id}/room: documents of the institution that who teaches shares."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from ninja import Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.room_files import DocumentPageOut, FileIn, FileKeptIn, RoomFileOut
from lms.access.views import SignedInRequest
from lms.kernel.numbers import page_number
from lms.live import services
from lms.live.queries.files import document_data, documents_for, file_data
from lms.live.queries.rooms import preparer_at, session_at_door

router = Router()
ROOM = "/live/{uuid:uid}/room"
PAGE_SIZE = 20


@router.get(f"{ROOM}/documents", response={200: DocumentPageOut, **PROBLEMS}, summary="可分享的文件")
def documents(request: SignedInRequest, uid: UUID, q: str = "", cursor: str = "") -> Any:
    """Return documents of the institution, newest first. Open to the lesson's teacher and assistants."""
    found = documents_for(preparer_at(actor_of(request), uid).session, q)
    page = Paginator(found, PAGE_SIZE).get_page(page_number(cursor))
    return {
        "items": [document_data(one) for one in page.object_list],
        "next_cursor": str(page.next_page_number()) if page.has_next() else None,
    }


@router.post(f"{ROOM}/files", response={200: RoomFileOut, **PROBLEMS}, summary="分享资料")
def share(request: SignedInRequest, uid: UUID, payload: FileIn) -> Any:
    """Give a document to the room; its members download it by the address of documents.

    Open to the lesson's teacher and assistants, also before and after it.
    """
    return file_data(
        services.share_file(
            session=session_at_door(uid), document=payload.document, in_replay=payload.in_replay,
            actor=actor_of(request),
        )
    )  # fmt: skip


@router.patch(f"{ROOM}/files/{{uuid:file}}", response={200: RoomFileOut, **PROBLEMS}, summary="回放也可下载")
def keep(request: SignedInRequest, uid: UUID, file: UUID, payload: FileKeptIn) -> Any:
    """Say whether the replay offers a file, too. Open to the lesson's teacher and assistants, also before and after it."""
    return file_data(
        services.keep_file(
            session=session_at_door(uid), file=file, in_replay=payload.in_replay, actor=actor_of(request)
        )
    )


@router.delete(f"{ROOM}/files/{{uuid:file}}", response={204: None, **PROBLEMS}, summary="撤下资料")
def withdraw(request: SignedInRequest, uid: UUID, file: UUID) -> Any:
    """Take a file back. Open to the lesson's teacher and assistants, and to who plans it."""
    services.withdraw_file(session=session_at_door(uid), file=file, actor=actor_of(request))
    return Status(204, None)
