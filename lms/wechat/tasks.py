"""What the workers do for the official account."""

from __future__ import annotations

from uuid import UUID

from lms.kernel.jobs import RunningJob
from lms.wechat.services import handle_event


def handle(job: RunningJob, *, event: str) -> None:
    """Do what follows from a callback."""
    handle_event(UUID(event))
