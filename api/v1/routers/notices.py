"""/me/notices: what one was told, and that one has read it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.paging import rows_at
from api.v1.schemas.notices import NoticeOut, NoticesOut
from lms.access.views import SignedInRequest
from lms.notifications.models import Notice
from lms.notifications.queries import notices_of, own_notice, unread_count
from lms.notifications.services import mark_all_read, mark_read

router = Router()
PAGE_SIZE = 20


def notice_out(notice: Notice) -> dict[str, Any]:
    """Return a notice's fields."""
    same = ("kind", "subject", "title", "text", "at", "read_at")
    shown = {name: getattr(notice, name) for name in same}
    return shown | {"id": notice.uid, "kind_name": notice.get_kind_display()}


@router.get("/me/notices", response={200: NoticesOut, **PROBLEMS}, summary="我的消息")
def my_notices(request: SignedInRequest, unread: bool = False, cursor: str = "") -> Any:
    """Return a page of what one was told, the newest first; with `unread`, what is new. Open to everybody signed in."""
    actor = actor_of(request)
    page = rows_at(notices_of(actor, unread=unread), cursor, PAGE_SIZE)
    return {
        "items": [notice_out(one) for one in page.rows],
        "unread": unread_count(actor),
        "next_cursor": page.next_cursor,
    }


@router.post("/me/notices/read", response={200: NoticesOut, **PROBLEMS}, summary="全部标为已读")
def read_all(request: SignedInRequest) -> Any:
    """Note that all was read, and return the first page. Open to everybody signed in."""
    mark_all_read(actor=actor_of(request))
    return my_notices(request)


@router.post("/me/notices/{uuid:uid}/read", response={200: NoticeOut, **PROBLEMS}, summary="标为已读")
def read_one(request: SignedInRequest, uid: UUID) -> Any:
    """Note that a notice was read; told again, it stays as it is. Open to whom it was told."""
    actor = actor_of(request)
    return notice_out(own_notice(actor, mark_read(notice=uid, actor=actor).uid))
