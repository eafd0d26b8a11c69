"""Codes on the teacher's screen: they change every few seconds and are known to the server only. Pure."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

IN, OUT = "in", "out"
WAY_NAMES = {IN: "签到", OUT: "签退"}
TOKEN_BYTES, DIGITS = 15, 10**6
TOLERANCE = 1  # the code before: whoever scans at the change is not refused


@dataclass(frozen=True, slots=True)
class Code:
    """What the screen shows for a while (签到码): `token` in the picture, `digits` for typing."""

    step: int
    token: str
    digits: str


def code_at(key: bytes, session: UUID, way: str, step: int) -> Code:
    """Return the code of a session and a way in a step of the server's clock."""
    mac = hmac.new(key, f"{session.hex}|{way}|{step}".encode(), sha256).digest()
    token = base64.urlsafe_b64encode(mac[:TOKEN_BYTES]).decode()
    return Code(step, token, f"{int.from_bytes(mac[TOKEN_BYTES:], 'big') % DIGITS:06}")


def step_of(moment_ms: int, seconds: int) -> int:
    """Return which step of the code a moment lies in."""
    return moment_ms // (seconds * 1000)


def matching_step(key: bytes, session: UUID, way: str, given: str, *, now_ms: int, seconds: int) -> int | None:
    """Return the step of a token or of six digits that is good now: this step's or the one before; nothing otherwise."""
    now = step_of(now_ms, seconds)
    for step in range(now, now - TOLERANCE - 1, -1):
        code = code_at(key, session, way, step)
        if any(hmac.compare_digest(given.encode(), one.encode()) for one in (code.token, code.digits)):
            return step
    return None


def open_from_to(way: str, starts_ms: int, ends_ms: int, door_ms: int) -> tuple[int, int]:
    """Return between when a way's codes are taken: in from before the begin, out until after the end (签到时段)."""
    return (starts_ms - door_ms, ends_ms) if way == IN else (starts_ms, ends_ms + door_ms)
