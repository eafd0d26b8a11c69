"""The time-stamping authority: the one outside system of the log (RFC 3161). Requests and answers are openssl's work."""

from __future__ import annotations

import logging
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

TIMEOUT_SECONDS = 20
MOST_BYTES = 64 * 1024
log = logging.getLogger(__name__)


class StampError(Exception):
    """The authority gave no stamp, or one that does not hold. Its text is a Chinese sentence for the office."""


class Authority(Protocol):
    """Stamps bytes."""

    def stamp(self, data: bytes) -> bytes:
        """Return the authority's checked answer (DER), or raise StampError."""


class HttpAuthority:
    """An authority behind HTTP (RFC 3161 §3.4), believed by the certificates of LEDGER_TSA_CA_PATH."""

    def stamp(self, data: bytes) -> bytes:
        """Ask once, and check what comes back against the question and the certificates."""
        with tempfile.TemporaryDirectory(prefix="stamp-") as name:
            folder = Path(name)
            (folder / "data").write_bytes(data)
            openssl("-query", "-data", folder / "data", "-sha256", "-cert", "-out", folder / "request")
            answer = posted((folder / "request").read_bytes())
            (folder / "answer").write_bytes(answer)
            checks = ("-queryfile", folder / "request", "-in", folder / "answer")
            openssl("-verify", *checks, "-CAfile", settings.LEDGER_TSA_CA_PATH)
            return answer


def authority() -> Authority:
    """Return the configured authority."""
    found: Authority = import_string(settings.LEDGER_TSA_GATEWAY)()
    return found


def openssl(*words: str | Path) -> None:
    """Run `openssl ts`. Raises StampError when it refuses."""
    command = ["openssl", "ts", *map(str, words)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False)  # noqa: S603 - own words
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StampError("运行 openssl 失败，请检查服务器是否装有 openssl。") from error
    if done.returncode != 0:
        log.warning("openssl ts %s: %s", words[0], done.stderr.decode(errors="replace")[-500:])
        raise StampError("时间戳机构的回复没有通过验证：不是它的证书签的，或与请求不符。")


def posted(body: bytes) -> bytes:
    """Return what the authority answers. Raises StampError when it does not."""
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(settings.LEDGER_TSA_URL, data=body, headers=headers)  # noqa: S310 - from env
    try:
        with urllib.request.urlopen(request, timeout=settings.LEDGER_TSA_TIMEOUT_SECONDS) as answer:  # noqa: S310
            content: bytes = answer.read(MOST_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        log.warning("time-stamping authority: %s", error)
        raise StampError("连不上时间戳机构，或它没有按时回复。") from error
    if len(content) > MOST_BYTES:
        raise StampError("时间戳机构的回复过长。")
    return content
