"""What media servers ask before they let somebody publish or play: each in its own words. Pure.

nginx-rtmp sends a form (`call`, `name`, the arguments of the address); SRS sends JSON (`action`, `stream`, `param`); MediaMTX
sends JSON (`action`, `path`, `query` or `token`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from lms.live.rules.grants import Action

ACTIONS = {
    "publish": Action.PUBLISH, "on_publish": Action.PUBLISH,
    "play": Action.PLAY, "on_play": Action.PLAY, "read": Action.PLAY, "playback": Action.PLAY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a media server asks (媒体服务器询问). Empty words where it did not say."""

    action: str
    stream: str
    token: str


def asked(fields: Mapping[str, Any]) -> Asked:
    """Return what a media server asks."""
    words = {name: value for name, value in fields.items() if isinstance(value, str)}
    stream = words.get("name") or words.get("stream") or words.get("path", "")
    query = parse_qs((words.get("param") or words.get("query", "")).lstrip("?"))
    token = words.get("token") or query.get("token", [""])[0]
    action = ACTIONS.get(words.get("call") or words.get("action", ""))
    return Asked(action.value if action else "", stream.rstrip("/").rpartition("/")[2], token)
