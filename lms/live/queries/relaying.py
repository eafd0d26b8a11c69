"""The scaled path: whether there is a relay, its addresses, and who may publish or play there (转推与授权)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.playing import standing
from lms.live.queries.rooms import terms_at
from lms.live.queries.sessions import RELATED, teaching_obstacle
from lms.live.rules.admission import SENTENCES, Bar
from lms.live.rules.callbacks import Asked
from lms.live.rules.grants import PLATFORM, Action, BadGrantError, Grant, account_named, grant_of, token_of
from lms.live.rules.playing import may_play, until
from lms.live.rules.relays import Relay, play_address, push_address
from lms.people.models import User

REFUSED = "推流或播放的令牌无效、已过期或不属于这个直播。请从直播页面重新打开。"


def grant_key(number: int = 0) -> bytes:
    """Return the key of tokens: it changes with SECRET_KEY, and signs nothing else. `number`: of a lesson's stream key."""
    return salted_hmac("live.grant", f"1.{number}" if number else "1", algorithm="sha256").digest()


def relay() -> Relay | None:
    """Return the server that the settings name, or nothing: then the embedded path is all there is (转推服务器)."""
    return Relay(**settings.LIVE_RELAY) if settings.LIVE_RELAY else None


def stream_token(session: LiveSession, action: Action, user_id: int = PLATFORM) -> str:
    """Return the token for a lesson's stream; it ends when the lesson must have ended (令牌)."""
    is_own = action == Action.PUBLISH and user_id != PLATFORM
    key = grant_key(session.key_number if is_own else 0)
    return token_of(Grant(action, session.uid, user_id, grant_end(session)), key)


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
    grant = granted(question.token, action=question.action, stream=question.stream)
    if grant.action == Action.PLAY:
        check_player(grant)
    else:
        check_publisher(grant)
    return grant


def granted(token: str, *, action: str, stream: str) -> Grant:
    """Return what a token allows. Raises ForbiddenError for one that is forged, over, replaced, or for something else."""
    is_own = action == Action.PUBLISH and account_named(token) != PLATFORM
    try:
        return grant_of(
            token, grant_key(key_number(stream) if is_own else 0), action=action, stream=stream, now=clock.now()
        )
    except BadGrantError as error:
        raise ForbiddenError(REFUSED, code="grant_refused") from error


def key_number(stream: str) -> int:
    """Return the number of the stream key that holds for a stream (推流码序号)."""
    try:
        uid = UUID(hex=stream)
    except ValueError:
        return 0
    return LiveSession.objects.filter(uid=uid).values_list("key_number", flat=True).first() or 0


def check_player(grant: Grant) -> None:
    """Raise ForbiddenError unless the account may still watch."""
    found = standing(grant.stream, grant.user_id)
    if not may_play(found.bar):
        raise ForbiddenError(SENTENCES[Bar(found.bar or Bar.NOT_ON_ROSTER)], code=found.bar or "forbidden")


def check_publisher(grant: Grant) -> LiveSession:
    """Return the lesson of who publishes. Raises ForbiddenError unless it goes on, and the account still teaches it."""
    session = live_by(grant.stream)
    if session.is_over:
        raise ForbiddenError("这次直播课已经结束，不能再推流。", code="live_over")
    if grant.user_id != PLATFORM and (obstacle := teaching_obstacle(publisher(grant), session)) is not None:
        raise ForbiddenError(obstacle.message, code=obstacle.code)
    return session


def publisher(grant: Grant) -> Actor:
    """Return who publishes by a grant; nobody where the account is closed."""
    return actor_for(User.objects.filter(pk=grant.user_id, is_active=True).first())


def check_broadcaster(broadcast: Broadcast) -> None:
    """Raise ForbiddenError unless a lesson goes on and who put it on the air still teaches it."""
    check_publisher(Grant(Action.PUBLISH, broadcast.session.uid, broadcast.by_id or PLATFORM, clock.now()))


def live_by(uid: UUID) -> LiveSession:
    """Return the lesson of a token that we signed."""
    return LiveSession.objects.select_related(*RELATED).prefetch_related("assistants").get(uid=uid)
