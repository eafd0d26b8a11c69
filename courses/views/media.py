"""Media files with Range: Django's FileResponse has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.utils.http import content_disposition_header

from courses.middleware import MEDIA_KEY
from courses.models import QuestionAudio, Subtitle
from courses.queries.documents import document_for
from courses.queries.media import Holder, open_media
from courses.rules.documents import document_type
from courses.rules.playback import KINDS, kind_of
from lms.access.queries import actor_for
from lms.access.views import PUBLIC, open_to
from lms.kernel.errors import DomainError

PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
SUBTITLE = re.compile(r"([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.vtt")
RANGE = re.compile(r"bytes=(\d*)-(\d*)")
CHUNK = 256 * 1024
PRIVATE = "private, max-age=3600"


@open_to(PUBLIC)  # the signed token in the path is the permission: it was given to this browser for this study session
def video_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Return a file of a video, or a part of it. In production nginx is told where it lies and sends it."""
    holder = Holder(request.COOKIES.get(MEDIA_KEY, ""), lambda: request.user.pk)
    try:
        video = open_media(token, holder)
    except DomainError as refusal:  # a player asks, nobody reads a page
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    if subtitle := SUBTITLE.fullmatch(name):
        return subtitle_file(video.pk, subtitle[1])
    path, kind = f"{video.folder}/{name}", kind_of(name)
    if not kind:
        raise Http404
    if settings.MEDIA_ACCEL:
        return handed_over(path, kind)
    if not default_storage.exists(path):
        raise Http404
    return ranged(request, default_storage.open(path), default_storage.size(path), kind)


def handed_over(path: str, kind: str) -> HttpResponse:
    """Return the answer that lets nginx send a file: it reads the Range itself (X-Accel-Redirect)."""
    response = HttpResponse(content_type=kind)
    response.headers["X-Accel-Redirect"] = quote(f"{settings.MEDIA_ACCEL}{path}")
    response.headers["Cache-Control"] = PRIVATE
    return response


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


@open_to(PUBLIC)  # the query asks: staff of the institution, reviewers, learners of the lesson, visitors of a free one
def document(request: HttpRequest, document_id: int, filename: str) -> HttpResponseBase:
    """Return a document as a download, never as a page."""
    found = document_for(actor_for(request.user), document_id)
    kind = document_type(found.filename)
    response: HttpResponseBase
    if settings.MEDIA_ACCEL:
        response = handed_over(found.file.name, kind)
    else:
        response = FileResponse(found.file.storage.open(found.file.name), content_type=kind)
    response.headers["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=found.filename) or ""
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def subtitle_file(video_id: int, uid: str) -> HttpResponse:
    """Return WebVTT."""
    track = Subtitle.objects.filter(video_id=video_id, uid=uid).first()
    if track is None:
        raise Http404
    return HttpResponse(track.webvtt, content_type=KINDS["vtt"], headers={"Cache-Control": PRIVATE})


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
    response.headers["Cache-Control"] = PRIVATE
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
