"""Where the stream of a live lesson goes besides our own folder: addresses for a media server or a cloud's CDN. Pure.

Sources: Alibaba Cloud, "URL signing" (type A: `timestamp-rand-uid-md5(URI-timestamp-rand-uid-key)`); Tencent Cloud, "Hotlink
protection URL calculation" (`md5(key + stream + txTime)`, txTime in hexadecimal). Their published examples are the tests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

NGINX, ALIYUN, TENCENT = "nginx", "aliyun", "tencent"


@dataclass(frozen=True, slots=True)
class Relay:
    """A server that takes the stream and gives it to the crowd (转推). Addresses end with the application: rtmp://host/live."""

    kind: str
    push: str
    play: str
    push_key: str = ""
    play_key: str = ""


def md5(words: str) -> str:
    """Return the MD5 that both clouds sign with."""
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()  # their scheme, not our choice


def aliyun_query(address: str, ends_at: datetime, key: str) -> str:
    """Return the signature of an address for Alibaba Cloud (阿里云直播鉴权)."""
    moment = int(ends_at.timestamp())
    return f"auth_key={moment}-0-0-{md5(f'{urlsplit(address).path}-{moment}-0-0-{key}')}"


def tencent_query(stream: str, ends_at: datetime, key: str) -> str:
    """Return the signature of a stream for Tencent Cloud (腾讯云直播防盗链)."""
    moment = f"{int(ends_at.timestamp()):X}"
    return f"txSecret={md5(f'{key}{stream}{moment}')}&txTime={moment}"


def push_address(relay: Relay, stream: str, ends_at: datetime, token: str) -> str:
    """Return where an encoder pushes a stream (推流地址)."""
    address = f"{relay.push}/{stream}"
    return f"{address}?{query_of(relay.kind, address, stream, ends_at, relay.push_key) or f'token={token}'}"


def play_address(relay: Relay, stream: str, ends_at: datetime, token: str) -> str:
    """Return where players find a stream (播放地址). With nginx the token stands in the path: relative addresses keep it."""
    if relay.kind == NGINX:
        return f"{relay.play}/{token}/{stream}/index.m3u8"
    address = f"{relay.play}/{stream}.m3u8"
    return f"{address}?{query_of(relay.kind, address, stream, ends_at, relay.play_key)}"


def query_of(kind: str, address: str, stream: str, ends_at: datetime, key: str) -> str:
    """Return a cloud's signature, or nothing where our own token is asked."""
    if kind == ALIYUN:
        return aliyun_query(address, ends_at, key)
    return tencent_query(stream, ends_at, key) if kind == TENCENT else ""
