"""Typed captions: who teaches writes what is said, line by line, for who cannot hear it (字幕)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.live.models import LiveSession, Room, RoomCaption
from lms.live.queries.captions import caption_data, caption_in
from lms.live.queries.rooms import terms_on
from lms.live.rules.captions import line_problem
from lms.live.rules.rooms import Deed
from lms.live.services.rooms import begin_deed, bump, tell
from lms.live.services.talking import checked_key, checked_words


@transaction.atomic
def caption(*, session: LiveSession, text: str, key: str, actor: Actor) -> RoomCaption:
    """Write a line under the picture (打字幕), with the server's time. The same key again is the same line."""
    room, member = begin_deed(session, actor, Deed.LEAD)
    known = RoomCaption.objects.filter(member=member, request_key=checked_key(key)).first()
    if known is not None:
        return known
    made = RoomCaption.objects.create(
        session=session, member=member, text=checked_line(text), request_key=key, version=bump(room)
    )
    tell(room, "caption", caption_data(made))
    return made


@transaction.atomic
def correct_caption(*, session: LiveSession, caption: UUID, text: str, actor: Actor) -> RoomCaption:
    """Write a line anew (修改字幕); it keeps its time. Raises NotFoundError for one that was taken back, and as caption does."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    found, words = caption_in(session, caption), checked_line(text)
    return found if found.text == words else changed(room, found, text=words)


@transaction.atomic
def withdraw_caption(*, session: LiveSession, caption: UUID, actor: Actor) -> RoomCaption:
    """Take a line back (撤回字幕): it stands under no picture any more, and in no replay."""
    room, _ = begin_deed(session, actor, Deed.LEAD)
    return changed(room, caption_in(session, caption), removed_at=clock.now())


def checked_line(text: str) -> str:
    """Return a line as it is shown. Raises InvalidError."""
    words = checked_words(text, terms_on(clock.today())).replace("\n", " ")
    if problem := line_problem(words):
        raise InvalidError(problem, fields={"text": problem}, code="text_too_long")
    return words


def changed(room: Room, caption: RoomCaption, **facts: Any) -> RoomCaption:
    """Save a change of a line as a change of the room, and tell everybody."""
    for name, value in facts.items():
        setattr(caption, name, value)
    caption.version = bump(room)
    caption.save(update_fields=["version", *facts])
    tell(room, "caption", caption_data(caption))
    return caption
