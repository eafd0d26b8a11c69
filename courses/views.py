"""Doors of content: video files with Range (Django's FileResponse has none), and the studio's own pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from courses import services
from courses.forms import VideoForm
from courses.models import Subtitle, Video
from courses.queries import course_for, media_of, open_media, studio_institutions, video_for, videos_visible_to
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import PUBLIC, open_to
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError

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


# --- the studio: pages of our own in Wagtail's admin -----------------------------------------------------------------

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
PREVIEW_MS = 3_600_000


@open_to(*STAFF)
def video_list(request: HttpRequest) -> HttpResponse:
    """Return the institution's videos."""
    videos = videos_visible_to(actor_for(request.user))
    page = Paginator(videos, 20).get_page(request.GET.get("p"))
    return render(request, "courses/studio/video_list.html", {"page": page})


@open_to(*STAFF)
def video_new(request: HttpRequest) -> HttpResponse:
    """Take an upload; Django streams a large file to a temporary one."""
    actor = actor_for(request.user)
    form = VideoForm(request.POST or None, request.FILES or None, institutions=studio_institutions(actor))
    if request.method == "POST" and form.is_valid() and (video := uploaded(request, form)):
        messages.success(request, "视频已上传，正在排队处理。处理期间可以离开本页。")
        return redirect("studio:video", video.uid)
    return render(request, "courses/studio/video_form.html", {"form": form})


def uploaded(request: HttpRequest, form: VideoForm) -> Video | None:
    """Return the video of a form, or put the refusal at its field."""
    actor, values = actor_for(request.user), form.cleaned_data
    file = values["file"]
    try:
        video = services.upload_video(
            institution=values["institution"],
            title=values["title"],
            file=file,
            name=file.name,
            size=file.size,
            actor=actor,
        )
        if subtitle := values.get("subtitle"):
            text = subtitle.read(1_000_000).decode("utf-8", errors="replace")
            services.put_subtitle(video=video, webvtt=text, actor=actor)
    except InvalidError as error:
        for name, sentence in (error.fields or {"file": error.message}).items():
            form.add_error({"webvtt": "subtitle"}.get(name, name), sentence)
        return None
    return video


@open_to(*STAFF)
def video_detail(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return a video with its progress, its fault or its player."""
    video = video_for(actor_for(request.user), uid)
    media = media_of(video, expires_ms=clock.now_ms() + PREVIEW_MS)
    is_waiting = video.state in {Video.State.UPLOADED, Video.State.PROCESSING}
    context = {"video": video, "media": media, "is_waiting": is_waiting, "seconds": video.duration_ms // 1000}
    return render(request, "courses/studio/video_detail.html", context)


@open_to(*STAFF)
def video_state(request: HttpRequest, uid: UUID) -> JsonResponse:
    """Return how far a video is, for polling."""
    video = video_for(actor_for(request.user), uid)
    job = video.job
    failed = job is not None and job.state == job.State.FAILED
    return JsonResponse(
        {
            "is_waiting": video.state in {Video.State.UPLOADED, Video.State.PROCESSING} and not failed,
            "percent": job.progress_percent if job else 0,
            "state": video.get_state_display(),
        }
    )


@require_POST
@open_to(*STAFF)
def video_retry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Try a failed video again."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    try:
        services.retry_video(video=video, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("studio:video", uid)


@open_to(*STAFF)
def submit(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what is missing in a course, or submit it as a whole."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    if request.method == "POST":
        try:
            services.submit_course(course=course, actor=actor)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已提交区办审核。审核期间可以继续修改，但发布的是现在提交的内容。")
    submissions = course.submissions.order_by("-submitted_at")
    context = {"course": course, "problems": services.course_problems(course), "submissions": submissions[:10]}
    return render(request, "courses/studio/submit.html", context)
