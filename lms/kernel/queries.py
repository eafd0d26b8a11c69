"""Reads of the machine room: an account's own jobs and files."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from lms.kernel.errors import NotFoundError
from lms.kernel.models import Job, SealedFile


def own_jobs(user_id: int, *tasks: str) -> QuerySet[Job]:
    """Return an account's jobs of these kinds that are not done, newest first (进行中的任务)."""
    return (
        Job.objects.filter(owner_id=user_id, task__in=tasks).exclude(state=Job.State.DONE).order_by("-created_at")[:20]
    )


def own_files(user_id: int) -> QuerySet[SealedFile]:
    """Return an account's sealed files, newest first (我的文件)."""
    return SealedFile.objects.filter(owner_id=user_id).order_by("-created_at")[:50]


def own_file(user_id: int, uid: UUID, **kept: str) -> SealedFile:
    """Return one of an account's sealed files, of a `purpose` if one is given. Raises NotFoundError for any other."""
    found = SealedFile.objects.filter(owner_id=user_id, uid=uid, **kept).first()
    if found is None:
        raise NotFoundError("刚才的文件没有找到，请重新选择文件。", code="file_not_found")
    return found
