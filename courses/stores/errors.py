"""What any storage may refuse."""

from __future__ import annotations

from lms.kernel.errors import DomainError, NotFoundError


class StoreDownError(DomainError):
    """The storage does not answer, or cannot be written to (存储没有响应)."""

    code = "storage_down"
    status = 503


class FileMissingError(NotFoundError):
    """There is no such file (文件不存在)."""

    code = "file_missing"
