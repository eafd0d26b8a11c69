"""Voice messages of who was invited to speak: how large, how long, how often (语音). Pure."""

from __future__ import annotations

BYTES_PER_SECOND = 32_000  # twice what browsers record speech with
HEAD_BYTES = 64_000
SHORTEST_MS = 500
SLACK_MS = 1_500  # a recorder stops a little late
MOST_UPLOADS, WINDOW_SECONDS = 20, 600  # of one account, those that were refused too


def most_bytes(seconds: int) -> int:
    """Return how large a recording of so many seconds may be."""
    return seconds * BYTES_PER_SECOND + HEAD_BYTES


def size_problem(size: int, seconds: int) -> str:
    """Return why a file of a size is not taken, or nothing."""
    if size <= 0:
        return "录音是空的，请重新录一段。"
    return too_long(seconds) if size > most_bytes(seconds) else ""


def length_problem(length_ms: int, seconds: int) -> str:
    """Return why a recording of a length is not played to the room, or nothing."""
    if length_ms < SHORTEST_MS:
        return "录音太短，听不到内容。请重新录一段。"
    return too_long(seconds) if length_ms > seconds * 1000 + SLACK_MS else ""


def too_long(seconds: int) -> str:
    """Return what a recording is told that is too long."""
    return f"语音最长{seconds}秒，请分几段说。"


def seconds_of(length_ms: int) -> int:
    """Return the seconds that are shown of a length."""
    return max(1, round(length_ms / 1000))


def text_of(length_ms: int) -> str:
    """Return what stands for a recording where it cannot be played."""
    return f"语音，{seconds_of(length_ms)}秒"


def is_too_often(uploads: int) -> bool:
    """Return whether an account sent more recordings within the window than anybody speaks (语音次数)."""
    return uploads > MOST_UPLOADS
