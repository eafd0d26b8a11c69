"""Slides of a live lesson, as who is in the room sees them (课件、翻页)."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from courses.stores.files import StoredFile, find
from lms.kernel.errors import NotFoundError
from lms.live.models import LiveSession, PageTurn, Room, SlideDeck

FOLDER = "live-slides"
STORE = "private"
GONE = "没有找到这份课件，可能已移除。请刷新页面后再试。"


def page_path(deck: UUID, page: int) -> str:
    """Return where a page's picture is kept."""
    return f"{FOLDER}/{deck.hex}/{page}.jpg"


def page_url(session: UUID, deck: UUID | str, page: int) -> str:
    """Return where a page's picture is seen."""
    return f"/live/{session}/slides/{deck}/{page}.jpg"


def decks_of(session: LiveSession) -> QuerySet[SlideDeck]:
    """Return a lesson's slides that were not removed, in their order (课件)."""
    return SlideDeck.objects.filter(session=session, removed_at=None).order_by("position", "at", "pk")


def deck_in(session: LiveSession, uid: UUID) -> SlideDeck:
    """Return slides of a lesson. Raises NotFoundError."""
    found = decks_of(session).filter(uid=uid).first()
    if found is None:
        raise NotFoundError(GONE, code="deck_not_found")
    return found


def page_file(session: LiveSession, uid: UUID, page: int) -> StoredFile:
    """Return the picture of a page; of removed slides too, for who still looks at it. Raises NotFoundError."""
    found = SlideDeck.objects.filter(session=session, uid=uid, state=SlideDeck.State.READY).first()
    if found is None or not 1 <= page <= found.page_count:
        raise NotFoundError(GONE, code="deck_not_found")
    return find(STORE, page_path(found.uid, page))


def deck_data(deck: SlideDeck) -> dict[str, Any]:
    """Return slides as who teaches sees them."""
    return {
        "id": str(deck.uid),
        "name": deck.name,
        "state": deck.state,
        "error": deck.error,
        "page_count": deck.page_count,
        "percent": deck.job.progress_percent if deck.job and deck.state == SlideDeck.State.WAITING else 0,
    }


def slide_data(room: Room) -> dict[str, Any] | None:
    """Return the page that is shown, with its words; nothing while none is (正在展示的页)."""
    if room.deck is None or room.page is None:
        return None
    texts = room.deck.texts
    return {
        "deck": str(room.deck.uid),
        "name": room.deck.name,
        "page": room.page,
        "page_count": room.deck.page_count,
        "text": texts[room.page - 1] if room.page <= len(texts) else "",
        "spot": room.spot,
    }


def turns_of(session: LiveSession) -> QuerySet[PageTurn]:
    """Return which page was shown from when on, in order (翻页记录)."""
    return PageTurn.objects.filter(session=session).select_related("deck").order_by("at", "pk")


def turn_data(turn: PageTurn) -> dict[str, Any]:
    """Return a page turn as replays read it."""
    return {
        "deck": str(turn.deck.uid) if turn.deck else None,
        "page": turn.page,
        "at": turn.at.astimezone(UTC).isoformat(),
    }
