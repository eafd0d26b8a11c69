"""Background work of the dossier."""

from __future__ import annotations

from typing import Any

from lms.dossier.queries import CompletionFilters
from lms.dossier.services import write_export, write_package
from lms.kernel.jobs import RunningJob


def export_completion(
    job: RunningJob, *, class_uid: str, purpose: str, full_numbers: bool, state: str = "", exceptions: bool = False
) -> dict[str, Any]:
    """Write a class's completion list (导出结业核查表)."""
    job.progress(10)
    filters = CompletionFilters(state=state, exceptions=exceptions)
    return write_export(
        class_uid=class_uid, purpose=purpose, full_numbers=full_numbers, owner_id=job.owner_id, filters=filters
    )


def export_evidence(job: RunningJob, *, class_uid: str, purpose: str, full_numbers: bool) -> dict[str, Any]:
    """Write a class's evidence package (导出证据包)."""
    job.progress(5)
    return write_package(job, class_uid=class_uid, purpose=purpose, full_numbers=full_numbers)
