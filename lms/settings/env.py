"""The only reader of the environment. A malformed value stops the start, it is never guessed around."""

from __future__ import annotations

import base64
import os
from pathlib import Path
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


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


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


def bucket() -> dict[str, dict[str, object]]:
    """Return the storages of an S3-compatible bucket, or nothing without S3_BUCKET.

    "direct" is "private" by the address that browsers reach: it only signs.
    """
    name = text("S3_BUCKET", "")
    if not name:
        return {}
    from botocore.config import Config

    inside = text("S3_ENDPOINT")
    options: dict[str, object] = {
        "bucket_name": name,
        "default_acl": "private",
        "region_name": text("S3_REGION", "us-east-1"),
        "access_key": text("S3_ACCESS_KEY", "") or None,
        "secret_key": text("S3_SECRET_KEY", "") or None,
        "max_memory_size": 8 * 1024**2,  # without it a file that is read lies in memory whole
        # Checksums that botocore adds unasked are unknown to many compatible services, and to what browsers send.
        "client_config": Config(
            signature_version="s3v4",
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
