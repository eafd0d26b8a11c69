"""Exports: the purpose is noted, the file is encrypted and lives for a day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor, is_permitted, require
from lms.audit.services import record
from lms.classes.models import TrainingClass
from lms.dossier.queries import CompletionFilters, CompletionRow, completion_rows, ensure_approved, fits, scope_words
from lms.kernel import clock
from lms.kernel.errors import InvalidError, NotFoundError
from lms.kernel.jobs import enqueue_on_commit
from lms.kernel.models import Job, SealedFile
from lms.kernel.sheets import Column, write_workbook
from lms.kernel.vault import open_file, put_file

COLUMNS = [
    Column("序号", 6), Column("姓名", 12), Column("证件号码", 22), Column("有效学时", 10), Column("待确认(分钟)", 12),
    Column("完成课时", 10), Column("学时达标", 10), Column("抽查通过", 10), Column("抽查未过", 10), Column("测验最低分", 12),
    Column("异常", 30), Column("状态", 10), Column("还差什么", 50),
]  # fmt: skip


@transaction.atomic
def request_export(
    *, training_class: TrainingClass, purpose: str, actor: Actor, filters: CompletionFilters | None = None
) -> Job:
    """Have a class's completion list, or a part of it, written to xlsx (导出结业核查表).

    A search for a name does not narrow it: names are not kept with jobs. Raises InvalidError without a purpose.
    """
    wanted = filters or CompletionFilters()
    require(actor, "completion.export", training_class)
    ensure_approved(training_class)
    words = ensure_purpose(purpose)
    full = is_permitted(actor, "people.reveal")
    record(actor, "dossier.export_requested", training_class, reason=words, full_numbers=full)
    return enqueue_on_commit(
        "lms.dossier.tasks.export_completion",
        owner_id=actor.user_id,
        class_uid=str(training_class.uid),
        purpose=words,
        full_numbers=full,
        state=wanted.state,
        exceptions=wanted.exceptions,
    )


def ensure_purpose(purpose: str) -> str:
    """Return a purpose as it is noted. Raises InvalidError when it says nothing."""
    if len(purpose.strip()) < 5:
        sentence = "请写明导出用途（至少5个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"purpose": sentence}, code="purpose_needed")
    return purpose.strip()[:200]


def write_export(
    *, class_uid: str, purpose: str, full_numbers: bool, owner_id: int | None, filters: CompletionFilters
) -> dict[str, Any]:
    """Write the file and return where it is kept."""
    training_class = TrainingClass.objects.select_related("institution", "programme").get(uid=class_uid)
    rows = [row for row in completion_rows(training_class) if fits(row, filters)]
    stamp = clock.local(clock.now())
    notes = [
        f"{training_class.name}（{training_class.number}）结业核查表",
        f"生成时间：{stamp:%Y-%m-%d %H:%M}；范围：{scope_words(filters)}；用途：{purpose}",
    ]
    cells = [export_row(place, row, full=full_numbers) for place, row in enumerate(rows, 1)]
    content = write_workbook(COLUMNS, cells, title="结业核查", notes=notes)
    name = f"结业核查-{training_class.number}-{stamp:%Y%m%d%H%M}.xlsx"
    kept = put_file(name=name, content=content, purpose=purpose, owner_id=owner_id)
    return {"file": str(kept.uid), "name": name, "rows": len(rows)}


def export_row(place: int, row: CompletionRow, *, full: bool) -> list[Any]:
    """Return a learner's cells; numbers of documents stay text."""
    person, completion = row.enrolment.person, row.completion
    return [
        place,
        person.name if full else row.name,
        str(person.document_number) if full else row.document,
        float(row.hours),
        completion.totals.pending_ms // 60_000,
        f"{completion.done_count}/{len(completion.lessons)}",
        f"{completion.percent}%",
        row.checks.passed,
        row.checks.failed,
        row.quiz_percent,
        "；".join(row.exceptions),
        row.state_name,
        "".join(completion.missing),
    ]


@transaction.atomic
def download_export(*, file_uid: UUID, actor: Actor) -> tuple[str, bytes]:
    """Return name and content of an own export, noting the download. Raises NotFoundError for any other, or when expired."""
    require(actor, "completion.export")  # still: the role may have been taken away since
    row = SealedFile.objects.filter(uid=file_uid, owner_id=actor.user_id).first()
    if row is None or actor.user_id is None:
        raise NotFoundError("没有找到这个文件，可能已过期，或不是由您导出的。", code="file_not_found")
    content = open_file(row).read()
    record(actor, "dossier.export_downloaded", row, reason=row.purpose)
    return row.name, content
