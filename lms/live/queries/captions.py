"""Typed captions of a live lesson: the newest in its room, all of them in its replay (字幕)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from courses.models import Subtitle, Video
from courses.rules.subtitles import read_cues, write_webvtt
from lms.kernel.errors import NotFoundError
from lms.live.models import LiveSession, Replay, RoomCaption
from lms.live.queries.air import ms_of
from lms.live.rules.captions import NEWEST, TYPED, Said, cues_again, cues_of, edited, said_of, said_of_lines
from lms.live.rules.replays import Part


def caption_data(caption: RoomCaption) -> dict[str, Any]:
    """Return a line as everybody reads it."""
    said_at = caption.said_at.astimezone(UTC).isoformat()
    is_removed = caption.removed_at is not None
    text = "" if is_removed else caption.text
    return {"id": str(caption.uid), "text": text, "said_at": said_at, "is_removed": is_removed}


def captions_of(session: LiveSession) -> QuerySet[RoomCaption]:
    """Return a lesson's lines without those that were taken back."""
    return RoomCaption.objects.filter(session=session, removed_at=None)


def newest_captions(session: LiveSession, most: int = NEWEST) -> list[dict[str, Any]]:
    """Return the lines that stand under the picture, or more of the newest, in order. One query."""
    rows = captions_of(session).order_by("-said_at", "-pk")[:most]
    return [caption_data(one) for one in reversed(rows)]


def caption_in(session: LiveSession, uid: UUID) -> RoomCaption:
    """Return a line of a lesson that was not taken back. Raises NotFoundError."""
    found = captions_of(session).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这行字幕，可能已撤回。请刷新页面后再试。", code="caption_not_found")
    return found


def lines_typed(session: LiveSession) -> list[tuple[int, str]]:
    """Return a lesson's lines with their moments (wall clock, ms), in order. One query."""
    rows = captions_of(session).order_by("said_at", "pk").values_list("said_at", "text")
    return [(ms_of(at), text) for at, text in rows]


def subtitles_of(session: LiveSession, parts: Sequence[Part]) -> str:
    """Return a lesson's captions as WebVTT of its film; nothing where nobody typed any (回放字幕). One query."""
    cues = cues_of(lines_typed(session), parts)
    return write_webvtt(cues) if cues else ""


def subtitles_kept(replay: Replay) -> dict[str, list[Said]]:
    """Return the subtitles of a replay's film that somebody edited, by language, and those of earlier cuts (改过的字幕).

    What the film does not have of them stays as it was before, or as it was typed. Removed ones are an empty list.
    """
    kept = {language: [Said(*row) for row in rows] for language, rows in replay.subtitles.items()}
    parts = replay.film_parts()
    for one in edited_subtitles(replay.video):
        before = kept.get(one.language)
        if before is None:
            before = said_of_lines(lines_typed(replay.session)) if one.language == TYPED else []
        cues, _ = read_cues(one.webvtt)
        kept[one.language] = [] if one.is_removed else edited(before, said_of(cues, parts), parts)
    return kept


def edited_subtitles(video: Video | None) -> list[Subtitle]:
    """Return the newest subtitles of each language of a film, where somebody saved or removed them."""
    newest: dict[str, Subtitle] = {}
    for one in Subtitle.objects.filter(video=video).order_by("number") if video else ():
        newest[one.language] = one
    return [one for one in newest.values() if one.saved_by_id is not None]


def subtitles_again(replay: Replay, parts: Sequence[Part]) -> dict[str, str]:
    """Return the subtitles of a replay's next film as WebVTT, by language: edited ones as edited, else what was typed."""
    made = {} if TYPED in replay.subtitles else {TYPED: subtitles_of(replay.session, parts)}
    for language, rows in replay.subtitles.items():
        cues = cues_again([Said(*row) for row in rows], parts)
        made[language] = write_webvtt(cues) if cues else ""
    return {language: text for language, text in made.items() if text}
