"""The signatures between pages, platform and us. Pure. Vectors: reference of the official documents, held by tests."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha1
from urllib.parse import urlsplit

REPLAY_WINDOW = timedelta(minutes=5)  # how old, or how early, a callback may be
LONGEST_URL = 2000


def sha1_of(text: str) -> str:
    """Return the SHA-1 that the platform asks for; it protects nothing that is ours."""
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


def page_signature(*, ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Return the signature by which a page may use the JS-SDK (JS-SDK签名). `url` without what follows #."""
    return sha1_of(f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}")


def signable(url: str, hosts: Collection[str], *, schemes: Collection[str] = ("https",)) -> str | None:
    """Return what is signed of a page's address, or nothing where the page is not ours (允许的域名)."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    is_ours = host in hosts and parts.scheme in schemes and parts.username is None and len(url) <= LONGEST_URL
    return url.partition("#")[0] if is_ours and url.isprintable() else None


def callback_signature(token: str, timestamp: str, nonce: str, *sealed: str) -> str:
    """Return the signature of a callback; with the ciphertext it is msg_signature (服务器回调签名)."""
    return sha1_of("".join(sorted([token, timestamp, nonce, *sealed])))


def is_signed(signature: str, token: str, timestamp: str, nonce: str, *sealed: str) -> bool:
    """Return whether a callback's signature is right, in a time that tells nothing."""
    return hmac.compare_digest(callback_signature(token, timestamp, nonce, *sealed).encode(), signature.encode())


def is_timely(timestamp: str, moment: datetime) -> bool:
    """Return whether a callback was signed within the window (防重放)."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - moment.timestamp()) <= REPLAY_WINDOW.total_seconds()
