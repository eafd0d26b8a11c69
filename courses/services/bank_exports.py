"""The question bank goes out as sheets that come in again without loss, made by a worker (导出试题)."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any

from courses.models import CourseTransfer, PartMedia, Question, QuestionVersion
from courses.queries.bank import bank_of, with_all
from courses.rules.question_cells import cells_of
from courses.rules.questions import CASE
from courses.services import transfers
from courses.services.bank_sheets import MOST_QUESTIONS, NAMES_OF_COLUMNS
from lms.access.rules import Actor, require
from lms.kernel.jobs import RunningJob
from lms.kernel.sheets import Column, write_workbook
from lms.organisations.models import Organisation

NAME = "题库"
AT_ONCE = 200


def start_bank_export(*, institution: Organisation, actor: Actor) -> CourseTransfer:
    """Have the questions in use packed (导出题库). While an export of the same person is under way, that one is returned."""
    require(actor, "courses.edit", institution)
    transfer = CourseTransfer(kind=CourseTransfer.Kind.BANK, institution=institution, name=f"{NAME}.xlsx")
    return transfers.begin_export(transfer, "courses.tasks.export_bank", actor)


def run_bank_export(job: RunningJob, transfer: CourseTransfer) -> dict[str, Any]:
    """Pack the questions in use of an institution (导出). A second run packs them anew."""
    if transfer.state == transfers.State.DONE:
        return {}
    try:
        with TemporaryFile() as handle:
            transfer.name = write_bank(questions_in_use(job, transfer.institution), handle)
            transfer.size_bytes = handle.tell()
            handle.seek(0)
            transfers.keep_archive(transfer, handle)
        transfers.finish(transfer)
    except Exception as error:
        transfers.failed_by(transfer, job, error)
        raise
    return {"size": transfer.size_bytes}


def questions_in_use(job: RunningJob, institution: Organisation) -> Iterator[Question]:
    """Yield the questions in use, the oldest first, saying on the way how far it is. No cursor stays open: progress writes."""
    keys = list(bank_of(institution).order_by("pk").values_list("pk", flat=True))
    for place in range(0, len(keys), AT_ONCE):
        job.progress(95 * place // len(keys))
        yield from with_all(Question.objects.filter(pk__in=keys[place : place + AT_ONCE])).order_by("pk")


def write_bank(questions: Iterable[Question], handle: IO[bytes]) -> str:
    """Write one sheet, or a zip of sheets that each come in at once; return the name of what was written."""
    sheets = sheets_of(questions)
    first, second = next(sheets), next(sheets, None)
    if second is None:
        handle.write(first)
        return f"{NAME}.xlsx"
    with zipfile.ZipFile(handle, "w") as packed:  # sheets are compressed already
        for number, content in enumerate(chain([first, second], sheets), 1):
            packed.writestr(f"{NAME}-{number}.xlsx", content)
    return f"{NAME}.zip"


def sheets_of(questions: Iterable[Question]) -> Iterator[bytes]:
    """Yield questions as sheets that can be changed and imported again: none has more rows than come in at once."""
    held: list[list[str]] = []
    for question in questions:
        rows = rows_of(question)
        if len(held) + len(rows) > MOST_QUESTIONS:
            yield sheet_of(held)
            held = []
        held += rows
    yield sheet_of(held)


def sheet_of(rows: list[list[str]]) -> bytes:
    """Return rows as a sheet."""
    return write_workbook([Column(name) for name in NAMES_OF_COLUMNS], rows, title=NAME)


def rows_of(question: Question) -> list[list[str]]:
    """Return a question's row, and a row for every part of a case behind it."""
    current = question.current
    if current is None:
        return []
    case = question.uid.hex[:8] if current.kind == CASE else ""
    own = cells_of(current.values) | filed_cells(question) | media_cells(current) | {"案例编号": case}
    parts = [
        cells_of(part) | media_cells(current.media_of_part(place)) | {"案例编号": case}
        for place, part in enumerate(current.values["parts"], 1)
    ]
    return [[cells.get(name, "") for name in NAMES_OF_COLUMNS] for cells in (own, *parts)]


def filed_cells(question: Question) -> dict[str, str]:
    """Return the cells that say where a question is filed."""
    return {
        "试题编号": str(question.uid),
        "难度": str(question.difficulty),
        "职业编码": question.occupation.code if question.occupation else "",
        "等级": question.get_level_display() or "",
        "知识点": "、".join(sorted(point.name for point in question.knowledge.all())),
    }


def media_cells(held: QuestionVersion | PartMedia | None) -> dict[str, str]:
    """Return the cells that name a stem's picture and sound."""
    if held is None:
        return {}
    return {"图片编号": str(held.image_id or ""), "录音编号": str(held.audio.uid) if held.audio else ""}
