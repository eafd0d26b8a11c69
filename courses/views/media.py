"""Media files with Range: Django's FileResponse has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)

from courses.models import QuestionAudio, Subtitle
from courses.queries.media import open_media
from lms.access.views import PUBLIC, open_to

KINDS = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
}
PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
NAME = re.compile(r"[\w-]{1,64}\.(?:m3u8|m4s|mp4|jpg)")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
CHUNK = 256 * 1024


@open_to(PUBLIC)  # the signed token in the path is the permission: it was given to a learner's session
def video_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Return a file of a video, or a part of it."""
    video = open_media(token)
    if name.endswith(".vtt"):
        return subtitle_file(video.pk, name.removesuffix(".vtt"))
    path = f"{video.folder}/{name}"
    if not NAME.fullmatch(name) or not default_storage.exists(path):
        raise Http404
    return ranged(request, default_storage.open(path), default_storage.size(path), KINDS[name.rsplit(".", 1)[1]])


@open_to(PUBLIC)  # pictures of lessons and covers are no secret; in production nginx answers before us
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a picture that Wagtail scaled; never an original."""
    path, kind = f"images/{name}", PICTURES.get(name.rpartition(".")[2].lower())
    if kind is None or name.startswith(".") or not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path), content_type=kind)
    response["Cache-Control"] = "public, max-age=86400"
    return response


@open_to(PUBLIC)  # as with pictures: its address is given to whoever may see the question, and cannot be guessed
def question_sound(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """Return the sound of a question, converted by us."""
    sound = QuestionAudio.objects.filter(uid=uid).first()
    if sound is None or not default_storage.exists(sound.path):
        raise Http404
    return ranged(request, default_storage.open(sound.path), default_storage.size(sound.path), "audio/mp4")


def subtitle_file(video_id: int, uid: str) -> HttpResponse:
    """Return WebVTT."""
    track = Subtitle.objects.filter(video_id=video_id, uid=uid).first() if re.fullmatch(r"[\da-f-]{36}", uid) else None
    if track is None:
        raise Http404
    return HttpResponse(track.webvtt, content_type=KINDS["vtt"])


def ranged(request: HttpRequest, handle: IO[bytes], size: int, kind: str) -> HttpResponseBase:
    """Return a file whole (200) or a part of it (206); a range that is not there is 416."""
    found = RANGE.fullmatch(request.headers.get("Range", ""))
    start, end = 0, size - 1
    if found and (found[1] or found[2]):
        start, end = bounds(found, size)
        if start > end or start >= size:
            handle.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    response: HttpResponseBase
    if request.method == "HEAD":
        handle.close()
        response = HttpResponse(content_type=kind)
    else:
        response = StreamingHttpResponse(parts(handle, start, end - start + 1), content_type=kind)
    if found:
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{end}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Length"] = str(end - start + 1)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def bounds(found: re.Match[str], size: int) -> tuple[int, int]:
    """Return first and last byte of a Range header."""
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    return int(found[1]), min(int(found[2]) if found[2] else size - 1, size - 1)


def parts(handle: IO[bytes], start: int, length: int) -> Iterator[Any]:
    """Yield the bytes in pieces."""
    with handle:
        handle.seek(start)
        while length > 0 and (data := handle.read(min(CHUNK, length))):
            length -= len(data)
            yield data
