"""Background work of content."""

from __future__ import annotations

from typing import Any

from courses.models import CoursePackage, CourseTransfer, Video
from courses.services.exports import run_export
from courses.services.imports import run_folder
from courses.services.packages import unpack_package
from courses.services.pipeline import transcode_video
from courses.services.reimports import run_package
from lms.kernel.jobs import RunningJob


def transcode(job: RunningJob, *, video_uid: str) -> dict[str, Any]:
    """Make an uploaded video playable (转码)."""
    return transcode_video(job, Video.objects.get(uid=video_uid))


def import_folder(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Make sections and lessons of an uploaded folder (导入文件夹)."""
    return run_folder(job, CourseTransfer.objects.get(uid=transfer_uid))


def unpack(job: RunningJob, *, package_uid: str) -> dict[str, Any]:
    """Make an uploaded course package playable (解包)."""
    return unpack_package(job, CoursePackage.objects.get(uid=package_uid))


def import_package(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Make a course of an uploaded course package (导入课程包)."""
    return run_package(job, CourseTransfer.objects.get(uid=transfer_uid))


def export_course(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Pack a course (导出课程)."""
    return run_export(job, CourseTransfer.objects.get(uid=transfer_uid))
