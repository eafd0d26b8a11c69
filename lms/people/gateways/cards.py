"""Has a picture of an ID card read (拍照填写) by a process of its own: the picture is never stored, memory comes back."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from lms.kernel.errors import DomainError, InvalidError
from lms.people.gateways.reader import TOO_LARGE
from lms.people.rules import CardLine, CardPicture

MOST_BYTES = 15_000_000
MOST_PIXELS = 60_000_000  # of phones; a picture is made smaller while it is read
READ_SECONDS, QUEUE_SECONDS = 25, 15  # nginx gives up after 60
MANUALLY = "也可以不用照片，直接手工填写。"
log = logging.getLogger(__name__)


class PhotoError(InvalidError):
    """A photo cannot be used (照片不可用)."""

    code = "photo_unusable"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, fields={"photo": sentence})


class ReaderBusyError(DomainError):
    """The reader has no time, or took too much of it (识别繁忙)."""

    code = "reader_busy"
    status = 503


@contextmanager
def turn() -> Iterator[None]:
    """Wait for the one place at the reader of this machine: two at a time would take its memory twice."""
    path = Path(settings.VAR_DIR) / "card-reader.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        until = time.monotonic() + QUEUE_SECONDS
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > until:
                    raise ReaderBusyError(f"现在识别照片的人较多，请过一分钟再试。{MANUALLY}") from error
                time.sleep(0.2)
        yield


def read_picture(picture: bytes) -> CardPicture:
    """Return what a picture shows. Raises PhotoError, ReaderBusyError."""
    if len(picture) > MOST_BYTES:
        raise PhotoError(f"照片超过{MOST_BYTES // 1_000_000}MB，请用较低的清晰度重新拍摄。")
    with turn():
        told = json.loads(output(picture))
    if problem := told.get("problem"):
        raise PhotoError(
            "照片的尺寸过大，请用手机相机重新拍摄。"
            if problem == TOO_LARGE
            else "这个文件不是可以识别的照片，请上传 JPG、PNG 或 WebP 格式的照片。"
        )
    lines = tuple(CardLine(row["text"], tuple((x, y) for x, y in row["corners"])) for row in told["lines"])
    return CardPicture(lines, told["sharpness"])


def output(picture: bytes) -> bytes:
    """Return what the reader printed. It sees none of our environment: the keys lie there."""
    command = [sys.executable, "-m", "lms.people.gateways.reader", str(MOST_PIXELS)]
    own = {"PATH": os.environ.get("PATH", ""), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    own |= {"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, nothing of the request is in the command
            command,
            input=picture,
            capture_output=True,
            timeout=READ_SECONDS,
            cwd=settings.BASE_DIR,
            env=own,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReaderBusyError(f"识别时间过长，请过一分钟再试。{MANUALLY}") from error
    if ended.returncode:
        log.error(
            "the reader of cards ended with %s: %s", ended.returncode, ended.stderr[-300:].decode(errors="replace")
        )
        raise ReaderBusyError(f"这张照片没有读完，请重新拍摄一张再试。{MANUALLY}")
    return ended.stdout
