"""Signed addresses of media: bound to what they rest on and to the browser that got them, and they expire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core import signing
from django.db.models import Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from courses.models import LessonPage, LessonVersion, Subtitle, Video
from courses.queries.subtitles import named_subtitles, newest_subtitles
from courses.rules.playback import PREVIEW_MS, SAMPLE_MS, Grant, GrantKind, mark_of
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, NotFoundError

SALT = "courses.media"
SESSIONS: list[str] = []
WATCHED: list[str] = []


def when_played(function: str) -> None:
    """Have `function(session_uid, video_id)` asked whether a study session may still fetch its film."""
    if function not in SESSIONS:
        SESSIONS.append(function)


def when_watched(function: str) -> None:
    """Have `function(subject, video_id, account)` asked whether a replay's address still holds."""
    if function not in WATCHED:
        WATCHED.append(function)


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles of one language (字幕)."""

    language: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Quality:
    """The address of one rendition alone (清晰度). `side`: its short side in pixels."""

    side: int
    hls: str


@dataclass(frozen=True, slots=True)
class Media:
    """Signed addresses of a video that expire (播放地址). `hls` holds all qualities; `audio` is the sound alone."""

    hls: str
    mp4: str
    poster: str
    qualities: tuple[Quality, ...]
    audio: str | None
    storyboard: str | None
    subtitles: tuple[Track, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The browser that asks for a file: the key of its cookie, and who is signed in, asked only when it matters."""

    key: str
    account: Callable[[], int | None]


def preview_for(user_id: int | None) -> Grant:
    """Return the grant of somebody who writes or reviews (预览凭据)."""
    return Grant(GrantKind.PREVIEW, str(user_id), clock.now_ms() + PREVIEW_MS)


def sample_for(lesson_uid: UUID) -> Grant:
    """Return the grant of a visitor who tries a lesson (试看凭据)."""
    return Grant(GrantKind.SAMPLE, lesson_uid.hex, clock.now_ms() + SAMPLE_MS)


def sign_media(video_uid: UUID, grant: Grant, key: str) -> str:
    """Return the token that opens a video's files. It stands in the path, so relative addresses keep it."""
    return signing.dumps(
        [grant.kind.value, grant.subject, video_uid.hex, mark_of(key), grant.until_ms], salt=SALT, compress=False
    )


def open_media(token: str, holder: Holder) -> Video:
    """Return the video of a token. Raises NotFoundError when it is forged, ForbiddenError when it is out of its time or place."""
    try:
        kind, subject, video_hex, mark, until_ms = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError) as error:
        raise NotFoundError("播放地址无效，请从课时页面重新打开。", code="media_forged") from error
    if until_ms < clock.now_ms():
        raise ForbiddenError("播放地址已过期，请刷新课时页面。", code="media_expired")
    if not holder.key or not constant_time_compare(mark_of(holder.key), mark):
        raise ForbiddenError("播放地址只能在取得它的浏览器里使用，请从课时页面打开。", code="media_elsewhere")
    video = Video.objects.filter(uid=UUID(hex=video_hex), state=Video.State.READY).only("uid", "folder").first()
    if video is None:
        raise NotFoundError("视频还没有准备好，请稍后再试。", code="media_missing")
    if not still_holds(GrantKind(kind), subject, video, holder):
        raise ForbiddenError(
            "这次学习已经结束，或已在另一台设备上继续，播放地址不再有效。请回到课时页面重新开始。", code="media_ended"
        )
    return video


def still_holds(kind: GrantKind, subject: str, video: Video, holder: Holder) -> bool:
    """Return whether what an address rests on is still so."""
    if kind == GrantKind.PREVIEW:
        return str(holder.account()) == subject
    if kind == GrantKind.SAMPLE:
        return is_sample(UUID(hex=subject), video)
    if kind == GrantKind.REPLAY:
        return any(import_string(name)(subject, video.pk, holder.account()) for name in WATCHED)
    return any(import_string(name)(UUID(hex=subject), video.pk) for name in SESSIONS)


def is_sample(lesson_uid: UUID, video: Video) -> bool:
    """Return whether everybody may try this lesson, and it shows this film."""
    tried = LessonPage.objects.filter(uid=lesson_uid, is_sample=True, live=True)
    shows = LessonVersion.objects.filter(Q(video=video) | Q(films__video=video), lesson_uid=lesson_uid)
    return tried.exists() and shows.exists()


def media_of(video: Video | None, *, grant: Grant, key: str, tracks: list[Subtitle] | None = None) -> Media | None:
    """Return the addresses of a video with the given subtitles, else the newest; nothing when there is none to play."""
    if video is None or video.state != Video.State.READY:
        return None
    token = sign_media(video.uid, grant, key)

    def address(name: str) -> str:
        return reverse("video_file", args=[token, name])

    if tracks is None:
        tracks = newest_subtitles([video.pk]).get(video.pk, [])
    return Media(
        hls=address("master.m3u8"),
        mp4=address("video.mp4"),
        poster=address("poster.jpg"),
        qualities=tuple(Quality(side, address(f"only_{side}p.m3u8")) for side in video.renditions),
        audio=address("audio.m3u8") if video.renditions and video.has_audio else None,
        storyboard=address("storyboard.vtt") if video.renditions else None,
        subtitles=tuple(Track(track.language, track.label, address(f"{track.uid}.vtt")) for track in tracks),
        expires_at=clock.from_ms(grant.until_ms),
    )


def media_for(lesson: LessonVersion, *, grant: Grant, key: str) -> Media | None:
    """Return the addresses of a released lesson's video; nothing for articles and quizzes."""
    tracks = named_subtitles([track["uid"] for track in lesson.subtitles]) if lesson.subtitles else []
    return media_of(lesson.video, grant=grant, key=key, tracks=tracks)
