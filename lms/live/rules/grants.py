"""Short signed words by which a media server lets somebody publish or play one stream (推流、播放令牌). Pure.

`<publish|play>.<stream>.<account or 0>.<end, Unix seconds>.<MAC>`, the MAC being HMAC-SHA256 over what stands before it, in
base64url without padding. Nothing in it needs escaping in an address, a form or a header.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

TOKEN = re.compile(r"((publish|play)\.([0-9a-f]{32})\.(\d{1,18})\.(\d{1,11}))\.([\w-]{43})", re.ASCII)
PLATFORM = 0  # the account of who publishes for the platform itself: our own encoder


class Action(StrEnum):
    """What a token allows."""

    PUBLISH = "publish"
    PLAY = "play"


class BadGrantError(ValueError):
    """The token is forged, cut, for another stream or action, or over."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may do what with which stream until when (授权)."""

    action: Action
    stream: UUID
    user_id: int
    ends_at: datetime


def token_of(grant: Grant, key: bytes) -> str:
    """Return the token of a grant."""
    words = f"{grant.action}.{grant.stream.hex}.{grant.user_id}.{int(grant.ends_at.timestamp())}"
    return f"{words}.{mac(words, key)}"


def account_named(token: str) -> int | None:
    """Return the account that a token names, held to nothing yet: it says which key the token is to be held to."""
    found = TOKEN.fullmatch(token)
    return int(found[4]) if found else None


def stream_named(token: str) -> str:
    """Return the stream that a token names, held to nothing yet; nothing for what is no token."""
    found = TOKEN.fullmatch(token)
    return found[3] if found else ""


def mac(words: str, key: bytes) -> str:
    """Return the MAC of what stands before it."""
    digest = hmac.new(key, words.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def grant_of(token: str, key: bytes, *, action: str, stream: str, now: datetime) -> Grant:
    """Return what a token allows, for this action with this stream now. Raises BadGrantError for anything else."""
    found = TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(mac(found[1], key), found[6]):
        raise BadGrantError("forged")
    grant = Grant(Action(found[2]), UUID(hex=found[3]), int(found[4]), datetime.fromtimestamp(int(found[5]), UTC))
    if (grant.action, grant.stream.hex) != (action, stream):
        raise BadGrantError("another stream or action")
    if grant.ends_at <= now:
        raise BadGrantError("over")
    return grant
