"""Typed captions of a live lesson: the newest in its room, all of them in its replay (字幕)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from courses.rules.subtitles import write_webvtt
from lms.live.models import LiveSession, RoomCaption
from lms.live.queries.air import ms_of
from lms.live.rules.captions import NEWEST, cues_of
from lms.live.rules.replays import Part


def caption_data(caption: RoomCaption) -> dict[str, Any]:
    """Return a line as everybody reads it."""
    said_at = caption.said_at.astimezone(UTC).isoformat()
    return {"id": str(caption.uid), "text": caption.text, "said_at": said_at}


def newest_captions(session: LiveSession) -> list[dict[str, Any]]:
    """Return the lines that stand under the picture, in order. One query."""
    rows = RoomCaption.objects.filter(session=session).order_by("-said_at", "-pk")[:NEWEST]
    return [caption_data(one) for one in reversed(rows)]


def subtitles_of(session: LiveSession, parts: Sequence[Part]) -> str:
    """Return a lesson's captions as WebVTT of its film; nothing where nobody typed any (回放字幕). One query."""
    rows = RoomCaption.objects.filter(session=session).order_by("said_at", "pk").values_list("said_at", "text")
    cues = cues_of([(ms_of(at), text) for at, text in rows], parts)
    return write_webvtt(cues) if cues else ""
