"""What is on its way, and how much room is left for it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet, Sum

from courses.models import CoursePackage, Upload, UploadQuota, Video
from courses.rules.uploads import GIGABYTE, size_text
from courses.stores import bucket, parts
from lms.access.rules import Actor, Role
from lms.kernel.errors import NotFoundError
from lms.organisations.models import Organisation

KEPT = timedelta(days=7)  # an upload that nobody continues for so long is given up


@dataclass(frozen=True, slots=True)
class Room:
    """How much of an institution's room is used, in bytes; what is on its way counts in full (上传空间)."""

    used: int
    limit: int

    @property
    def sentence(self) -> str:
        """Return it in words."""
        return f"已用 {size_text(self.used)}，共 {size_text(self.limit)}"


def room_of(institution: Organisation) -> Room:
    """Return how much room an institution has for the files of its videos and packages (上传空间)."""
    kept = sum(
        model.objects.filter(institution=institution).aggregate(sum=Sum("size_bytes"))["sum"] or 0
        for model in (Video, CoursePackage)
    )
    coming = Upload.objects.filter(institution=institution, state=Upload.State.OPEN).aggregate(sum=Sum("length"))["sum"]
    newest = UploadQuota.objects.filter(institution=institution).order_by("-pk").first()
    gigabytes = newest.gigabytes if newest else settings.UPLOAD_QUOTA_GB
    return Room(used=kept + (coming or 0), limit=gigabytes * GIGABYTE)


def uploads_of(actor: Actor) -> QuerySet[Upload]:
    """Return one's own uploads at the institutions where one works, oldest first (本人的上传)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    return Upload.objects.filter(owner_id=actor.user_id, institution_id__in=units).order_by("pk")


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload that may be continued (未完成的上传)."""

    upload: Upload
    sent: int
    percent: int


def unfinished_uploads(actor: Actor, moment: datetime) -> list[Unfinished]:
    """Return one's own uploads that may be continued, and how far each is (未完成的上传). Of a bucket's the page asks."""
    open_ones = uploads_of(actor).filter(state=Upload.State.OPEN, last_at__gt=moment - KEPT)
    if bucket.is_direct():
        return [Unfinished(upload, 0, 0) for upload in open_ones.exclude(multipart="")]
    found = []
    for upload in open_ones.filter(multipart=""):
        with suppress(parts.PartGoneError):
            sent = parts.size_of(upload.path)
            found.append(Unfinished(upload, sent, sent * 100 // upload.length))
    return found


def upload_for(actor: Actor, uid: UUID) -> Upload:
    """Return an upload of one's own. Raises NotFoundError: somebody else's does not exist."""
    found = uploads_of(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这次上传，可能不是用这个账号上传的。", code="upload_not_found")
    return found


def video_of_upload(upload: Upload) -> Video | None:
    """Return what a finished upload became."""
    return Video.objects.filter(uid=upload.uid).first()


def part_digests(video: Video) -> list[tuple[int, str]]:
    """Return size and SHA-256 of the parts that a video's file arrived in; none for files that were checked on arrival."""
    upload = Upload.objects.filter(uid=video.uid).first()
    return [(size, digest) for _, (size, digest) in sorted(upload.digests.items(), key=by_number)] if upload else []


def by_number(entry: tuple[str, list[Any]]) -> int:
    """Return the number of a part."""
    return int(entry[0])


def lock_upload(upload: Upload) -> Upload:
    """Return the row, held until the end of the transaction."""
    return Upload.objects.select_for_update().get(pk=upload.pk)


def lock_institution(institution: Organisation) -> Organisation:
    """Return the unit, held until the end of the transaction: two uploads at once must not share the last room."""
    return Organisation.objects.select_for_update().get(pk=institution.pk)
