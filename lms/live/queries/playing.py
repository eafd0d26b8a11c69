"""Signed addresses of a live lesson's stream: for one account in one browser, as long as the lesson can last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from courses.rules.playback import mark_of
from lms.access.queries import actor_for
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError
from lms.live import stores
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.rooms import terms_at
from lms.live.queries.sessions import HANDS, RELATED, entrance_of
from lms.live.rules.admission import SENTENCES, Bar
from lms.live.rules.amounts import CUTS
from lms.live.rules.lifecycle import ENDED
from lms.live.rules.playing import STANDING_SECONDS, may_play, until
from lms.live.rules.playlists import LIVE_NAME
from lms.live.rules.renditions import WORDS
from lms.live.rules.whip import FEEDS
from lms.people.models import User

SALT = "live.play"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lesson stands for one account (观看状态)."""

    session: UUID
    state: str
    bar: Bar | None
    cut: str = ""  # to who teaches: why the last run was stopped

    @property
    def is_over(self) -> bool:
        """Return whether the stream has come to its end."""
        return self.state == ENDED


def stream_address(session: LiveSession, user_id: int, key: str, name: str = LIVE_NAME) -> str:
    """Return the address of the stream for an account in a browser (播放地址). It stands in the path: relative ones keep it."""
    ends = until(session.ends_at, clock.now(), terms_at(session).overrun)
    content = [session.uid.hex, user_id, mark_of(key), int(ends.timestamp())]
    return reverse("live_file", args=[signing.dumps(content, salt=SALT, compress=False), name])


def open_stream(token: str, key: str) -> Standing:
    """Return how the lesson of an address stands. Raises NotFoundError when it is forged, ForbiddenError when it holds no more."""
    try:
        session_hex, user_id, mark, ends = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFoundError("播放地址无效，请从直播课页面重新打开。", code="media_forged") from error
    if ends < clock.now().timestamp():
        raise ForbiddenError("播放地址已过期，请刷新直播课页面。", code="media_expired")
    if not key or not constant_time_compare(mark_of(key), mark):
        raise ForbiddenError("播放地址只能在取得它的浏览器里使用，请从直播课页面打开。", code="media_elsewhere")
    found = standing(UUID(hex=session_hex), user_id)
    if not may_play(found.bar):
        raise ForbiddenError(SENTENCES[Bar(found.bar or Bar.NOT_ON_ROSTER)], code=found.bar or "forbidden")
    return found


def ways_made(session: UUID) -> list[str]:
    """Return which other renditions there are, in words for pages; looked for every few seconds (可选清晰度)."""
    name = f"live.ways.{session.hex}"
    kept: list[str] | None = cache.get(name)
    if kept is None:
        found = stores.ways_of(session)
        kept = [word for way, word in WORDS.items() if way in found]
        cache.set(name, kept, STANDING_SECONDS)
    return kept


def direct_feed(session: UUID) -> str:
    """Return under which name a lesson is published by WebRTC now and pieces come of it, or nothing (低延迟画面)."""
    if not settings.LIVE_JANUS or not settings.LIVE_DIRECT_VIEWERS:
        return ""
    name = f"live.direct.{session.hex}"
    kept: str | None = cache.get(name)
    if kept is None:
        on_air = Broadcast.objects.filter(session__uid=session, ended_at=None, feed__startswith=FEEDS)
        kept = on_air.filter(heard_at__gt=F("started_at")).values_list("feed", flat=True).first() or ""
        cache.set(name, kept, STANDING_SECONDS)
    return kept


def direct_mark(session: UUID) -> str:
    """Return a word for pages that changes with each publication by WebRTC; nothing where there is none."""
    feed = direct_feed(session)
    return hashlib.sha256(feed.encode()).hexdigest()[:16] if feed else ""


def standing(session_uid: UUID, user_id: int) -> Standing:
    """Return how a lesson stands for an account; asked anew every few seconds, however many files are fetched."""
    name = f"live.standing.{session_uid.hex}.{user_id}"
    kept = cache.get(name)
    if kept is None:
        session = LiveSession.objects.select_related(*RELATED).get(uid=session_uid)
        user = User.objects.filter(pk=user_id, is_active=True).first()
        entrance = entrance_of(actor_for(user), session)
        bar, cut = entrance.bar, cut_of(session) if entrance.place in HANDS else ""
        kept = (session.state, bar.value if bar else None, cut)
        cache.set(name, kept, STANDING_SECONDS)
    return Standing(session_uid, kept[0], Bar(kept[1]) if kept[1] else None, kept[2])


def cut_of(session: LiveSession) -> str:
    """Return why a lesson's last run was stopped by the server, and what to do; nothing where it was not (停播原因)."""
    last = session.broadcasts.order_by("number").values_list("end", flat=True).last()
    return CUTS.get(last or "", "")
