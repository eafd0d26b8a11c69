"""Subtitles of videos: every save is a number of its own, so that nobody overwrites anybody and releases stay what they were."""

from __future__ import annotations

import hashlib

from django.db import transaction

from courses.models import Subtitle, Video
from lms.access.rules import Actor, require
from lms.kernel.errors import InvalidError


def check_webvtt(webvtt: str) -> None:
    """Raise InvalidError for what is no WebVTT."""
    if not webvtt.lstrip("\ufeff").startswith("WEBVTT"):
        sentence = "字幕文件应为 WebVTT 格式（第一行是 WEBVTT）。请转换格式后重新选择，或先不上传字幕。"
        raise InvalidError(sentence, fields={"webvtt": sentence})


@transaction.atomic
def put_subtitle(
    *, video: Video, webvtt: str, actor: Actor, language: str = "zh-Hans", label: str = "中文"
) -> Subtitle:
    """Keep a video's subtitles (字幕) as the newest of their language."""
    require(actor, "courses.upload", video)
    check_webvtt(webvtt)
    return add_number(video, language, label, webvtt.lstrip("\ufeff"), actor)


def add_number(video: Video, language: str, label: str, webvtt: str, actor: Actor) -> Subtitle:
    """Write the next number of a language. The video's row is the lock."""
    Video.objects.select_for_update().get(pk=video.pk)
    last = Subtitle.objects.filter(video=video, language=language).order_by("-number").first()
    return Subtitle.objects.create(
        video=video,
        language=language,
        label=label,
        number=last.number + 1 if last else 1,
        webvtt=webvtt,
        digest=hashlib.sha256(webvtt.encode()).hexdigest(),
        saved_by_id=actor.user_id,
    )
