"""Typed captions: who teaches writes what is said, line by line, for who cannot hear it (字幕)."""

from __future__ import annotations

from django.db import transaction

from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.live.models import LiveSession, RoomCaption
from lms.live.queries.captions import caption_data
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
    words = checked_words(text, terms_on(clock.today())).replace("\n", " ")
    if problem := line_problem(words):
        raise InvalidError(problem, fields={"text": problem}, code="text_too_long")
    made = RoomCaption.objects.create(
        session=session, member=member, text=words, request_key=key, version=bump(room)
    )  # fmt: skip
    tell(room, "caption", caption_data(made))
    return made
