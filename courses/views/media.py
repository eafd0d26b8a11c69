"""The doors of films, pictures, sounds and documents."""

from __future__ import annotations

import re
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import content_disposition_header

from courses.middleware import MEDIA_KEY
from courses.models import QuestionAudio, Subtitle, Video
from courses.queries.documents import document_for
from courses.queries.media import Holder, open_media
from courses.rules.documents import document_type
from courses.rules.playback import KINDS, kind_of
from courses.stores.files import find
from courses.views.sending import PRIVATE, sent
from lms.access.queries import actor_for
from lms.access.views import PUBLIC, open_to
from lms.kernel.errors import DomainError

PICTURES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
SUBTITLE = re.compile(r"([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.vtt")


@open_to(PUBLIC)  # the signed token in the path is the permission: it was given to this browser for this study session
def video_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Return a file of a video, or a part of it. In production nginx is told where it lies and sends it."""
    holder = Holder(request.COOKIES.get(MEDIA_KEY, ""), lambda: request.user.pk)
    try:
        return file_of_film(request, open_media(token, holder), name)
    except DomainError as refusal:  # a player asks, nobody reads a page
        return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")


def file_of_film(request: HttpRequest, video: Video, name: str) -> HttpResponseBase:
    """Return a file of a video by its name."""
    if subtitle := SUBTITLE.fullmatch(name):
        return subtitle_file(video.pk, subtitle[1])
    path, kind = f"{video.folder}/{name}", kind_of(name)
    if not kind:
        raise Http404
    return served(request, path, kind)


def served(request: HttpRequest, path: str, kind: str) -> HttpResponseBase:
    """Return a file, or the answer that lets nginx send it: it reads the Range itself (X-Accel-Redirect)."""
    if not settings.MEDIA_ACCEL:
        return sent(request, find("default", path), kind)
    response = HttpResponse(content_type=kind)
    response.headers["X-Accel-Redirect"] = quote(f"{settings.MEDIA_ACCEL}{path}")
    response.headers["Cache-Control"] = PRIVATE
    return response


@open_to(PUBLIC)  # pictures of lessons and covers are no secret; in production nginx answers before us
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Return a picture that Wagtail scaled; never an original."""
    path, kind = f"images/{name}", PICTURES.get(name.rpartition(".")[2].lower())
    if kind is None or name.startswith("."):
        raise Http404
    response = sent(request, find("default", path), kind)
    response["Cache-Control"] = "public, max-age=86400"
    return response


@open_to(PUBLIC)  # as with pictures: its address is given to whoever may see the question, and cannot be guessed
def question_sound(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """Return the sound of a question, converted by us."""
    sound = QuestionAudio.objects.filter(uid=uid).first()
    if sound is None or not sound.path:
        raise Http404
    return served(request, sound.path, "audio/mp4")


@open_to(PUBLIC)  # the query asks: staff of the institution, reviewers, learners of the lesson, visitors of a free one
def document(request: HttpRequest, document_id: int, filename: str) -> HttpResponseBase:
    """Return a document as a download, never as a page."""
    found = document_for(actor_for(request.user), document_id)
    response = served(request, found.file.name, document_type(found.filename))
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
