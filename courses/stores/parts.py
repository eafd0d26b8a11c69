"""A file on this machine that grows part by part. Its length is the offset: nothing can fall out of step with it."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.core.files.storage import storages

from courses.stores.errors import StoreDownError
from lms.kernel.errors import DomainError

log = logging.getLogger(__name__)


class PartLockedError(DomainError):
    """Another request writes the same file (正在写入)."""

    code = "upload_locked"
    status = 423


class PartGoneError(DomainError):
    """There is no such file any more (已清理)."""

    code = "upload_gone"
    status = 410


@contextmanager
def on_disk() -> Iterator[None]:
    """Raise StoreDownError where the disk is full or takes nothing; what it took before stays."""
    try:
        yield
    except OSError as error:
        log.warning("storage: %s", errno.errorcode.get(error.errno or 0, type(error).__name__))
        raise StoreDownError(
            "服务器暂时存不下文件，已收到的部分不会丢。请过几分钟再继续；如果一直这样，请联系平台客服。"
        ) from error


class Part:
    """An open file of which this process is the one writer."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    @property
    def size(self) -> int:
        """Return how many bytes are there."""
        return os.fstat(self.descriptor).st_size

    def append(self, data: bytes | bytearray) -> None:
        """Write bytes at the end. Raises StoreDownError."""
        rest = memoryview(data)
        with on_disk():
            while rest:
                rest = rest[os.write(self.descriptor, rest) :]

    def keep(self) -> None:
        """Have the disk hold what was written: it is acknowledged next. Raises StoreDownError."""
        with on_disk():
            os.fsync(self.descriptor)

    def head(self, count: int) -> bytes:
        """Return how the file begins."""
        return os.pread(self.descriptor, count, 0)


def place(path: str) -> Path:
    """Return where a file of the private storage lies on this machine."""
    return Path(storages["private"].path(path))


def make_part(path: str) -> None:
    """Make an empty file. Raises StoreDownError."""
    with on_disk():
        place(path).parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(place(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@contextmanager
def writing(path: str) -> Iterator[Part]:
    """Open a file to append to it. Raises PartLockedError while somebody else does, PartGoneError if it is not there."""
    try:
        descriptor = os.open(place(path), os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise PartGoneError("这个文件已经不在服务器上，请重新上传。") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Part(descriptor)
    except BlockingIOError as error:
        raise PartLockedError("同一个文件正在另一处上传，请稍等片刻再继续。") from error
    finally:
        os.close(descriptor)


def size_of(path: str) -> int:
    """Return how many bytes have come. Raises PartGoneError."""
    try:
        return place(path).stat().st_size
    except FileNotFoundError as error:
        raise PartGoneError("这个文件已经不在服务器上，请重新上传。") from error


def remove_part(path: str) -> None:
    """Remove a file and its folder."""
    place(path).unlink(missing_ok=True)
    with suppress(OSError):
        place(path).parent.rmdir()
