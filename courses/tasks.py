"""Background work of content."""

from __future__ import annotations

from typing import Any

from courses.models import Video
from courses.services.pipeline import transcode_video
from lms.kernel.jobs import RunningJob


def transcode(job: RunningJob, *, video_uid: str) -> dict[str, Any]:
    """Make an uploaded video playable (转码)."""
    return transcode_video(job, Video.objects.get(uid=video_uid))
