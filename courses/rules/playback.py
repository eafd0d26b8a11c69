"""Who may fetch a film's files, for how long, and which files there are. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b

HOUR_MS = 3_600_000
LONGEST_MS = 12 * HOUR_MS  # of a study session: nobody sits longer, and no address lives longer
SILENCE_MS = (
    HOUR_MS // 2
)  # without a beat: long enough for a phone that slept, short enough for a link that was passed on
PREVIEW_MS = 4 * HOUR_MS
SAMPLE_MS = 2 * HOUR_MS
KINDS = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "m4a": "audio/mp4",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
}
NAME = re.compile(r"[\w-]{1,64}\.(\w{3,4})", re.ASCII)


class GrantKind(StrEnum):
    """What an address rests on (播放凭据)."""

    SESSION = "session"  # a study session that holds its seat
    PREVIEW = "preview"  # an account of the studio or of the office
    SAMPLE = "sample"  # a lesson that everybody may try
    REPLAY = "replay"  # an account of the class whose live lesson it was


@dataclass(frozen=True, slots=True)
class Grant:
    """Why somebody may play a film: `subject` names the session, the account or the lesson. `until_ms`: never longer."""

    kind: GrantKind
    subject: str
    until_ms: int


def mark_of(key: str) -> str:
    """Return what an address carries of the browser's key: enough to know it again, too little to have it."""
    return blake2b(key.encode(), digest_size=12).hexdigest()


def is_awake(seen_ms: int, now_ms: int) -> bool:
    """Return whether a session was heard of lately: beats keep its addresses alive, however long the film (续期)."""
    return now_ms <= seen_ms + SILENCE_MS


def kind_of(name: str) -> str:
    """Return the content type of a file of a film, or nothing for a name that no film has."""
    found = NAME.fullmatch(name)
    return KINDS.get(found[1], "") if found else ""
