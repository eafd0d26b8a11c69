"""The scaled path: whether there is a relay, its addresses, and who may publish or play there (转推与授权)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from lms.access.queries import actor_for
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError
from lms.live.models import LiveSession
from lms.live.queries.playing import standing
from lms.live.queries.rooms import terms_at
from lms.live.queries.sessions import RELATED, teaching_obstacle
from lms.live.rules.admission import SENTENCES, Bar
from lms.live.rules.callbacks import Asked
from lms.live.rules.grants import PLATFORM, Action, BadGrantError, Grant, grant_of, token_of
from lms.live.rules.playing import may_play, until
from lms.live.rules.relays import Relay, play_address, push_address
from lms.people.models import User

REFUSED = "推流或播放的令牌无效、已过期或不属于这个直播。请从直播页面重新打开。"


def grant_key() -> bytes:
    """Return the key of all tokens: it changes with SECRET_KEY, and signs nothing else."""
    return salted_hmac("live.grant", "1", algorithm="sha256").digest()


def relay() -> Relay | None:
    """Return the server that the settings name, or nothing: then the embedded path is all there is (转推服务器)."""
    return Relay(**settings.LIVE_RELAY) if settings.LIVE_RELAY else None


def stream_token(session: LiveSession, action: Action, user_id: int = PLATFORM) -> str:
    """Return the token for a lesson's stream; it ends when the lesson must have ended (令牌)."""
    return token_of(Grant(action, session.uid, user_id, grant_end(session)), grant_key())


def grant_end(session: LiveSession) -> datetime:
    """Return until when a lesson's tokens hold."""
    return until(session.ends_at, clock.now(), terms_at(session).overrun)


def push_target(session: LiveSession) -> str:
    """Return where the encoder of a lesson pushes besides our folder, or nothing (推流地址)."""
    found = relay()
    if found is None:
        return ""
    return push_address(found, session.uid.hex, grant_end(session), stream_token(session, Action.PUBLISH))


def relayed_address(session: LiveSession, user_id: int) -> str:
    """Return where the crowd finds a lesson's stream, or nothing without a relay (转播地址)."""
    found = relay()
    if found is None:
        return ""
    return play_address(found, session.uid.hex, grant_end(session), stream_token(session, Action.PLAY, user_id))


def authorise(question: Asked) -> Grant:
    """Return what a media server may let happen (授权). Raises ForbiddenError: the server then turns it away."""
    try:
        grant = grant_of(question.token, grant_key(), action=question.action, stream=question.stream, now=clock.now())
    except BadGrantError as error:
        raise ForbiddenError(REFUSED, code="grant_refused") from error
    if grant.action == Action.PLAY:
        check_player(grant)
    else:
        check_publisher(grant)
    return grant


def check_player(grant: Grant) -> None:
    """Raise ForbiddenError unless the account may still watch."""
    found = standing(grant.stream, grant.user_id)
    if not may_play(found.bar):
        raise ForbiddenError(SENTENCES[Bar(found.bar or Bar.NOT_ON_ROSTER)], code=found.bar or "forbidden")


def check_publisher(grant: Grant) -> None:
    """Raise ForbiddenError unless the lesson goes on, and an account that publishes still teaches it."""
    session = live_by(grant.stream)
    if session.is_over:
        raise ForbiddenError("这次直播课已经结束，不能再推流。", code="live_over")
    if grant.user_id == PLATFORM:
        return
    obstacle = teaching_obstacle(actor_for(User.objects.filter(pk=grant.user_id, is_active=True).first()), session)
    if obstacle is not None:
        raise ForbiddenError(obstacle.message, code=obstacle.code)


def live_by(uid: UUID) -> LiveSession:
    """Return the lesson of a token that we signed."""
    return LiveSession.objects.select_related(*RELATED).prefetch_related("assistants").get(uid=uid)
