"""What pages of live lessons show, for every audience."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

from lms.access.rules import Actor
from lms.kernel import clock
from lms.live.models import LiveSession
from lms.live.queries.playing import stream_address
from lms.live.queries.relaying import relayed_address, stream_token
from lms.live.queries.replays import with_replays
from lms.live.queries.rooms import terms_on
from lms.live.queries.sessions import entrance_of
from lms.live.rules import lifecycle
from lms.live.rules.admission import Bar
from lms.live.rules.grants import Action
from lms.live.rules.playlists import STATE_NAME
from lms.live.rules.renditions import LOW_NAME, MASTER_NAME, SOUND_NAME
from lms.live.rules.rooms import HANDS
from lms.live.rules.slides import upload_problem
from lms.portal.class_pages import Fact

TONES = {
    lifecycle.OPEN: "tag-brand",
    lifecycle.LIVE: "tag-ok",
    lifecycle.INTERRUPTED: "tag-warn",
    lifecycle.CANCELLED: "tag-bad",
}


@dataclass(frozen=True, slots=True)
class LiveLine:
    """A live lesson in a list (直播课行)."""

    session: LiveSession
    time: str
    teacher: str
    state: str
    tone: str
    has_replay: bool = False


def live_line(session: LiveSession, *, has_replay: bool = False) -> LiveLine:
    """Return a live lesson's line. `has_replay`: its class sees one."""
    tone = TONES.get(session.state, "")
    return LiveLine(session, time_of(session), session.teacher.called, session.state_name, tone, has_replay)


@dataclass(frozen=True, slots=True)
class Stream:
    """Where a page finds the stream and how the lesson stands (播放地址)."""

    playlist: str
    low: str
    sound: str
    state: str
    relayed: str = ""
    direct: str = ""  # the play token by which it may be watched by WebRTC


def stream_of(session: LiveSession, user_id: int, key: str) -> Stream:
    """Return the addresses of a stream for an account in its browser."""
    names = (MASTER_NAME, LOW_NAME, SOUND_NAME, STATE_NAME)
    full, low, sound, state = (stream_address(session, user_id, key, name) for name in names)
    direct = stream_token(session, Action.PLAY, user_id) if settings.LIVE_JANUS and settings.LIVE_DIRECT_VIEWERS else ""
    return Stream(full, low, sound, state, relayed_address(session, user_id), direct)


@dataclass(frozen=True, slots=True)
class SlideLimits:
    """What may be uploaded as slides (课件限制)."""

    megabytes: int
    pages: int
    too_large: str

    @property
    def most_bytes(self) -> int:
        """Return how large a file may be."""
        return self.megabytes * 1024**2


def slide_limits() -> SlideLimits:
    """Return what may be uploaded as slides today."""
    terms = terms_on(clock.today())
    most = terms.slide_megabytes
    return SlideLimits(most, terms.slide_pages, upload_problem(0, b"", megabytes=most))


def slide_limits_for(actor: Actor, session: LiveSession) -> SlideLimits | None:
    """Return what somebody who prepares a lesson may upload; nothing for others, and once it is over."""
    entrance = entrance_of(actor, session)
    is_early = entrance.bar in (None, Bar.TOO_EARLY)
    return slide_limits() if entrance.place in HANDS and is_early else None


def live_lines(sessions: Iterable[LiveSession]) -> list[LiveLine]:
    """Return the lines of a list."""
    return [live_line(one) for one in sessions]


def lines_with_replays(sessions: Iterable[LiveSession]) -> list[LiveLine]:
    """Return the lines of a list for learners, with which have a replay. One query besides."""
    rows = list(sessions)
    shown = with_replays(rows)
    return [live_line(one, has_replay=one.pk in shown) for one in rows]


def time_of(session: LiveSession) -> str:
    """Return 2026年5月6日 09:00至10:30."""
    begin, end = clock.local(session.starts_at), clock.local(session.ends_at)
    return f"{begin.year}年{begin.month}月{begin.day}日 {begin:%H:%M}至{end:%H:%M}"


def live_facts(session: LiveSession) -> list[Fact]:
    """Return what is said of a live lesson (直播信息)."""
    helpers = "、".join(one.called for one in session.assistants.all())
    said = [
        Fact("时间", time_of(session)),
        Fact("班级", session.training_class.name),
        Fact("主讲教师", session.teacher.called),
    ]
    if helpers:
        said.append(Fact("助教", helpers))
    for label, moment in (("开播", session.began_at), ("结束", session.ended_at)):
        if moment is not None:
            said.append(Fact(label, f"{clock.local(moment):%m月%d日 %H:%M}"))
    if session.reason:
        said.append(Fact("取消原因" if session.state == lifecycle.CANCELLED else "调整原因", session.reason))
    return said
