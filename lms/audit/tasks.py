"""Background work of the log of evidence."""

from __future__ import annotations

from typing import Any

from lms.audit.services import verify_and_note
from lms.kernel.jobs import RunningJob


def verify(job: RunningJob) -> dict[str, Any]:
    """Verify the database and keep what was found (核验)."""
    verdict = verify_and_note(job.progress)
    return {"faults": len(verdict.findings)}
