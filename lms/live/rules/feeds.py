"""Streams that teachers' software publishes at a media server, by RTMP, and what that server says of them. Pure.

nginx-rtmp calls us with a form. A publication is published under a name of its own, `<stream>-<connection>`: software that
comes back while its old connection still hangs is let in at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FEED = re.compile(r"([0-9a-f]{32})(?:-(\d{1,20}))?", re.ASCII)


class Call(StrEnum):
    """What the server says or asks."""

    PUBLISH = "publish"
    GOES_ON = "update_publish"  # every few seconds, while somebody publishes
    DONE = "publish_done"
    PLAY = "play"
    PLAYS_ON = "update_play"


@dataclass(frozen=True, slots=True)
class Said:
    """A call of the server (推流回调). `stream`: whose, in hex; `feed`: under which name."""

    call: Call
    stream: str
    feed: str
    token: str


def said(fields: Mapping[str, Any]) -> Said | None:
    """Return what the server says; nothing for words that none of its calls has."""
    words = {name: value for name, value in fields.items() if isinstance(value, str)}
    name = FEED.fullmatch(words.get("name", ""))
    connection = re.fullmatch(r"\d{1,20}", words.get("clientid", ""), re.ASCII)
    call = words.get("call", "")
    if name is None or call not in set(Call):
        return None
    if call in (Call.PLAY, Call.PLAYS_ON):
        return Said(Call(call), name[1], name[0], words.get("token", ""))
    return Said(Call(call), name[1], f"{name[1]}-{connection[0]}", words.get("token", "")) if connection else None
