"""Subtitles of videos: every save is a number of its own, so that nobody overwrites anybody and releases stay what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.db import transaction

from courses.models import Subtitle, Video
from courses.rules.subtitle_rows import Row, read_rows
from courses.rules.subtitles import (
    LANGUAGES,
    MOST_BYTES,
    Cue,
    Fault,
    cue_fault,
    decoded,
    read_cues,
    words_of_faults,
    write_webvtt,
)
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError

NO_TEXT = "读不出文字，这可能不是字幕文件。请另存为 UTF-8 编码的 .vtt 或 .srt 文件后再选择。"


class FaultyRowsError(InvalidError):
    """Rows of the editor are wrong; nothing was saved (字幕有误)."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"有{len(faults)}处需要改正，字幕还没有保存。", code="subtitle_faulty")
        self.faults = faults


def text_of_file(raw: bytes, *, field: str = "webvtt") -> str:
    """Return the text of an uploaded subtitle file. Raises InvalidError at its field."""
    text = decoded(raw) if len(raw) <= MOST_BYTES else None
    if text is None:
        sentence = NO_TEXT if len(raw) <= MOST_BYTES else "字幕文件超过1MB，请把视频分成几段。"
        raise InvalidError(sentence, fields={field: sentence})
    return text


def cues_of_text(text: str, *, duration_ms: int = 0, field: str = "webvtt") -> list[Cue]:
    """Return the cues of a WebVTT or SubRip text. Raises InvalidError that names the lines."""
    cues, faults = read_cues(text)
    late = cue_fault(0, cues[-1], duration_ms=duration_ms) if cues else None
    sentence = f"字幕与视频对不上，没有保存：最后一条的{late.sentence}" if late else ""
    if faults or sentence:
        sentence = words_of_faults(faults) if faults else sentence
        raise InvalidError(sentence, fields={field: sentence}, code="subtitle_faulty")
    return cues


@transaction.atomic
def put_subtitle(*, video: Video, webvtt: str, actor: Actor, language: str = "zh-Hans") -> Subtitle:
    """Keep a WebVTT or SubRip text as the newest subtitles of its language (上传字幕)."""
    require(actor, "courses.upload", video)
    cues = cues_of_text(webvtt, duration_ms=video.duration_ms)
    return add_number(lock(video), language, write_webvtt(cues), actor)


@transaction.atomic
def save_rows(*, video: Video, language: str, rows: Sequence[Row], based_on: int, actor: Actor) -> Subtitle:
    """Keep what the editor holds (保存字幕). `based_on`: the number that was opened, 0 for none.

    Raises FaultyRowsError by row, ConflictError when somebody else saved meanwhile.
    """
    require(actor, "courses.upload", video)
    held = lock(video)
    newest = newest_number(held, language)
    if newest != based_on:
        raise ConflictError(
            "您打开以后，别人保存过这份字幕。您的修改还在下面，还没有保存：请先对照最新的字幕核对，再决定用哪一份。",
            code="subtitle_changed",
            newest=newest,
        )
    cues, faults = read_rows(rows, duration_ms=held.duration_ms)
    if faults:
        raise FaultyRowsError(faults)
    return add_number(held, language, write_webvtt(cues), actor)


@transaction.atomic
def remove_subtitle(*, video: Video, language: str, actor: Actor) -> Subtitle:
    """Take a language away (移除字幕). Released lessons keep theirs."""
    require(actor, "courses.upload", video)
    held = lock(video)
    if not newest_number(held, language):
        raise NotFoundError("没有这种语言的字幕，可能已被移除。", code="subtitle_not_found")
    return add_number(held, language, "", actor, is_removed=True)


def lock(video: Video) -> Video:
    """Return the video, locked: whoever saves its subtitles waits here."""
    return Video.objects.select_for_update().get(pk=video.pk)


def newest_number(video: Video, language: str) -> int:
    """Return the number of the newest subtitles of a language; 0 when there are none, or they were removed."""
    last = (
        Subtitle.objects.filter(video=video, language=language).order_by("-number").only("number", "is_removed").first()
    )
    return last.number if last and not last.is_removed else 0


def add_number(video: Video, language: str, webvtt: str, actor: Actor, *, is_removed: bool = False) -> Subtitle:
    """Write the next number of a language."""
    if language not in LANGUAGES:
        raise InvalidError("请选择字幕的语言。", fields={"language": "请选择字幕的语言。"})
    last = Subtitle.objects.filter(video=video, language=language).order_by("-number").only("number").first()
    made = Subtitle.objects.create(
        video=video,
        language=language,
        label=LANGUAGES[language],
        number=last.number + 1 if last else 1,
        webvtt=webvtt,
        digest=hashlib.sha256(webvtt.encode()).hexdigest(),
        is_removed=is_removed,
        saved_by_id=actor.user_id,
    )
    record(
        actor, f"courses.subtitle_{'removed' if is_removed else 'saved'}", video, language=language, number=made.number
    )
    return made
