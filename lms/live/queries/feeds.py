"""The stream key of a lesson, for software that publishes by RTMP, and where our encoder pulls what it published (推流码)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from lms.kernel import clock
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.relaying import grant_end, stream_token
from lms.live.rules.grants import Action
from lms.live.rules.whip import FEEDS, Line, line_of

CLOSED_LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StreamKey:
    """What a teacher types into OBS (推流地址与推流码). The key is a secret: who has it publishes in the teacher's name.

    `server`, `key`: by RTMP; `token`: by WHIP, with which the page publishes too. Empty where there is no such server.
    """

    server: str
    key: str
    token: str
    ends_at: datetime


def stream_key(session: LiveSession, user_id: int) -> StreamKey | None:
    """Return a teacher's key for a lesson; nothing where no media server takes streams."""
    if not settings.LIVE_INGEST_URL and not settings.LIVE_JANUS:
        return None
    token = stream_token(session, Action.PUBLISH, user_id)
    key = f"{session.uid.hex}?token={token}" if settings.LIVE_INGEST_URL else ""
    return StreamKey(settings.LIVE_INGEST_URL, key, token if settings.LIVE_JANUS else "", grant_end(session))


def pull_address(broadcast: Broadcast) -> str:
    """Return where the encoder finds what is published (拉流地址)."""
    return f"{settings.LIVE_PULL_URL}/{broadcast.feed}?token={stream_token(broadcast.session, Action.PLAY)}"


def open_feeds() -> QuerySet[Broadcast]:
    """Return the broadcasts under way that are published at a media server."""
    found = Broadcast.objects.filter(ended_at=None).exclude(feed="")
    return found.select_related("session__training_class__programme", "session__training_class__institution")


def lines_closed_lately() -> set[Line]:
    """Return the lines at the WebRTC server of broadcasts that ended in the last hour."""
    closed = Broadcast.objects.filter(feed__startswith=FEEDS, ended_at__gt=clock.now() - CLOSED_LATELY)
    return {line for feed in closed.values_list("feed", flat=True) if (line := line_of(feed))}
