"""Uploaded videos: kept, handed to the pipeline, and what became of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction

from courses.models import (
    Video,
)
from courses.queries.uses import use_of_video
from courses.services.quotas import reserve_room
from courses.services.subtitles import cues_of_text, put_subtitle
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.kernel.jobs import Lane, cancel, enqueue_on_commit, settle_stopped
from lms.kernel.texts import check_text
from lms.organisations.models import Organisation

LARGEST_BYTES = 2 * 1024**3
SHORT_FIRST = ((64 << 20, 20), (512 << 20, 10), (LARGEST_BYTES, 0))  # most bytes, priority
WAITING = {Video.State.UPLOADED, Video.State.PROCESSING}
STOPPED = "平台处理视频时出错。请点击重新处理；如仍失败，请联系平台客服。"


def upload_video(
    *,
    institution: Organisation,
    title: str,
    file: BinaryIO,
    name: str,
    size: int,
    actor: Actor,
    webvtt: str = "",
) -> Video:
    """Keep an uploaded file out of every URL's reach and hand it to the pipeline (上传视频). Size in bytes."""
    require(actor, "courses.upload", institution)
    check_title(title)
    if webvtt:
        cues_of_text(webvtt)
    if not 0 < size <= LARGEST_BYTES:
        sentence = "文件是空的，请重新选择。" if size <= 0 else "文件超过2GB，请压缩或分段后上传。"
        raise InvalidError(sentence, fields={"file": sentence})
    video = Video(
        institution=institution,
        title=title.strip()[:100],
        source_name=name[:200],
        size_bytes=size,
        uploaded_by_id=actor.user_id,
    )
    video.source_path = storages["private"].save(f"videos/{video.uid.hex}/source", File(file))
    try:
        keep_video(video, webvtt, actor)
    except DomainError:
        storages["private"].delete(video.source_path)
        raise
    return video


@transaction.atomic
def keep_video(video: Video, webvtt: str, actor: Actor) -> None:
    """Write the row of a file that is there, if the institution has room for it, and start its job."""
    reserve_room(video.institution, video.size_bytes)
    video.save()
    record(actor, "courses.video_uploaded", video, size=video.size_bytes)
    if webvtt:
        put_subtitle(video=video, webvtt=webvtt, actor=actor)
    start_transcode(video, actor)


def check_title(title: str) -> None:
    """Raise InvalidError for a title that says nothing."""
    if not check_text(title, "title").strip():
        raise InvalidError("请填写视频标题。", fields={"title": "请填写视频标题。"})


@transaction.atomic
def change_video(*, video: Video, title: str, actor: Actor) -> Video:
    """Give a video another title (修改视频)."""
    require(actor, "courses.upload", video)
    check_title(title)
    video.title = title.strip()[:100]
    video.save(update_fields=["title"])
    return video


@transaction.atomic
def delete_video(*, video: Video, actor: Actor) -> None:
    """Delete a video that no lesson shows, in a draft or released, with its files (删除视频)."""
    require(actor, "courses.upload", video)
    if sentence := use_of_video(video):
        raise ConflictError(sentence, code="video_in_use")
    record(actor, "courses.video_deleted", video, title=video.title)
    source, uid, job = video.source_path, video.uid, video.job
    video.delete()
    if job is not None:
        cancel(job.uid)
    transaction.on_commit(lambda: remove_files(source, uid))


def remove_files(source: str, uid: UUID) -> None:
    """Remove what a deleted video left in the storages."""
    if source:
        storages["private"].delete(source)
    remove_made(uid)


def remove_made(uid: UUID, *, but: str = "") -> None:
    """Remove what was made of a video, by all attempts or all but the one whose place is given."""
    storage, home = storages["default"], f"videos/{uid.hex}"
    try:
        folders, files = storage.listdir(home)
    except FileNotFoundError:
        return
    for place in (f"{home}/{folder}" for folder in folders):
        if place != but:
            remove_place(place)
    for file in files:
        storage.delete(f"{home}/{file}")
    if not but:
        storage.delete(home)


def remove_place(place: str) -> None:
    """Remove what one attempt made, and the video's folder if that was all."""
    storage = storages["default"]
    with suppress(FileNotFoundError):
        for name in storage.listdir(place)[1]:
            storage.delete(f"{place}/{name}")
        storage.delete(place)
    with suppress(OSError):  # other attempts lie there
        storage.delete(place.rpartition("/")[0])


def start_transcode(video: Video, actor: Actor) -> None:
    """Put a video into the queue, the short ones first."""
    lane = Lane(queue="films", priority=next(rank for limit, rank in SHORT_FIRST if video.size_bytes <= limit))
    video.job = enqueue_on_commit(
        "courses.tasks.transcode", owner_id=actor.user_id, lane=lane, video_uid=str(video.uid)
    )
    video.state, video.error = Video.State.UPLOADED, ""
    video.save(update_fields=["job", "state", "error"])


@transaction.atomic
def retry_video(*, video: Video, actor: Actor) -> Video:
    """Try a video again that failed through no fault of its file, or was cancelled (重新转码)."""
    require(actor, "courses.upload", video)
    video = Video.objects.select_for_update().get(pk=video.pk)  # pressed twice, it is still one job
    if video.state not in {Video.State.FAILED, Video.State.CANCELLED}:
        raise ConflictError(
            "只有处理失败或已取消的视频才能重新处理；文件不合格的，请改正后重新上传。", code="video_not_failed"
        )
    start_transcode(video, actor)
    return video


@transaction.atomic
def cancel_video(*, video: Video, actor: Actor) -> Video:
    """Stop the processing of a video (取消转码); its file stays and may be processed later."""
    require(actor, "courses.upload", video)
    if video.state not in WAITING or video.job is None or not cancel(video.job.uid):
        raise ConflictError("视频已处理完，不需要取消。请刷新页面查看结果。", code="video_not_waiting")
    video.state = Video.State.CANCELLED
    video.save(update_fields=["state"])
    record(actor, "courses.video_cancelled", video)
    return video


def settle_stopped_videos(moment: datetime) -> int:
    """Note which videos nobody processes any more. Returns how many."""
    waiting = Video.objects.filter(state__in=WAITING)
    return settle_stopped(waiting, moment, state=Video.State.FAILED, error=STOPPED)


def mark_processing(video: Video) -> None:
    """Note that a worker has it."""
    Video.objects.filter(pk=video.pk, state__in=WAITING).update(state=Video.State.PROCESSING, error="")


def mark_refused(video: Video, sentence: str) -> None:
    """Note why the file is no good."""
    Video.objects.filter(pk=video.pk, state__in=WAITING).update(state=Video.State.REFUSED, error=sentence)


def mark_failed(video: Video) -> None:
    """Note that the platform, not the file, is at fault; it may be tried again."""
    Video.objects.filter(pk=video.pk, state__in=WAITING).update(state=Video.State.FAILED, error=STOPPED)


def mark_ready(video: Video, place: str, made: dict[str, Any]) -> None:
    """Note that it plays, and clear away what earlier attempts left."""
    values = {"state": Video.State.READY, "folder": place, "error": "", **made}
    if Video.objects.filter(pk=video.pk, state__in=WAITING).update(**values):
        remove_made(video.uid, but=place)
    else:  # deleted or cancelled in the last moment
        remove_place(place)
