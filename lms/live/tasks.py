"""Background work of live lessons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lms.kernel.jobs import RunningJob
from lms.live.models import Replay, SlideDeck
from lms.live.services.reminding import remind as remind_class
from lms.live.services.replays import join_recording
from lms.live.services.slides import run_drawing
from lms.live.services.voices import run_voice


def make_replay(job: RunningJob, *, session_uid: str, film_uid: str) -> dict[str, Any]:
    """Make the film of a lesson that ended (制作回放)."""
    replay = Replay.objects.select_related("session__training_class__institution").get(session__uid=session_uid)
    return join_recording(job, replay, UUID(film_uid))


def remind(job: RunningJob, *, session_uid: str) -> dict[str, Any]:
    """Remind a class of its live lesson (开课提醒)."""
    return {"is_told": remind_class(UUID(session_uid))}


def draw_slides(job: RunningJob, *, deck_uid: str) -> dict[str, Any]:
    """Draw the pages of slides (转换课件)."""
    return run_drawing(job, SlideDeck.objects.select_related("session").get(uid=deck_uid))


def convert_voice(job: RunningJob, *, voice_uid: str) -> dict[str, Any]:
    """Make a voice message playable (转换语音)."""
    return run_voice(job, UUID(voice_uid))
