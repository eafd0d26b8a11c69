"""The studio: pages of our own in Wagtail's admin."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import (
    HttpRequest,
    HttpResponse,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from courses.forms import VideoDetailForm, VideoForm
from courses.middleware import media_key
from courses.models import Video
from courses.queries.media import media_of, preview_for
from courses.queries.reviews import open_comment_count
from courses.queries.studio import (
    course_for,
    studio_institutions,
    video_for,
    videos_visible_to,
)
from courses.queries.uploads import room_of, unfinished_uploads
from courses.queries.uses import use_of_video
from courses.rules.subtitles import MOST_BYTES
from courses.rules.uploads import SUFFIXES
from courses.services.review import accessible_advice, course_problems, has_news, submit_course
from courses.services.subtitles import text_of_file
from courses.services.videos import cancel_video, change_video, delete_video, retry_video, upload_video
from courses.stores.bucket import is_direct, origin
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import open_to
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, InvalidError

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)


@open_to(*STAFF)
def video_list(request: HttpRequest) -> HttpResponse:
    """Return the institution's videos."""
    videos = videos_visible_to(actor_for(request.user))
    page = Paginator(videos, 20).get_page(request.GET.get("p"))
    return render(request, "courses/studio/video_list.html", {"page": page})


@open_to(*STAFF)
def video_new(request: HttpRequest) -> HttpResponse:
    """Offer to send many files in parts, or one by a plain form; Django streams a large one to a temporary file."""
    actor = actor_for(request.user)
    institutions = studio_institutions(actor)
    form = VideoForm(request.POST or None, request.FILES or None, institutions=institutions)
    if request.method == "POST" and form.is_valid() and (video := uploaded(request, form)):
        messages.success(request, "视频已上传，正在排队处理。处理期间可以离开本页。")
        return redirect("studio:video", video.uid)
    context = {
        "form": form,
        "institutions": [(one, room_of(one)) for one in institutions],
        "unfinished": unfinished_uploads(actor, clock.now()),
        "is_direct": is_direct(),
        "chunk_bytes": settings.UPLOAD_CHUNK_BYTES,
        "accept": ",".join(f".{suffix}" for suffix in SUFFIXES),
    }
    response = render(request, "courses/studio/video_form.html", context, status=422 if form.errors else 200)
    # Wagtail's pages are outside the site's policy; where this one sends files is said here.
    response.headers["Content-Security-Policy"] = f"connect-src 'self' {origin()}".strip()
    return response


def uploaded(request: HttpRequest, form: VideoForm) -> Video | None:
    """Return the video of a form, or put the refusal at its field."""
    actor, values = actor_for(request.user), form.cleaned_data
    file = values["file"]
    try:
        video = upload_video(
            institution=values["institution"],
            title=values["title"],
            file=file,
            name=file.name,
            size=file.size,
            actor=actor,
            webvtt=text_of(values.get("webvtt")),
        )
    except InvalidError as error:
        form.take(error)
        return None
    return video


def text_of(subtitle: UploadedFile[bytes] | None) -> str:
    """Return the text of an uploaded subtitle file, or nothing."""
    return text_of_file(subtitle.read(MOST_BYTES + 1)) if subtitle else ""


@open_to(*STAFF)
def video_detail(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Return a video with its progress, its fault or its player, and take its title."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    form = VideoDetailForm(request.POST or None, initial={"title": video.title})
    if request.method == "POST" and form.is_valid() and changed_video(form, video, actor):
        messages.success(request, "已保存。")
        return redirect("studio:video", uid)
    media = media_of(video, grant=preview_for(request.user.pk), key=media_key(request))
    is_waiting = video.state in {Video.State.UPLOADED, Video.State.PROCESSING}
    context = {
        "video": video,
        "media": media,
        "is_waiting": is_waiting,
        "seconds": round(video.duration_ms / 1000),
        "may_retry": video.state in {Video.State.FAILED, Video.State.CANCELLED},
        "use": use_of_video(video),
        "form": form,
    }
    return render(request, "courses/studio/video_detail.html", context, status=422 if form.errors else 200)


def changed_video(form: VideoDetailForm, video: Video, actor: Actor) -> bool:
    """Write the title, or put the refusal at its field."""
    values = form.cleaned_data
    try:
        change_video(video=video, title=values["title"], actor=actor)
    except InvalidError as error:
        form.take(error)
        return False
    return True


@require_POST
@open_to(*STAFF)
def video_delete(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Delete a video that no lesson shows."""
    actor = actor_for(request.user)
    try:
        delete_video(video=video_for(actor, uid), actor=actor)
    except ConflictError as error:
        messages.error(request, error.message)
        return redirect("studio:video", uid)
    messages.success(request, "视频已删除。")
    return redirect("studio:videos")


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
            "error": video.error,
        }
    )


@require_POST
@open_to(*STAFF)
def video_retry(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Try a failed video again."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    try:
        retry_video(video=video, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("studio:video", uid)


@require_POST
@open_to(*STAFF)
def video_cancel(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Stop the processing of a video."""
    actor = actor_for(request.user)
    video = video_for(actor, uid)
    try:
        cancel_video(video=video, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已取消处理，文件还在。需要时可以重新处理。")
    return redirect("studio:video", uid)


@open_to(*STAFF)
def submit(request: HttpRequest, page_id: int) -> HttpResponse:
    """Show what is missing in a course, or submit it as a whole."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    if request.method == "POST":
        try:
            submit_course(course=course, actor=actor)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "已提交区办审核。审核期间可以继续修改，但发布的是现在提交的内容。")
    submissions = list(course.submissions.order_by("-submitted_at", "-pk")[:10])
    context = {
        "course": course,
        "problems": course_problems(course),
        "advice": accessible_advice(course),
        "submissions": submissions,
        "newest": submissions[0] if submissions else None,
        "has_news": has_news(course),
        "comment_count": open_comment_count(course),
    }
    return render(request, "courses/studio/submit.html", context)
