"""Background work of the anomaly queue."""

from __future__ import annotations

from typing import Any

from lms.anomalies import services
from lms.kernel.jobs import RunningJob


def detect(job: RunningJob) -> dict[str, Any]:
    """Run the detectors (检测)."""
    found = services.detect(job.progress)
    return {"findings": found.findings, "flags": found.flags}
