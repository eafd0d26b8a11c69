"""Publishing by WebRTC (WHIP): who may, what goes on the air by it, and its end. The stream key is the permission.

Which lines are kept and forwarded to an encoder, the process that pulls does (`pulling.py`), by the rows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.kernel.errors import DomainError, ForbiddenError, InvalidError, NotFoundError
from lms.live.gateways import janus
from lms.live.gateways.janus import JanusAwayError, JanusRefusedError
from lms.live.models import Broadcast
from lms.live.queries.relaying import REFUSED, check_publisher, granted, publisher
from lms.live.rules.amounts import CUTS
from lms.live.rules.grants import PLATFORM, Action, Grant, stream_named
from lms.live.rules.recorders import SOFTWARE, SOUND, SOURCES, forwarded
from lms.live.rules.whip import COPIED, FLAWS, flaw_of, line_of, picture_codec
from lms.live.services.broadcasts import begin_broadcast, end_broadcast
from lms.live.services.feeds import check_room_for

log = logging.getLogger(__name__)
End = Broadcast.End
AWAY = "低延迟直播服务暂时没有回应，请稍后再试；也可以在直播页面用普通方式开播。"


class ServerAwayError(DomainError):
    """The WebRTC server does not answer (低延迟直播服务不可用)."""

    code = "whip_down"
    status = 503


@dataclass(frozen=True, slots=True)
class Published:
    """What went on the air (推流结果), and the answer to its offer."""

    broadcast: Broadcast
    answer: str


@contextmanager
def reached(words: str) -> Iterator[None]:
    """Say in words that the server is away, or does not do what it is asked."""
    try:
        yield
    except (JanusAwayError, JanusRefusedError) as error:
        log.warning("the WebRTC server did not do what it was asked: %r", error)
        raise ServerAwayError(words) from error


def own_grant(token: str) -> Grant:
    """Return what a teacher's stream key allows. Raises ForbiddenError."""
    grant = granted(token, action=Action.PUBLISH, stream=stream_named(token))
    if grant.user_id == PLATFORM:
        raise ForbiddenError(REFUSED, code="grant_refused")
    return grant


def publish_offer(*, token: str, offer: str, source: str = "") -> Published:
    """Put what is offered on the air (WHIP 开播). Whatever was on the air before is replaced.

    `source`: what a page shows; nothing for software. Raises ForbiddenError, ConflictError, InvalidError, ServerAwayError.
    """
    grant = own_grant(token)
    session = check_publisher(grant)
    if source not in {"", *SOURCES}:
        raise InvalidError("画面来源不对，请刷新页面重新开播。", code="source_unknown")
    has_picture = source != SOUND
    if flaw := flaw_of(offer, needs_picture=has_picture):
        raise InvalidError(FLAWS[flaw], code=f"offer_{flaw}")
    check_room_for(session)
    with reached(AWAY):
        line, answer = janus.published(offer)
    try:
        codec = picture_codec(answer)
        if has_picture and not codec:
            raise InvalidError("推流的画面编码不支持，请在推流软件里改用H.264。", code="offer_codec")
        recorder = forwarded(has_picture=has_picture, is_encoded=codec != COPIED)
        by, source = publisher(grant), source or SOFTWARE
        made = begin_broadcast(session=session, recorder=recorder, source=source, actor=by, feed=line.feed)
        check_still(token, made)
    except DomainError:
        janus.hang_up(line)
        raise
    return Published(made, answer)


def check_still(token: str, broadcast: Broadcast) -> None:
    """Take a broadcast off the air again whose key was changed while the server was asked. Raises ForbiddenError."""
    try:
        own_grant(token)
    except ForbiddenError:
        end_broadcast(broadcast.uid, End.LOST)
        raise


def broadcast_of(token: str, uid: UUID) -> Broadcast:
    """Return the last run of what was published as a broadcast, by its key. Raises ForbiddenError, NotFoundError."""
    grant = own_grant(token)
    known = Broadcast.objects.filter(uid=uid, session__uid=grant.stream, by_id=grant.user_id).first()
    if known is None or line_of(known.feed) is None:
        raise NotFoundError("没有这次推流，请重新开播。", code="feed_unknown")
    runs = Broadcast.objects.select_related("session").filter(session_id=known.session_id, feed=known.feed)
    return runs.latest("number")


def leave_line(*, token: str, uid: UUID) -> None:
    """End a broadcast, as who publishes it asks (停止推流). Ending it again changes nothing."""
    found = broadcast_of(token, uid)
    end_broadcast(found.uid, End.FINISHED, is_lost=True)


def standing_of(*, token: str, uid: UUID) -> dict[str, Any]:
    """Return how a broadcast stands, for the page that publishes it (推流状态).

    `is_heard`: pieces came of it; `detail`: why the server stopped it, and what to do.
    """
    found = broadcast_of(token, uid)
    is_heard = found.uid != uid or found.heard_at > found.started_at
    return {
        "is_open": found.ended_at is None,
        "end": found.end,
        "state": found.session.state,
        "is_heard": is_heard,
        "detail": CUTS.get(found.end, ""),
    }
