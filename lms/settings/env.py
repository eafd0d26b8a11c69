"""The only reader of the environment. A malformed value stops the start, it is never guessed around."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """Return a value; without a default it must be set, and not to nothing.

    `NAME_FILE` may name a file that holds it (container secrets).
    """
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text("utf-8").strip()
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"{name} must be set in the environment")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return True or False; anything but 1/true/yes/on and 0/false/no/off is refused."""
    value = text(name, "").strip().lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false")
    return value in TRUE


def number(name: str, default: int) -> int:
    """Return a whole number."""
    value = text(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number") from error


def choice(name: str, *values: str) -> str:
    """Return one of the values; the first is what holds when nothing is set."""
    value = text(name, "").strip() or values[0]
    if value not in values:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(filter(None, values))}")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def table(name: str) -> dict[str, str]:
    """Return comma-separated pairs: name=value,name=value."""
    pairs = [word.partition("=") for word in words(name)]
    if broken := next((pair[0] for pair in pairs if not pair[2]), None):
        raise ImproperlyConfigured(f"{name} has {broken!r}, which is no name=value")
    return {left.strip(): right.strip() for left, _, right in pairs}


def key(name: str) -> bytes:
    """Return a 32-byte key given in base64."""
    try:
        raw = base64.b64decode(text(name), validate=True)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not base64") from error
    if len(raw) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes, it is {len(raw)}")
    return raw


def origin(name: str) -> str:
    """Return an origin, scheme://host[:port], or nothing when it is not set."""
    value = text(name, "").rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in {"http", "https"} or value != f"{parts.scheme}://{parts.netloc}"):
        raise ImproperlyConfigured(f"{name}={value!r} is not an origin such as https://name.example.cn")
    return value


def rtmp(name: str, default: str) -> str:
    """Return the address of an RTMP application, or nothing: rtmp://host[:port]/application."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if value and (
        parts.scheme not in {"rtmp", "rtmps"} or not parts.netloc or not parts.path.strip("/") or parts.query
    ):
        raise ImproperlyConfigured(f"{name} must be like rtmp://host/application")
    return value


def relay() -> dict[str, str]:
    """Return where live streams go besides our own folder, or nothing: LIVE_RELAY with its addresses and keys."""
    kind = choice("LIVE_RELAY", "", "nginx", "aliyun", "tencent")
    if not kind:
        return {}
    found = {"kind": kind, "push": text("LIVE_PUSH_URL").rstrip("/"), "play": text("LIVE_PLAY_URL").rstrip("/")}
    for name, schemes in (("push", {"rtmp", "rtmps"}), ("play", {"http", "https"})):
        parts = urlsplit(found[name])
        if parts.scheme not in schemes or not parts.netloc or not parts.path.strip("/") or parts.query:
            raise ImproperlyConfigured(f"LIVE_{name.upper()}_URL must be like {min(schemes)}://host/application")
    if kind != "nginx":
        found |= {"push_key": text("LIVE_PUSH_KEY"), "play_key": text("LIVE_PLAY_KEY")}
    return found


def janus() -> dict[str, str]:
    """Return the address and keys of Janus, or nothing: LIVE_JANUS_URL with its keys."""
    value = text("LIVE_JANUS_URL", "").rstrip("/")
    parts = urlsplit(value)
    if not value:
        return {}
    if parts.scheme not in {"http", "https"} or not parts.netloc or not parts.path.strip("/") or parts.query:
        raise ImproperlyConfigured("LIVE_JANUS_URL must be like http://127.0.0.1:8088/janus")
    return {"url": value, "secret": text("LIVE_JANUS_SECRET"), "room_key": text("LIVE_JANUS_ROOM_KEY")}


def database(default: str) -> dict[str, object]:
    """Return Django's settings for DATABASE_URL: sqlite:///path or postgresql://user:password@host:port/name."""
    url = urlsplit(text("DATABASE_URL", default))
    if url.scheme == "sqlite":
        return sqlite(url.path[1:] if url.netloc == "" else "")
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL has the unknown scheme {url.scheme!r}")
    options: dict[str, object] = dict(parse_qsl(url.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path[1:]),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": str(options.pop("host", None) or url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 0,
        # CONN_MAX_AGE under ASGI exhausts the server's connections: the pool does not (docs/adr/0004).
        "OPTIONS": {"pool": {"min_size": 1, "max_size": number("DATABASE_POOL", 8), "timeout": 10}, **options},
    }


def sqlite(path: str) -> dict[str, object]:
    """Return SQLite as this project uses it: WAL, one writer at a time that waits, every commit on disk."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }


def mail(name: str) -> dict[str, object]:
    """Return Django's settings of a mail server, smtp://user:password@host:port or smtps://…, or nothing without one.

    smtp is protected by STARTTLS; `?tls=off` is for a server on the same machine.
    """
    url = urlsplit(text(name, ""))
    if not url.scheme:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    options = dict(parse_qsl(url.query))
    if url.scheme not in {"smtp", "smtps"} or not url.hostname:
        raise ImproperlyConfigured(f"{name} must be smtp://user:password@host:port or smtps://…")
    is_plain = options.get("tls") == "off"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": url.hostname,
        "EMAIL_PORT": url.port or (465 if url.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": unquote(url.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(url.password or ""),
        "EMAIL_USE_SSL": url.scheme == "smtps",
        "EMAIL_USE_TLS": url.scheme == "smtp" and not is_plain,
        "EMAIL_TIMEOUT": 10,
    }


def bucket() -> dict[str, dict[str, object]]:
    """Return the storages of an S3-compatible bucket, or nothing without S3_BUCKET.

    "direct" is "private" by the address that browsers reach: it only signs.
    """
    name = text("S3_BUCKET", "")
    if not name:
        return {}
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    inside = text("S3_ENDPOINT")
    options: dict[str, object] = {
        "bucket_name": name,
        "default_acl": "private",
        "region_name": text("S3_REGION", "us-east-1"),
        "access_key": text("S3_ACCESS_KEY", "") or None,
        "secret_key": text("S3_SECRET_KEY", "") or None,
        "max_memory_size": 8 * 1024**2,  # without it a file that is read lies in memory whole
        "transfer_config": TransferConfig(
            use_threads=False
        ),  # what reads a film renews its job's lease in the database
        # Three attempts end before nginx gives up on us (60 s). Checksums that botocore adds unasked are unknown to many
        # compatible services, and to what browsers send.
        "client_config": Config(
            signature_version="s3v4",
            connect_timeout=3,
            read_timeout=15,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": text("S3_ADDRESSING", "path")},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }
    places = {"default": ("media", inside), "private": ("private", inside)}
    places["direct"] = ("private", text("S3_PUBLIC_ENDPOINT", inside))
    return {
        alias: {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {**options, "location": location, "endpoint_url": endpoint},
        }
        for alias, (location, endpoint) in places.items()
    }


def official_account(prefix: str, hosts: list[str]) -> dict[str, Any]:
    """Return the access to a WeChat official account: with PREFIX_APPID its secret, token and AES key must be set."""
    appid = text(f"{prefix}_APPID", "")
    needed = {name: text(f"{prefix}_{name.upper()}", None if appid else "") for name in ("secret", "token", "aes_key")}
    if appid and len(needed["aes_key"]) != 43:
        raise ImproperlyConfigured(f"{prefix}_AES_KEY must have 43 characters")
    address = origin(f"{prefix}_API") or "https://api.weixin.qq.com"
    allowed = words(f"{prefix}_JS_HOSTS") or hosts
    return needed | {"appid": appid, "api": address, "hosts": allowed, "templates": table(f"{prefix}_TEMPLATES")}


def provider(prefix: str, endpoint: str, *needed: str, is_chosen: bool) -> dict[str, str]:
    """Return the access to an outside provider: PREFIX_KEY_ID and so on must be set once it is chosen."""
    access = {name.lower(): text(f"{prefix}_{name}", None if is_chosen else "") for name in needed}
    address = origin(f"{prefix}_ENDPOINT") or endpoint
    if not address.startswith("https://"):
        raise ImproperlyConfigured(f"{prefix}_ENDPOINT must be an https address: faces and numbers are sent to it")
    return access | {"endpoint": address}
