"""Uploads whose parts go from the browser to the bucket: begun, signed part by part, continued, put together."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from courses.models import Upload, Video
from courses.queries.uploads import lock_upload, video_of_upload
from courses.rules.uploads import HEAD_BYTES, begins_like_video, part_count, part_size
from courses.services.uploads import NOT_VIDEO, announced, begin_upload, finish_upload, refuse_closed, refuse_upload
from courses.stores import bucket
from lms.access.rules import Actor, require
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.organisations.models import Organisation

LEAST_PART_BYTES = 5 * 1024**2  # what S3 takes as a part that is not the last


@dataclass(frozen=True, slots=True)
class Progress:
    """What of an upload lies in the bucket (已收到的分片)."""

    part_bytes: int
    count: int
    numbers: list[int]
    sent: int


def part_bytes() -> int:
    """Return how large a part is."""
    return max(settings.UPLOAD_CHUNK_BYTES, LEAST_PART_BYTES)


def begin_in_bucket(*, institution: Organisation, name: str, length: int, actor: Actor, **more: str) -> Upload:
    """Begin an upload whose parts the bucket takes (开始直传)."""
    if not bucket.is_direct():
        raise ConflictError("本站的文件上传到服务器。请刷新页面后重新选择文件。", code="not_direct")
    upload = announced(institution=institution, name=name, length=length, actor=actor, **more)
    upload.multipart = bucket.begin(upload.path)
    return begin_upload(upload, actor)


def progress_in_bucket(*, upload: Upload, actor: Actor) -> Progress:
    """Return which parts need not be sent again (续传位置)."""
    check(upload, actor)
    parts = whole_parts(upload)
    return Progress(
        part_bytes=part_bytes(),
        count=part_count(upload.length, part_bytes()),
        numbers=[part["PartNumber"] for part in parts],
        sent=sum(part["Size"] for part in parts),
    )


def whole_parts(upload: Upload) -> list[dict[str, int]]:
    """Return the parts of the right size."""
    size = part_bytes()
    return [
        part
        for part in bucket.parts_of(upload.path, upload.multipart)
        if part["Size"] == part_size(upload.length, size, part["PartNumber"])
    ]


@transaction.atomic
def sign_part(*, upload: Upload, number: int, actor: Actor, digest: bytes = b"") -> str:
    """Return the address for one part (签发分片地址). With a SHA-256 the worker holds what arrives to it."""
    check(upload, actor)
    size = part_size(upload.length, part_bytes(), number)
    if not size:
        raise InvalidError("没有这个编号的分片，请刷新页面后继续。", code="no_such_part")
    row = lock_upload(upload)
    row.digests[str(number)] = [size, digest.hex()]
    row.last_at = clock.now()
    row.save(update_fields=["digests", "last_at"])
    return bucket.sign_part(upload.path, upload.multipart, number, size)


def finish_in_bucket(*, upload: Upload, actor: Actor) -> Video | None:
    """Put the parts together and make the video (完成直传). Asked again it makes up for what was broken off."""
    require(actor, "courses.upload", upload)
    if upload.state == Upload.State.COMPLETE:
        return video_of_upload(upload)
    check(upload, actor)
    if bucket.size_of(upload.path) != upload.length:
        parts = whole_parts(upload)
        if len(parts) != part_count(upload.length, part_bytes()):
            raise ConflictError("还有分片没有传完，请点“继续”。", code="parts_missing")
        bucket.complete(upload.path, upload.multipart, parts)
    if not begins_like_video(bucket.head(upload.path, HEAD_BYTES)):
        refuse_upload(upload, NOT_VIDEO)
    return finish_upload(upload=upload, actor=actor)


def check(upload: Upload, actor: Actor) -> None:
    """Raise what stands against going on."""
    require(actor, "courses.upload", upload)
    refuse_closed(upload, clock.now())
    if upload.state == Upload.State.COMPLETE or not (upload.multipart and bucket.is_direct()):
        raise ConflictError("这次上传不是直传，或已经完成。请刷新页面。", code="not_direct")
