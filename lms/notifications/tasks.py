"""What the workers do for notices."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from lms.kernel.jobs import RunningJob
from lms.notifications.services.sending import send_message


def send(job: RunningJob, *, message: str) -> dict[str, Any]:
    """Send a message once, and note how it ended."""
    return {"ended": send_message(UUID(message))}
