"""/live/{id}/room: the room of a live lesson: how it stands, what is said, who is there, and order in it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseNotModified
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import NonNegativeInt

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.rooms import (
    MemberOut,
    MembersOut,
    MessageIn,
    MessageOut,
    MutedIn,
    OwnOut,
    ReasonIn,
    RoomIn,
    RoomOut,
    RoomStateOut,
)
from lms.access.views import SignedInRequest
from lms.kernel.numbers import page_number
from lms.live import services
from lms.live.models import RoomMember
from lms.live.queries.activities import activity_state
from lms.live.queries.rooms import (
    head_counts,
    me_data,
    members_seen,
    message_data,
    reader_at,
    room_data,
    room_of,
    room_state,
    session_at_door,
    state_mark,
)
from lms.live.rules.rooms import RUNNING

router = Router()
PAGE_SIZE = 100


def member_out(member: RoomMember, *, is_present: bool) -> dict[str, Any]:
    """Return a member's fields."""
    same = ("called", "place", "is_muted")
    shown = {name: getattr(member, name) for name in same}
    since = {"is_invited": member.invited_at is not None, "is_removed": member.removed_at is not None}
    return shown | since | {"id": member.uid, "is_present": is_present}


@router.post("/live/{uuid:uid}/room/entry", response={200: OwnOut, **PROBLEMS}, summary="进入教室")
def enter_room(request: SignedInRequest, uid: UUID) -> Any:
    """Come into the room; again, nothing changes. Open to the lesson's teacher, assistants, learners and inspectors."""
    seat = services.enter_room(session=session_at_door(uid), actor=actor_of(request))
    return me_data(seat.place, seat.member)


@router.get("/live/{uuid:uid}/room", response={200: RoomStateOut, 304: None, **PROBLEMS}, summary="教室状态")
def room(request: SignedInRequest, response: HttpResponse, uid: UUID, since: NonNegativeInt = 0) -> Any:
    """Return how the room stands, with what is newer than `since`; 304 when the ETag still holds.

    Late joiners ask from 0, whoever missed news from the last version. Open to who may come in, also after the lesson.
    """
    seat = reader_at(actor_of(request), uid)
    held = room_of(seat.session)
    heads = head_counts([seat.session.pk])[seat.session.pk]
    mark = f'"{state_mark(held, seat, heads)}.{since}"'
    leads = seat.standing.leads  # what leaders see besides has no version
    if not leads and request.headers.get("If-None-Match") == mark:
        return HttpResponseNotModified(headers={"ETag": mark})
    response.headers["ETag"] = mark
    return room_state(held, seat, heads, since) | activity_state(seat.session, seat.member, since, leads=leads)


@router.patch("/live/{uuid:uid}/room", response={200: RoomOut, **PROBLEMS}, summary="全员禁言、关门、重点")
def set_room(request: SignedInRequest, uid: UUID, payload: RoomIn) -> Any:
    """Silence all learners, shut the door, or undo it; make slides or the picture large.

    Open to the lesson's teacher and assistants.
    """
    held = services.set_room(
        session=session_at_door(uid), is_quiet=payload.is_quiet, is_shut=payload.is_shut,
        emphasis=payload.emphasis, actor=actor_of(request),
    )  # fmt: skip
    return room_data(held)


@router.get("/live/{uuid:uid}/room/members", response={200: MembersOut, **PROBLEMS}, summary="教室成员")
def members(request: SignedInRequest, uid: UUID, cursor: str = "") -> Any:
    """Return a page of who is there, leaders first; to leaders also who left. Inspectors are in no list.

    Open to who may come in.
    """
    seat = reader_at(actor_of(request), uid)
    page = Paginator(members_seen(seat), PAGE_SIZE).get_page(page_number(cursor))
    return {
        "items": [member_out(one, is_present=one.is_present and seat.phase in RUNNING) for one in page.object_list],
        "next_cursor": str(page.next_page_number()) if page.has_next() else None,
    }


@router.post("/live/{uuid:uid}/room/messages", response={200: MessageOut, **PROBLEMS}, summary="发消息")
def say(request: SignedInRequest, uid: UUID, payload: MessageIn) -> Any:
    """Say something to the room. Open to its members, unless they are muted."""
    return message_data(
        services.say(session=session_at_door(uid), text=payload.text, key=payload.key, actor=actor_of(request))
    )


@router.post("/live/{uuid:uid}/room/voices", response={201: MessageOut, **PROBLEMS}, summary="发语音")
def speak(request: SignedInRequest, uid: UUID, file: File[UploadedFile], key: Form[str]) -> Any:
    """Say something by voice: WebM, MP4 or Ogg with Opus or AAC; a worker makes it playable, then `voice` has its address.

    Open to learners who were invited to speak. `key` as with messages.
    """
    return Status(
        201,
        message_data(
            services.speak(
                session=session_at_door(uid), file=file, size=file.size or 0, key=key, actor=actor_of(request)
            )
        ),
    )


@router.post("/live/{uuid:uid}/room/announcements", response={200: MessageOut, **PROBLEMS}, summary="发公告")
def announce(request: SignedInRequest, uid: UUID, payload: MessageIn) -> Any:
    """Announce something and pin it. Open to the lesson's teacher and assistants."""
    return message_data(
        services.announce(session=session_at_door(uid), text=payload.text, key=payload.key, actor=actor_of(request))
    )


@router.post(
    "/live/{uuid:uid}/room/messages/{uuid:message}/unpin", response={200: MessageOut, **PROBLEMS}, summary="取消置顶"
)
def unpin(request: SignedInRequest, uid: UUID, message: UUID) -> Any:
    """Take an announcement down from the top. Open to the lesson's teacher and assistants."""
    return message_data(services.unpin(session=session_at_door(uid), message=message, actor=actor_of(request)))


@router.post(
    "/live/{uuid:uid}/room/messages/{uuid:message}/deletion", response={200: MessageOut, **PROBLEMS}, summary="删除消息"
)
def delete_message(request: SignedInRequest, uid: UUID, message: UUID, payload: ReasonIn) -> Any:
    """Delete what somebody said, for a reason. Open to the lesson's teacher and assistants."""
    return message_data(
        services.delete_message(
            session=session_at_door(uid), message=message, reason=payload.reason, actor=actor_of(request)
        )
    )


@router.put("/live/{uuid:uid}/room/members/{uuid:member}/muted", response={200: MemberOut, **PROBLEMS}, summary="禁言")
def mute(request: SignedInRequest, uid: UUID, member: UUID, payload: MutedIn) -> Any:
    """Mute a learner, or let it talk again. Open to the lesson's teacher and assistants."""
    found = services.mute_member(
        session=session_at_door(uid), member=member, is_muted=payload.is_muted, actor=actor_of(request)
    )
    return member_out(found, is_present=True)


@router.post(
    "/live/{uuid:uid}/room/members/{uuid:member}/removal", response={200: MemberOut, **PROBLEMS}, summary="移出教室"
)
def remove(request: SignedInRequest, uid: UUID, member: UUID, payload: ReasonIn) -> Any:
    """Send a learner out, for a reason; it cannot come back in. Open to the lesson's teacher and assistants."""
    found = services.remove_member(
        session=session_at_door(uid), member=member, reason=payload.reason, actor=actor_of(request)
    )
    return member_out(found, is_present=False)


@router.post(
    "/live/{uuid:uid}/room/members/{uuid:member}/readmission",
    response={200: MemberOut, **PROBLEMS},
    summary="重新允许进入",
)
def readmit(request: SignedInRequest, uid: UUID, member: UUID) -> Any:
    """Let a learner in again who was sent out. Open to the lesson's teacher and assistants."""
    return member_out(
        services.readmit_member(session=session_at_door(uid), member=member, actor=actor_of(request)), is_present=False
    )
