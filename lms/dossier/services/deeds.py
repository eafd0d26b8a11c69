"""The operation log: why a sealed reason is read is noted first, and exports say what for (操作日志)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.models import AuditEntry
from lms.audit.services import record
from lms.dossier.queries.deeds import DeedFilters, deeds_found, rows_of
from lms.dossier.services.exports import ensure_purpose
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.jobs import RunningJob, enqueue_on_commit
from lms.kernel.models import Job
from lms.kernel.sheets import Column, write_workbook
from lms.kernel.vault import put_file
from lms.people.services import note_reason

MOST_EXPORTED, BATCH = 50_000, 500
COLUMNS = [
    Column("时间", 20), Column("操作人", 14), Column("身份", 20), Column("操作", 20), Column("对象", 34), Column("理由", 50),
]  # fmt: skip


@transaction.atomic
def reveal_reason(*, entry: AuditEntry, reason: str, actor: Actor) -> str:
    """Return the sealed reason of a deed; why it is read is noted first (查看操作理由).

    Raises InvalidError without a reason, ConflictError where nothing sealed is left.
    """
    require(actor, "audit.view")
    require(actor, "people.reveal")
    note = entry.note
    if note is None or note.erased_at is not None:
        raise ConflictError("这条记录没有加密留存的理由，或已按保存期限清除。", code="nothing_sealed")
    left = None if note.expires_at is None else max(1, (note.expires_at - clock.now()).days)
    days = None if note.person else left
    note_reason(entry, "dossier.reason_revealed", reason, actor, about=note.person, also=note.also, days=days)
    return entry.words


@transaction.atomic
def request_deeds(*, wanted: DeedFilters, purpose: str, actor: Actor) -> Job:
    """Have the entries that are looked for written to xlsx (导出操作日志). Raises InvalidError without a purpose, or too many."""
    require(actor, "audit.view")
    require(actor, "completion.export")
    words = ensure_purpose(purpose)
    count = deeds_found(actor, wanted).count()
    if count > MOST_EXPORTED:
        sentence = f"共{count}条，一次最多导出{MOST_EXPORTED}条，请缩小期间后再导出。"
        raise InvalidError(sentence, fields={"purpose": sentence}, code="too_many_deeds")
    record(actor, "dossier.deeds_requested", reason=words, entries=count)
    asked: dict[str, Any] = {name: "" if value is None else str(value) for name, value in asdict(wanted).items()}
    return enqueue_on_commit("lms.dossier.tasks.export_deeds", owner_id=actor.user_id, purpose=words, **asked)


def filters_from(person: str, by: str, deed: str, first: str, last: str) -> DeedFilters:
    """Return filters of the texts that a job carries."""
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    return DeedFilters(UUID(person) if person else None, by, deed, *days)


def write_deeds(job: RunningJob, *, wanted: DeedFilters, purpose: str, actor: Actor) -> dict[str, Any]:
    """Write the file and return where it is kept. Sealed reasons stay sealed."""
    found = deeds_found(actor, wanted)[:MOST_EXPORTED]
    cells: list[list[Any]] = []
    batch: list[AuditEntry] = []
    for entry in found.iterator(chunk_size=BATCH):
        batch.append(entry)
        if len(batch) == BATCH:
            cells += cells_of(batch)
            batch = []
            job.progress(50)
    cells += cells_of(batch)
    stamp = clock.local(clock.now())
    notes = [f"操作日志，共{len(cells)}条", f"生成时间：{stamp:%Y-%m-%d %H:%M}；用途：{purpose}"]
    content = write_workbook(COLUMNS, cells, title="操作日志", notes=notes)
    name = f"操作日志-{stamp:%Y%m%d%H%M}.xlsx"
    kept = put_file(name=name, content=content, purpose=purpose, owner_id=job.owner_id)
    return {"file": str(kept.uid), "name": name, "rows": len(cells)}


def cells_of(entries: list[AuditEntry]) -> list[list[Any]]:
    """Return rows of the sheet."""
    return [
        [
            f"{clock.local(row.entry.at):%Y-%m-%d %H:%M:%S}",
            row.by,
            row.role,
            row.name,
            row.target,
            row.reason,
        ]
        for row in rows_of(entries)
    ]
