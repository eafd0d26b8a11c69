"""Software that publishes by RTMP: who may, what its coming and going does to the lesson, and its key (推流软件)."""

from __future__ import annotations

from django.db import transaction

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.live import stores
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.feeds import open_feeds
from lms.live.queries.relaying import REFUSED, check_publisher, granted, publisher
from lms.live.rules.feeds import Call, Said
from lms.live.rules.grants import PLATFORM, Action, Grant
from lms.live.rules.recorders import PUBLISHED, SOFTWARE
from lms.live.services.broadcasts import begin_broadcast, end_broadcast, require_teaching
from lms.live.services.timetable import lock_live

MOST_FEEDS = 40
End = Broadcast.End


def take_call(said: Said | None) -> str:
    """Do what a call of the media server asks; returns the name under which a publication goes on, or nothing.

    Raises ForbiddenError and ConflictError: the server then turns the caller away.
    """
    if said is None:
        raise ForbiddenError(REFUSED, code="grant_refused")
    if said.call in (Call.PLAY, Call.PLAYS_ON):
        check_own(granted(said.token, action=Action.PLAY, stream=said.stream))
        return ""
    grant = granted(said.token, action=Action.PUBLISH, stream=said.stream)
    if said.call == Call.DONE:
        leave_feed(said)
        return ""
    session = check_publisher(grant)
    return begin_feed(session, said, grant) if said.call == Call.PUBLISH else ""


def check_own(grant: Grant) -> None:
    """Raise ForbiddenError unless it is our own encoder that pulls: the crowd gets the stream from us."""
    if grant.user_id != PLATFORM:
        raise ForbiddenError(REFUSED, code="grant_refused")


def begin_feed(session: LiveSession, said: Said, grant: Grant) -> str:
    """Put what software publishes on the air (软件开播). Whatever was on the air before, a page or other software, is replaced."""
    if grant.user_id == PLATFORM:
        raise ForbiddenError(REFUSED, code="grant_refused")
    check_room_for(session)
    begin_broadcast(session=session, recorder=PUBLISHED, source=SOFTWARE, actor=publisher(grant), feed=said.feed)
    return said.feed


def check_room_for(session: LiveSession) -> None:
    """Raise ConflictError when this machine can pull no other lesson."""
    if open_feeds().exclude(session=session).count() >= MOST_FEEDS:
        raise ConflictError("同时推流的课堂已达到服务器上限，请稍后再试。", code="live_full")
    if not stores.has_room():
        raise ConflictError("服务器磁盘空间不足，暂时不能开播。请联系平台管理员清理后再试。", code="disk_full")


def leave_feed(said: Said) -> None:
    """Note that software stopped or its line broke. Back within the policy's time, it costs no more than a discontinuity."""
    found = open_feeds().filter(feed=said.feed).first()
    if found is not None:
        end_broadcast(found.uid, End.LOST)


@transaction.atomic
def renew_stream_key(*, session: LiveSession, actor: Actor) -> LiveSession:
    """End a lesson's stream keys, so that new ones are shown (更换推流码). Who publishes by an old one is dropped in seconds."""
    held = lock_live(session)
    require_teaching(actor, held)
    held.key_number += 1
    held.save(update_fields=["key_number"])
    for one in open_feeds().filter(session=held):
        end_broadcast(one.uid, End.LOST)
    record(actor, "live.key_renewed", held, number=held.key_number)
    return held
