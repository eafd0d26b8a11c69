"""The `uid`: the identifier that leaves the house (in URLs and API), beside `id` (inside) and `number` (official)."""

from __future__ import annotations

import secrets
import uuid

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0/o, 1/l/i: people read these aloud


def new_uid() -> uuid.UUID:
    """Return a random UUID."""
    return uuid.uuid4()


def readable_code(length: int = 8) -> str:
    """Return a random code that can be read aloud (可口述编码)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
