"""Slides: a PDF is taken and made to page images by a worker; pages are turned and pointed at in step with the room."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.kernel.jobs import RunningJob, enqueue_on_commit, settle_stopped
from lms.kernel.realtime import publish_on_commit
from lms.live.gateways.slides import SlidesRefusedError, draw_page, page_count, words_of
from lms.live.models import LiveSession, PageTurn, Room, SlideDeck
from lms.live.queries.rooms import preparer_at, room_group, room_of, terms_on
from lms.live.queries.slides import FOLDER, GONE, STORE, deck_in, decks_of, page_path, slide_data
from lms.live.rules.rooms import Deed, Phase, Stop
from lms.live.rules.slides import HEAD, pages_problem, spot_of, tidy_text, turn_problem, upload_problem
from lms.live.services.rooms import begin_deed, bump, check_deed, lock_room, refusal, tell

MOST_DECKS = 20
STOPPED = "平台转换课件时出错。请移除后重新上传；如仍失败，请联系平台客服。"
State = SlideDeck.State


def upload_slides(*, session: LiveSession, name: str, file: File[bytes], size: int, actor: Actor) -> SlideDeck:
    """Take a PDF of who teaches, to be shown page by page (上传课件). Raises InvalidError at `file`, ConflictError."""
    check_preparing(session, actor)
    problem = upload_problem(size, file.read(HEAD), megabytes=terms_on(clock.today()).slide_megabytes)
    if problem:
        raise InvalidError(problem, fields={"file": problem})
    file.seek(0)
    deck = SlideDeck(session=session, name=Path(name).stem[:100] or "课件", by_id=actor.user_id)
    deck.source_path = storages[STORE].save(f"{FOLDER}/{deck.uid.hex}/source.pdf", file)
    try:
        return kept(deck, size, actor)
    except BaseException:
        storages[STORE].delete(deck.source_path)
        raise


def check_preparing(session: LiveSession, actor: Actor) -> None:
    """Raise unless somebody leads the lesson and it is not over: slides are laid ready also before its door opens (备课)."""
    if preparer_at(actor, session.uid).phase == Phase.ENDED:
        raise refusal(Stop.ENDED)


def begin_preparing(session: LiveSession, actor: Actor) -> Room:
    """Return the locked room of a lesson that somebody may prepare: what is checked stays so until the deed is done."""
    room = lock_room(session)
    check_preparing(session, actor)
    return room


@transaction.atomic
def kept(deck: SlideDeck, size: int, actor: Actor) -> SlideDeck:
    """Keep a stored PDF and have it drawn."""
    room = begin_preparing(deck.session, actor)
    others = decks_of(deck.session)
    if others.count() >= MOST_DECKS:
        raise ConflictError(f"一次直播课最多{MOST_DECKS}份课件，请先移除不用的。", code="too_many_decks")
    last = others.last()
    deck.position = last.position + 1 if last else 0
    deck.job = enqueue_on_commit("lms.live.tasks.draw_slides", owner_id=actor.user_id, deck_uid=str(deck.uid))
    deck.save()
    record(actor, "live.slides_uploaded", room.session, deck=str(deck.uid), size=size)
    return deck


def run_drawing(job: RunningJob, deck: SlideDeck) -> dict[str, Any]:
    """Draw the pages of slides (转换课件). Doing it again begins anew."""
    if deck.state == State.READY:
        return {}
    try:
        with tempfile.TemporaryDirectory(prefix="slides-") as folder:
            texts = drawn(job, deck, Path(folder))
    except SlidesRefusedError as refusal:
        mark(deck, state=State.REFUSED, error=refusal.message[:300])
        raise
    mark(deck, state=State.READY, error="", page_count=len(texts), texts=texts)
    return {"pages": len(texts)}


def drawn(job: RunningJob, deck: SlideDeck, folder: Path) -> list[str]:
    """Keep a picture of each page and return the words of all. Raises SlidesRefusedError."""
    source = folder / "source.pdf"
    with storages[STORE].open(deck.source_path) as held, source.open("wb") as copy:
        shutil.copyfileobj(held, copy, 1 << 20)
    pages = page_count(source)
    if problem := pages_problem(pages, most=terms_on(clock.today()).slide_pages):
        raise SlidesRefusedError(problem)
    texts = []
    for page in range(1, pages + 1):
        keep(draw_page(source, page, folder), page_path(deck.uid, page))
        texts.append(tidy_text(words_of(source, page)))
        job.progress(page * 100 // pages)  # raises when another worker took over
    return texts


def keep(picture: Path, path: str) -> None:
    """Store a page's picture under its own name, also when a worker that died stored it before."""
    storages[STORE].delete(path)
    with picture.open("rb") as handle:
        storages[STORE].save(path, File(handle))
    picture.unlink()


def mark(deck: SlideDeck, **facts: Any) -> None:
    """Note how far it is."""
    SlideDeck.objects.filter(pk=deck.pk).update(**facts)


def settle_stopped_slides(moment: datetime) -> int:
    """Note which slides nobody draws any more. Returns how many."""
    waiting = SlideDeck.objects.filter(state=State.WAITING)
    return settle_stopped(waiting, moment, state=State.REFUSED, error=STOPPED)


@transaction.atomic
def turn_page(*, session: LiveSession, deck: UUID | None, page: int, actor: Actor) -> Room:
    """Show a page to the class (翻页), or with no deck none any more. The page that is shown already changes nothing.

    Raises NotFoundError, InvalidError at `page`, ConflictError while slides are not ready.
    """
    room, _ = begin_deed(session, actor, Deed.LEAD)
    wanted = deck_in(session, deck) if deck else None
    if wanted is not None:
        check_page(wanted, page)
    shown = page if wanted else None
    if (room.deck_id, room.page) != (wanted.pk if wanted else None, shown):
        room.deck, room.page, room.spot = wanted, shown, None
        version = bump(room, "deck", "page", "spot")
        PageTurn.objects.create(session=session, deck=wanted, page=shown, by_id=actor.user_id, version=version)
        tell(room, "slide", {"slide": slide_data(room)})
    return room


def check_page(deck: SlideDeck, page: int) -> None:
    """Raise unless there is such a page and it can be shown."""
    if deck.state != State.READY:
        raise ConflictError("这份课件还没有转换好，或不能使用。请等待转换完成。", code="deck_not_ready")
    if problem := turn_problem(page, deck.page_count):
        raise InvalidError(problem, fields={"page": problem})


@transaction.atomic
def remove_slides(*, session: LiveSession, deck: UUID, actor: Actor) -> None:
    """Take slides away (移除课件); a page of them is shown no more. What was shown stays for the replay."""
    room, found = begin_preparing(session, actor), deck_in(session, deck)
    if room.deck_id == found.pk:
        turn_page(session=session, deck=None, page=0, actor=actor)
    mark(found, removed_at=clock.now())
    record(actor, "live.slides_removed", session, deck=str(found.uid))


@transaction.atomic
def order_slides(*, session: LiveSession, decks: Sequence[UUID], actor: Actor) -> None:
    """Put slides into an order (课件排序); what is not named comes after. Raises NotFoundError."""
    begin_preparing(session, actor)
    rank, held = {uid: place for place, uid in enumerate(decks)}, list(decks_of(session))
    if rank.keys() - {one.uid for one in held}:
        raise NotFoundError(GONE, code="deck_not_found")
    for place, one in enumerate(sorted(held, key=lambda one: rank.get(one.uid, len(rank)))):
        one.position = place
    SlideDeck.objects.bulk_update(held, ["position"])


@transaction.atomic
def point(*, session: LiveSession, spot: tuple[int, int] | None, actor: Actor) -> Room:
    """Point at a place on the page that is shown, or no more (激光笔). News without a version: the next one replaces it."""
    check_deed(session, actor, Deed.LEAD)
    place = list(spot_of(*spot)) if spot else None
    room = room_of(session)
    if Room.objects.filter(session=session, page__isnull=False).update(spot=place):
        room.spot = place
        text = json.dumps({"type": "spot", "page": room.page, "spot": place})
        publish_on_commit(room_group(session.uid), {"type": "room.news", "text": text})
    return room
