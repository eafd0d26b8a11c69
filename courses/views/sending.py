"""Stored files as answers, whole or in part: Django's FileResponse knows no Range and holds a file in memory under ASGI."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

RANGE = re.compile(r"bytes=(\d*)-(\d*)")
PRIVATE = "private, max-age=3600"


class Sendable(Protocol):
    """A file that knows its size and yields any part of itself."""

    @property
    def size(self) -> int:
        """Return how many bytes it has."""

    def pieces(self, start: int, length: int) -> Iterator[bytes]:
        """Return a part in pieces."""


class PiecesResponse(StreamingHttpResponse):
    """Sends piece after piece under WSGI and ASGI alike."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = iter(self)
        following = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
        while (piece := await following()) is not None:
            yield piece


def sent(request: HttpRequest, file: Sendable, kind: str) -> HttpResponseBase:
    """Return a file whole (200) or a part of it (206); a range that is not there is 416. Raises StoreDownError."""
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    start, end = 0, file.size - 1
    if found and (found[1] or found[2]):
        start, end = bounds(found, file.size)
        if start > end or start >= file.size:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    else:
        found = None
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=kind)
    else:
        response = PiecesResponse(file.pieces(start, end - start + 1), content_type=kind)
    if found:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end}/{file.size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(end - start + 1)
    response.headers["Cache-Control"] = PRIVATE
    return response


def bounds(found: re.Match[str], size: int) -> tuple[int, int]:
    """Return first and last byte of a Range header."""
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    return int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)
