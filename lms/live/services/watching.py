"""Watching by WebRTC: who may, how many at once, and for how long. Whoever finds no place watches the usual way."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import cache

from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, NotFoundError
from lms.live.gateways import janus
from lms.live.gateways.janus import JanusRefusedError
from lms.live.queries.playing import direct_feed
from lms.live.queries.relaying import check_player, granted
from lms.live.rules.grants import Action, Grant, stream_named
from lms.live.rules.whip import Line, line_of
from lms.live.services.whip import reached

SALT = "live.watch"
PLACES = "live.watching"
PLACE_MS = 60_000  # as long as Janus keeps a line that nobody keeps alive
AWAY = "低延迟画面暂时连不上，请看普通画面。"
GONE = "低延迟画面已断开，正在改用普通画面。"


@dataclass(frozen=True, slots=True)
class Seen:
    """A viewer's line (观看线路): its name for him, and what Janus offers to his browser."""

    name: str
    offer: str


def watch_direct(token: str) -> Seen:
    """Let an account watch its lesson by WebRTC, by its play token (低延迟观看).

    Raises ForbiddenError, NotFoundError where it is not published so, ConflictError where all places are taken, ServerAwayError.
    """
    grant = granted(token, action=Action.PLAY, stream=stream_named(token))
    check_player(grant)
    published = line_of(direct_feed(grant.stream))
    if published is None:
        raise NotFoundError("这次直播现在没有低延迟画面。", code="not_direct")
    if len(places()) >= settings.LIVE_DIRECT_VIEWERS:
        raise ConflictError("低延迟画面的名额已满，请看普通画面。", code="direct_full")
    with reached(AWAY):
        line, offer = janus.watched(published.room)
    take_place(line)
    words = [line.session, line.handle, grant.stream.hex, grant.user_id]
    return Seen(signing.dumps(words, salt=SALT, compress=False), offer)


def start_direct(name: str, answer: str) -> None:
    """Send the picture, by a browser's answer."""
    line, _ = viewer_of(name)
    with reached(AWAY):
        janus.start(line, answer)


def keep_direct(name: str) -> None:
    """Let who may still watch go on, and nobody else (续看). Raises ForbiddenError, NotFoundError when it is over."""
    line, grant = viewer_of(name)
    try:
        check_player(grant)
    except DomainError:
        leave_direct(name)
        raise
    with reached(AWAY):
        try:
            janus.keep(line)
        except JanusRefusedError as error:
            raise NotFoundError(GONE, code="direct_over") from error
    take_place(line)


def leave_direct(name: str) -> None:
    """End a viewer's line."""
    line, _ = viewer_of(name)
    janus.leave(line)
    cache.set(PLACES, {one: until for one, until in places().items() if one != line.session}, PLACE_MS // 1000)


def viewer_of(name: str) -> tuple[Line, Grant]:
    """Return a viewer's line, and what he was let in by. Raises NotFoundError for a name that we did not give."""
    try:
        session, handle, stream, user_id = signing.loads(name, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFoundError(GONE, code="direct_forged") from error
    return Line(session, handle), Grant(Action.PLAY, UUID(hex=stream), user_id, clock.now())


def places() -> dict[int, int]:
    """Return the lines that are watched at, with until when each holds (ms). Two at once may count one too few for a while."""
    now = clock.now_ms()
    kept: dict[int, int] = cache.get(PLACES) or {}
    return {line: until for line, until in kept.items() if until > now}


def take_place(line: Line) -> None:
    """Hold a viewer's place for another while."""
    cache.set(PLACES, places() | {line.session: clock.now_ms() + PLACE_MS}, PLACE_MS // 1000)
