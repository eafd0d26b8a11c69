"""Signed addresses of media that expire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.urls import reverse

from courses.models import (
    LessonVersion,
    Subtitle,
    Video,
)
from courses.queries.subtitles import named_subtitles, newest_subtitles
from lms.kernel import clock
from lms.kernel.errors import NotFoundError

SALT = "courses.media"


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles of one language (字幕)."""

    language: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Media:
    """Signed addresses of a video that expire (播放地址)."""

    hls: str
    mp4: str
    poster: str
    subtitles: tuple[Track, ...]
    expires_at: datetime


def sign_media(video_uid: UUID, expires_ms: int) -> str:
    """Return the token that opens a video's files until then. It stands in the path, so relative addresses keep it."""
    return signing.dumps([video_uid.hex, expires_ms], salt=SALT, compress=False)


def open_media(token: str) -> Video:
    """Return the video of a token. Raises NotFoundError when it is forged or has expired."""
    try:
        video_hex, expires_ms = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise NotFoundError("播放地址无效，请从课时页面重新打开。", code="media_forged") from error
    if expires_ms < clock.now_ms():
        raise NotFoundError("播放地址已过期，请刷新课时页面。", code="media_expired")
    video = Video.objects.filter(uid=UUID(hex=video_hex), state=Video.State.READY).first()
    if video is None:
        raise NotFoundError("视频还没有准备好，请稍后再试。", code="media_missing")
    return video


def media_of(video: Video | None, *, expires_ms: int, tracks: list[Subtitle] | None = None) -> Media | None:
    """Return the addresses of a video with the given subtitles, else the newest; nothing when there is none to play."""
    if video is None or video.state != Video.State.READY:
        return None
    token = sign_media(video.uid, expires_ms)

    def address(name: str) -> str:
        return reverse("video_file", args=[token, name])

    if tracks is None:
        tracks = newest_subtitles([video.pk]).get(video.pk, [])
    return Media(
        hls=address("master.m3u8"),
        mp4=address("video.mp4"),
        poster=address("poster.jpg"),
        subtitles=tuple(Track(track.language, track.label, address(f"{track.uid}.vtt")) for track in tracks),
        expires_at=clock.from_ms(expires_ms),
    )


def media_for(lesson: LessonVersion, *, expires_ms: int) -> Media | None:
    """Return the addresses of a released lesson's video; nothing for articles and quizzes."""
    tracks = named_subtitles([track["uid"] for track in lesson.subtitles]) if lesson.subtitles else []
    return media_of(lesson.video, expires_ms=expires_ms, tracks=tracks)
