"""Reads of the machine room: an account's own jobs and files."""

from __future__ import annotations

from django.db.models import QuerySet

from lms.kernel.models import Job, SealedFile


def own_jobs(user_id: int, task: str) -> QuerySet[Job]:
    """Return an account's jobs of one kind that are not done, newest first (进行中的任务)."""
    return Job.objects.filter(owner_id=user_id, task=task).exclude(state=Job.State.DONE).order_by("-created_at")[:20]


def own_files(user_id: int) -> QuerySet[SealedFile]:
    """Return an account's sealed files, newest first (我的文件)."""
    return SealedFile.objects.filter(owner_id=user_id).order_by("-created_at")[:50]
