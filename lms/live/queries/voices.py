"""Voice messages as who is in the room hears them (语音)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from courses.stores.files import StoredFile, find
from lms.kernel.errors import NotFoundError
from lms.live.models import LiveSession, RoomMessage, RoomVoice
from lms.live.rules.voices import seconds_of

FOLDER = "live-voices"
STORE = "private"
GONE = "没有找到这段语音，可能已删除。请刷新页面后再试。"


def voice_path(voice: RoomVoice) -> str:
    """Return where a converted recording is kept."""
    return f"{FOLDER}/{voice.uid.hex}.m4a"


def voice_url(session: UUID, message: UUID | str) -> str:
    """Return where a voice message is heard."""
    return f"/live/{session}/voices/{message}.m4a"


def voice_data(message: RoomMessage) -> dict[str, Any] | None:
    """Return the sound of a message; nothing of a written, a deleted or a forgotten one."""
    if message.kind != RoomMessage.Kind.VOICE or message.deleted_at is not None or not hasattr(message, "voice"):
        return None
    voice = message.voice
    is_ready = voice.state == RoomVoice.State.READY
    return {
        "state": voice.state,
        "seconds": seconds_of(voice.length_ms) if is_ready else 0,
        "url": voice_url(message.session.uid, message.uid) if is_ready else "",
        "error": voice.error,
    }


def voice_file(session: LiveSession, message: UUID) -> StoredFile:
    """Return the sound of a message. Raises NotFoundError for what is not ready, was deleted or is of another lesson."""
    found = RoomVoice.objects.filter(
        message__session=session, message__uid=message, message__deleted_at=None, state=RoomVoice.State.READY
    ).first()
    if found is None:
        raise NotFoundError(GONE, code="voice_not_found")
    return find(STORE, found.path)
