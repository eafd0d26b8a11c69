"""Files that arrive in parts: begun, continued after any break, finished as a video, given up when nobody comes back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from courses.models import Upload, Video
from courses.queries import uploads as queries
from courses.rules.uploads import HEAD_BYTES, begins_like_video, is_video_name, size_text, title_of
from courses.services.quotas import reserve_room
from courses.services.videos import LARGEST_BYTES, check_title, start_transcode
from courses.stores import bucket, parts
from courses.stores.errors import StoreDownError
from lms.access.rules import SYSTEM, Actor, require
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.kernel.texts import check_text
from lms.organisations.models import Organisation

PIECE = 256 * 1024
MOST_OPEN = 100  # unfinished uploads of one account
NOT_VIDEO = "这不是可以识别的视频文件。请上传 MP4、MOV、MKV、WebM 等常见视频；改扩展名不能改变文件的内容。"
CLOSED = {
    Upload.State.REMOVED: "这次上传已经取消，请重新上传。",
    Upload.State.EXPIRED: f"这次上传超过{queries.KEPT.days}天没有继续，已经清理，请重新上传。",
}


class TooLargeError(InvalidError):
    """More than is taken (过大)."""

    code = "too_large"
    status = 413


class NotVideoError(InvalidError):
    """A file of another kind (不是视频)."""

    code = "not_a_video"
    status = 415


class ChecksumError(DomainError):
    """A part that changed on its way (校验不符)."""

    code = "checksum_mismatch"
    status = 460


class OffsetError(ConflictError):
    """A part that does not continue what is there (位置不符)."""

    code = "offset_mismatch"


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part as a request brings it. `size` is what the request states; `digest` is of `algorithm`, if given."""

    offset: int
    size: int
    read: Callable[[int], bytes]
    algorithm: str = ""
    digest: bytes = b""


def announced(
    *, institution: Organisation, name: str, length: int, actor: Actor, title: str = "", fingerprint: str = ""
) -> Upload:
    """Return the row, not written yet, of a file that may arrive (拟上传). Length in bytes."""
    require(actor, "courses.upload", institution)
    for field, text in (("filename", name), ("title", title), ("fingerprint", fingerprint)):
        check_text(text, field)
    if not is_video_name(name):
        raise NotVideoError(f"“{title_of(name)}”的扩展名不是视频文件的。请选择 MP4、MOV、MKV、WebM 等常见视频。")
    if length <= 0:
        raise InvalidError("文件是空的，请重新导出后再选择。", code="empty_file")
    if length > LARGEST_BYTES:
        raise TooLargeError(f"文件有 {size_text(length)}，超过 2 GB，请压缩或分段后上传。")
    upload = Upload(institution=institution, owner_id=actor.user_id or 0, name=name[:200], length=length)
    upload.title, upload.fingerprint = title.strip()[:100] or title_of(name), fingerprint[:300]
    return upload


def begin_upload(upload: Upload, actor: Actor) -> Upload:
    """Write the row of an upload whose place is made already, or take the place away again (开始上传).

    The place comes first: a row without one would hold room for a week and could not be continued.
    """
    try:
        write_begun(upload, actor)
    except Exception:
        with suppress(StoreDownError):
            remove_content(upload)
        raise
    return upload


@transaction.atomic
def write_begun(upload: Upload, actor: Actor) -> None:
    """Write a row and keep room for what is going to arrive."""
    if queries.uploads_of(actor).filter(state=Upload.State.OPEN).count() >= MOST_OPEN:
        raise ConflictError(
            f"未完成的上传已有{MOST_OPEN}个。请先继续或取消它们，再上传新的文件。", code="too_many_open"
        )
    reserve_room(upload.institution, upload.length)
    upload.save()
    record(actor, "courses.upload_begun", upload, size=upload.length)


def begin_parts(*, institution: Organisation, name: str, length: int, actor: Actor, **more: str) -> Upload:
    """Begin an upload whose parts this server takes (开始分片上传)."""
    refuse_direct()
    upload = announced(institution=institution, name=name, length=length, actor=actor, **more)
    parts.make_part(upload.path)
    return begin_upload(upload, actor)


def refuse_direct() -> None:
    """Raise ConflictError where files go to a bucket: there is no file here to append to."""
    if bucket.is_direct():
        raise ConflictError("本站的文件直接上传到存储。请刷新页面后重新选择文件。", code="direct_only")


def refuse_closed(upload: Upload, moment: datetime) -> None:
    """Raise what is to be said of an upload that takes nothing more."""
    if upload.state == Upload.State.REFUSED:
        raise NotVideoError(upload.reason)
    stale = upload.state == Upload.State.OPEN and upload.last_at <= moment - queries.KEPT
    state = Upload.State.EXPIRED if stale else Upload.State(upload.state)
    if state in CLOSED:
        raise parts.PartGoneError(CLOSED[state])


def received(*, upload: Upload, actor: Actor) -> int:
    """Return how many bytes are there (已收到), finishing a file whose last acknowledgement never came to be."""
    require(actor, "courses.upload", upload)
    refuse_closed(upload, clock.now())
    if upload.state == Upload.State.COMPLETE:
        return upload.length
    refuse_direct()
    size = parts.size_of(upload.path)
    if size == upload.length:
        finish_upload(upload=upload, actor=actor)
    return size


def receive_chunk(*, upload: Upload, chunk: Chunk, actor: Actor) -> int:
    """Append a part and return how many bytes are there now (接收分片). The last one makes the video."""
    require(actor, "courses.upload", upload)
    now = clock.now()
    refuse_closed(upload, now)
    refuse_direct()
    with parts.writing(upload.path) as part:
        if chunk.offset != part.size:
            raise OffsetError("已收到的内容和这一片对不上，请从服务器记录的位置继续。", offset=part.size)
        take(part, chunk, upload.length - part.size)
        part.keep()
        size, head = part.size, part.head(HEAD_BYTES)
    Upload.objects.filter(pk=upload.pk).update(last_at=now)
    if chunk.offset < HEAD_BYTES and (size >= HEAD_BYTES or size == upload.length) and not begins_like_video(head):
        refuse_upload(upload, NOT_VIDEO)
    if size == upload.length and upload.state == Upload.State.OPEN:
        finish_upload(upload=upload, actor=actor)
    return size


def take(part: parts.Part, chunk: Chunk, room: int) -> None:
    """Write a part: with a digest whole or not at all, else as much as comes before the line breaks."""
    if chunk.size > room:
        raise TooLargeError("发送的内容比文件声明的大小多，没有保存。请重新上传。")
    if chunk.size > settings.UPLOAD_CHUNK_BYTES:
        raise TooLargeError(f"一次最多发送 {size_text(settings.UPLOAD_CHUNK_BYTES)}，请分片上传。")
    if not chunk.algorithm:
        for piece in pieces(chunk):
            part.append(piece)
        return
    data = bytearray()
    for piece in pieces(chunk):
        data += piece
    if hashlib.new(chunk.algorithm, data).digest() != chunk.digest:
        raise ChecksumError("这一片在传输中出了错，没有保存。请从原来的位置重新发送。")
    part.append(data)


def pieces(chunk: Chunk) -> Iterator[bytes]:
    """Yield what comes of a part; a line that breaks ends it."""
    rest = chunk.size
    with suppress(OSError):
        while rest and (piece := chunk.read(min(PIECE, rest))):
            rest -= len(piece)
            yield piece


@transaction.atomic
def finish_upload(*, upload: Upload, actor: Actor) -> Video | None:
    """Make a video of a file that is whole and hand it to the pipeline (完成上传). A second time changes nothing."""
    require(actor, "courses.upload", upload)
    held = queries.lock_upload(upload)
    refuse_closed(held, clock.now())
    if held.state == Upload.State.COMPLETE:
        return queries.video_of_upload(held)
    video = Video(
        uid=held.uid,
        institution_id=held.institution_id,
        title=held.title,
        source_name=held.name,
        source_path=held.path,
        size_bytes=held.length,
        uploaded_by_id=held.owner_id,
    )
    video.save()
    record(actor, "courses.video_uploaded", video, size=held.length)
    start_transcode(video, actor)
    held.state = upload.state = Upload.State.COMPLETE
    held.save(update_fields=["state"])
    return video


@transaction.atomic
def close_upload(upload: Upload, state: str, actor: Actor, *, reason: str = "") -> bool:
    """Take an open upload's row out of the way; its file goes after COMMIT. Returns whether it was open."""
    closed = Upload.objects.filter(pk=upload.pk, state=Upload.State.OPEN).update(state=state, reason=reason)
    if closed:
        record(actor, f"courses.upload_{state}", upload, reason=reason)
        # The row is closed, whatever the storage says to it.
        transaction.on_commit(lambda: remove_content(upload), robust=True)
    return bool(closed)


def remove_content(upload: Upload) -> None:
    """Remove what came of a file that is given up, where it lies."""
    if upload.multipart and bucket.is_direct():
        bucket.remove(upload.path, upload.multipart)
    elif not upload.multipart and not bucket.is_direct():
        parts.remove_part(upload.path)


def refuse_upload(upload: Upload, sentence: str) -> None:
    """Give a file up that is none of ours, before the rest of it comes (拒收). Raises NotVideoError."""
    close_upload(upload, Upload.State.REFUSED, SYSTEM, reason=sentence)
    raise NotVideoError(sentence)


def cancel_upload(*, upload: Upload, actor: Actor) -> None:
    """Give one's own upload up (取消上传). What has become a video is deleted there."""
    require(actor, "courses.upload", upload)
    if not close_upload(upload, Upload.State.REMOVED, actor) and upload.state == Upload.State.COMPLETE:
        raise ConflictError("文件已经上传完成。如不需要，请在视频页面删除。", code="upload_complete")


@transaction.atomic
def rename_upload(*, upload: Upload, title: str, actor: Actor) -> None:
    """Give a file another title, on its way or arrived (修改标题)."""
    require(actor, "courses.upload", upload)
    check_title(title)
    held = queries.lock_upload(upload)
    held.title = title.strip()[:100]
    held.save(update_fields=["title"])
    Video.objects.filter(uid=held.uid).update(title=held.title)


def expire_uploads(moment: datetime) -> int:
    """Give up what nobody continued for a week (清理过期上传). Returns how many."""
    stale = Upload.objects.filter(state=Upload.State.OPEN, last_at__lte=moment - queries.KEPT).order_by("pk")[:200]
    return sum(close_upload(upload, Upload.State.EXPIRED, SYSTEM) for upload in stale)
