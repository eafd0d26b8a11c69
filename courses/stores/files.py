"""Files of a storage as they are sent: first the size, then any part in pieces, wherever they lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.core.files.storage import storages

from courses.stores import bucket
from courses.stores.errors import FileMissingError

PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is there (已存文件). `alias` names the storage, `size` is in bytes."""

    alias: str
    path: str
    size: int

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """Return a part in pieces. It is opened at once, so that a fault is known before the answer begins."""
        if bucket.is_direct():
            return bucket.pieces(self.path, self.alias, start, length, most=PIECE)
        return local_pieces(storages[self.alias].open(self.path), start, length)


def find(alias: str, path: str) -> StoredFile:
    """Return a file of a storage. Raises FileMissingError, StoreDownError."""
    if bucket.is_direct():
        size = bucket.size_of(path, alias)
    else:
        size = storages[alias].size(path) if storages[alias].exists(path) else None
    if size is None:
        raise FileMissingError("没有找到这个文件，可能已被删除。请回到原来的页面刷新后再试。")
    return StoredFile(alias, path, size)


def local_pieces(handle: IO[bytes], start: int, length: int) -> Iterator[bytes]:
    """Yield a part of a file on this machine."""
    with handle:
        handle.seek(start)
        while length > 0 and (data := handle.read(min(PIECE, length))):
            length -= len(data)
            yield data
