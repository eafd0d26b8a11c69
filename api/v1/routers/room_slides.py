"""/live/{id}/room: slides that who teaches shows page by page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import File, Router, Status
from ninja.files import UploadedFile

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.room_slides import DeckOut, OrderIn, PageTurnOut, SpotIn, TurnIn, TurnOut
from lms.access.views import SignedInRequest
from lms.live import services
from lms.live.models import LiveSession, Room
from lms.live.queries.rooms import preparer_at, reader_at, session_at_door
from lms.live.queries.slides import deck_data, decks_of, slide_data, turn_data, turns_of

router = Router()
ROOM = "/live/{uuid:uid}/room"


def turn_out(room: Room) -> dict[str, Any]:
    """Return the page that is shown."""
    return {"version": room.version, "slide": slide_data(room)}


def decks_out(session: LiveSession) -> list[dict[str, Any]]:
    """Return a lesson's slides."""
    return [deck_data(one) for one in decks_of(session).select_related("job")]


@router.get(f"{ROOM}/decks", response={200: list[DeckOut], **PROBLEMS}, summary="课件列表")
def decks(request: SignedInRequest, uid: UUID) -> Any:
    """Return the lesson's slides in their order. Open to the lesson's teacher and assistants, also before and after it."""
    return decks_out(preparer_at(actor_of(request), uid).session)


@router.post(f"{ROOM}/decks", response={201: DeckOut, **PROBLEMS}, summary="上传课件")
def upload(request: SignedInRequest, uid: UUID, file: File[UploadedFile]) -> Any:
    """Take a PDF as slides; a worker draws its pages. Open to the lesson's teacher and assistants until it is over."""
    made = services.upload_slides(
        session=session_at_door(uid), name=file.name or "", file=file, size=file.size or 0, actor=actor_of(request)
    )
    return Status(201, deck_data(made))


@router.put(f"{ROOM}/decks/order", response={200: list[DeckOut], **PROBLEMS}, summary="课件排序")
def order(request: SignedInRequest, uid: UUID, payload: OrderIn) -> Any:
    """Put slides into an order. Open to the lesson's teacher and assistants until it is over."""
    session = session_at_door(uid)
    services.order_slides(session=session, decks=payload.decks, actor=actor_of(request))
    return decks_out(session)


@router.delete(f"{ROOM}/decks/{{uuid:deck}}", response={204: None, **PROBLEMS}, summary="移除课件")
def remove(request: SignedInRequest, uid: UUID, deck: UUID) -> Any:
    """Take slides away; a page of them is shown no more. Open to the lesson's teacher and assistants."""
    services.remove_slides(session=session_at_door(uid), deck=deck, actor=actor_of(request))
    return Status(204, None)


@router.put(f"{ROOM}/slide", response={200: TurnOut, **PROBLEMS}, summary="翻页")
def turn(request: SignedInRequest, uid: UUID, payload: TurnIn) -> Any:
    """Show a page to everybody, or with no deck none any more. Open to the lesson's teacher and assistants."""
    return turn_out(
        services.turn_page(session=session_at_door(uid), deck=payload.deck, page=payload.page, actor=actor_of(request))
    )


@router.put(f"{ROOM}/slide/spot", response={200: TurnOut, **PROBLEMS}, summary="激光笔")
def point(request: SignedInRequest, uid: UUID, payload: SpotIn) -> Any:
    """Point at a place on the page, or stop; it has no version, the next one replaces it.

    Open to the lesson's teacher and assistants.
    """
    return turn_out(services.point(session=session_at_door(uid), spot=payload.spot, actor=actor_of(request)))


@router.get(f"{ROOM}/slides", response={200: list[PageTurnOut], **PROBLEMS}, summary="翻页记录")
def turns(request: SignedInRequest, uid: UUID) -> Any:
    """Return which page was shown from when on, in order. Open to who may come in, also after the lesson."""
    return [turn_data(one) for one in turns_of(reader_at(actor_of(request), uid).session)]
