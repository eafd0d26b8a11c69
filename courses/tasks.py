"""Background work of content."""

from __future__ import annotations

from typing import Any

from courses.models import CoursePackage, CourseTransfer, QuestionAudio, Video
from courses.services.bank_exports import run_bank_export
from courses.services.exports import run_export
from courses.services.imports import run_folder
from courses.services.packages import unpack_package
from courses.services.pipeline import transcode_video
from courses.services.reimports import run_package
from courses.services.sounds import run_conversion
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


def convert_sound(job: RunningJob, *, sound_uid: str) -> dict[str, Any]:
    """Make the sound of a question playable (转换录音)."""
    return run_conversion(job, QuestionAudio.objects.get(uid=sound_uid))


def import_package(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Make a course of an uploaded course package (导入课程包)."""
    return run_package(job, CourseTransfer.objects.get(uid=transfer_uid))


def export_bank(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Pack a question bank (导出题库)."""
    return run_bank_export(job, CourseTransfer.objects.get(uid=transfer_uid))


def export_course(job: RunningJob, *, transfer_uid: str) -> dict[str, Any]:
    """Pack a course (导出课程)."""
    return run_export(job, CourseTransfer.objects.get(uid=transfer_uid))
