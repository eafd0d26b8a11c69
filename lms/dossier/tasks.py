"""Background work of the dossier."""

from __future__ import annotations

from typing import Any

from lms.access.queries import actor_for
from lms.dossier.queries import CompletionFilters
from lms.dossier.services import write_export, write_package
from lms.dossier.services.deeds import filters_from, write_deeds
from lms.kernel.jobs import RunningJob
from lms.people.models import User


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


def export_deeds(job: RunningJob, *, purpose: str, **wanted: str) -> dict[str, Any]:
    """Write entries of the operation log (导出操作日志), as far as whoever asked may still read it."""
    job.progress(5)
    actor = actor_for(User.objects.get(pk=job.owner_id or 0))
    return write_deeds(job, wanted=filters_from(**wanted), purpose=purpose, actor=actor)
