"""Imports and exports as the staff of their institution see them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from courses.models import CourseTransfer
from lms.access.rules import Actor, Role
from lms.kernel.errors import NotFoundError
from lms.kernel.models import Job
from lms.people.models import User

MOST_LINES = 500


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A file of an archive and what becomes of it (导入预览行)."""

    path: str
    becomes: str
    error: str


@dataclass(frozen=True, slots=True)
class TransferView:
    """An import or export as its page shows it (导入导出)."""

    lines: list[TransferLine]
    errors: list[TransferLine]
    section_count: int
    lesson_count: int
    is_waiting: bool
    may_start: bool
    error: str


def transfers_visible_to(actor: Actor) -> QuerySet[CourseTransfer]:
    """Return the imports and exports of the actor's institutions, newest first (导入导出记录)."""
    units = actor.units(Role.INSTRUCTOR, Role.INSTITUTION)
    related = ("course", "institution", "job", "made_by")
    return CourseTransfer.objects.filter(institution_id__in=units).select_related(*related).order_by("-made_at", "-pk")


def transfer_for(actor: Actor, uid: UUID) -> CourseTransfer:
    """Return an import or export of the actor's institutions. Raises NotFoundError."""
    found = transfers_visible_to(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这次导入或导出，可能不属于您的机构。", code="transfer_not_found")
    return found


def is_stuck(transfer: CourseTransfer) -> bool:
    """Return whether its job gave up without a word to it: a worker died too often."""
    job = transfer.job
    return transfer.state == CourseTransfer.State.RUNNING and (job is None or job.state == Job.State.FAILED)


def view_of(transfer: CourseTransfer) -> TransferView:
    """Return what the page of an import or export shows."""
    lines = [TransferLine(*line) for line in transfer.plan.get("lines", [])]
    errors = [line for line in lines if line.error]
    sections = transfer.plan.get("sections", [])
    lessons = sum(len(section["lessons"]) for section in sections)
    stuck = is_stuck(transfer)
    return TransferView(
        lines=lines[:MOST_LINES],
        errors=errors,
        section_count=len(sections),
        lesson_count=lessons,
        is_waiting=transfer.state == CourseTransfer.State.RUNNING and not stuck,
        may_start=not errors and lessons > 0 and (transfer.state == CourseTransfer.State.CHECKED or stuck),
        error=transfer.error or (transfer.job.error if stuck and transfer.job else ""),
    )


def running_export(actor: Actor) -> CourseTransfer | None:
    """Return the export that the actor has under way (进行中的导出). The actor's row is held: two presses make one."""
    if actor.user_id is None:
        return None
    User.objects.select_for_update().get(pk=actor.user_id)
    waiting = [Job.State.QUEUED, Job.State.RUNNING]
    own = CourseTransfer.objects.filter(kind__in=CourseTransfer.OUTGOING, made_by_id=actor.user_id)
    return own.filter(state=CourseTransfer.State.RUNNING, job__state__in=waiting).first()


def lock_transfer(transfer: CourseTransfer) -> CourseTransfer:
    """Return the row, locked. Its job is read after the lock: a join would give who waited the job of before."""
    return CourseTransfer.objects.select_for_update().get(pk=transfer.pk)
