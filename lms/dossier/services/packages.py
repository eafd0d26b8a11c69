"""The evidence package of a class: one zip that an auditor can read and verify without us (证据包)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string

from lms.access.rules import SYSTEM, Actor, is_permitted, require
from lms.audit.models import AuditEntry, HeadStamp, LogHead
from lms.audit.queries import Record, key_chain, newest_head, newest_stamp, proof_hashes, records_of
from lms.audit.rules import verifier
from lms.audit.rules.sources import SOURCES
from lms.audit.services import record, sequence, sign_head
from lms.classes.models import TrainingClass
from lms.dossier.queries import CompletionRow, completion_rows, ensure_approved
from lms.dossier.services.exports import ensure_purpose
from lms.dossier.services.sheets import Sheet, beat_count, record_keys, sheets_of, stamp
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.kernel.jobs import RunningJob, enqueue_on_commit
from lms.kernel.models import Job
from lms.kernel.vault import put_file

TASK = "lms.dossier.tasks.export_evidence"
BOM = "\ufeff"  # Excel takes a CSV without it for GBK


@transaction.atomic
def request_package(*, training_class: TrainingClass, purpose: str, actor: Actor) -> Job:
    """Have a class's evidence package made (导出证据包). Raises InvalidError without a purpose."""
    require(actor, "completion.export", training_class)
    ensure_approved(training_class)
    words = ensure_purpose(purpose)
    full = is_permitted(actor, "people.reveal")
    record(actor, "dossier.package_requested", training_class, reason=words, full_numbers=full)
    return enqueue_on_commit(
        TASK, owner_id=actor.user_id, class_uid=str(training_class.uid), purpose=words, full_numbers=full
    )


@dataclass(slots=True)
class Archive:
    """A zip under way: every file's hash goes into the list."""

    zip: zipfile.ZipFile
    files: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, content: bytes) -> None:
        """Put a file in."""
        self.zip.writestr(name, content)
        self.files[name] = verifier.sha256(content).hex()

    def add_records(self, source: str, records: Iterable[Record]) -> list[int]:
        """Put a source's records in, a line each; return their places in the log."""
        lines, positions = [], []
        for one in records:
            lines.append(verifier.compact(one.as_json()))
            positions.append(one.leaf.position)
        self.add(f"rows/{source}.jsonl", b"\n".join(lines))
        return positions

    def add_sheet(self, sheet: Sheet) -> None:
        """Put a table in, readable by Excel."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(sheet.head)
        writer.writerows([[harmless(cell) for cell in row] for row in sheet.rows])
        self.add(sheet.name, (BOM + text.getvalue()).encode())


def harmless(cell: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple("=+-@\t\r")) else cell


def write_package(job: RunningJob, *, class_uid: str, purpose: str, full_numbers: bool) -> dict[str, Any]:
    """Write the package and return where it is kept. Everything in it is logged and signed before."""
    training_class = TrainingClass.objects.select_related("institution", "programme", "course_version").get(
        uid=class_uid
    )
    sequence(clock.now(), is_patient=True)
    job.progress(20)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as raw:
        archive = Archive(raw)
        keys = record_keys(training_class)
        positions = []
        for place, source in enumerate(SOURCES.values(), 1):
            positions += archive.add_records(source.name, records_of(source, keys[source.name]))
            job.progress(20 + 40 * place // len(SOURCES))
        rows = completion_rows(training_class)
        sheets = sheets_of(training_class, rows, full=full_numbers)
        for sheet in sheets:
            archive.add_sheet(sheet)
        job.progress(80)
        stamped = add_stamp(archive)
        archive.add("verify.py", Path(verifier.__file__).read_bytes())
        context = page_context(training_class, rows, sheets, purpose, keys, full=full_numbers)
        archive.add("index.html", render_to_string("dossier/package.html", context).encode())
        seal(archive, training_class, positions, stamped, purpose)
    job.progress(95)
    name = f"证据包-{training_class.number}-{clock.local(clock.now()):%Y%m%d%H%M}.zip"
    kept = put_file(name=name, content=content.getvalue(), purpose=purpose, owner_id=job.owner_id)
    return {"file": str(kept.uid), "name": name, "records": len(positions)}


def add_stamp(archive: Archive) -> HeadStamp | None:
    """Put the newest time stamp in, if there is one."""
    head = newest_head()
    found = newest_stamp(head.size) if head else None
    if found is not None:
        archive.add("stamp/head.txt", found.head.as_rule().stamped())
        archive.add("stamp/stamp.tsr", bytes(found.token or b""))
    return found


def seal(
    archive: Archive, training_class: TrainingClass, positions: list[int], stamped: HeadStamp | None, purpose: str
) -> None:
    """Log the list of files as a deed, sign the log, and add the proofs of all records and of that deed."""
    manifest = json.dumps(
        {
            "format": verifier.FORMAT,
            "class": {"uid": str(training_class.uid), "number": training_class.number, "name": training_class.name},
            "made_at_ms": clock.now_ms(),
            "sources": [source.as_json() for source in SOURCES.values()],
            "files": archive.files,
        },
        ensure_ascii=False,
        indent=1,
    ).encode()
    deed = record(
        SYSTEM, "dossier.package_made", training_class, reason=purpose, manifest=verifier.sha256(manifest).hex()
    )
    sealed, head = logged(deed)
    keys = [key.as_rule()._asdict() for key in key_chain()]
    words = {
        "head": head.as_rule()._asdict(),
        "keys": keys,
        "stamped": stamped.head.as_rule()._asdict() if stamped else None,
        "record": sealed.as_json(),
    }
    proofs = proof_hashes([*positions, sealed.leaf.position], head.size, stamped.head_id if stamped else 0)
    archive.zip.writestr("manifest.json", manifest)
    archive.zip.writestr("seal.json", json.dumps(words, ensure_ascii=False, indent=1))
    archive.zip.writestr("proofs.json", json.dumps(proofs))


def logged(deed: AuditEntry) -> tuple[Record, LogHead]:
    """Return a deed's record in the log and a head that covers it."""
    sequence(clock.now(), is_patient=True)
    head = sign_head(clock.now())
    found = next(records_of(SOURCES["deed"], [deed.pk]), None)
    if head is None or found is None or found.leaf.position >= head.size:
        raise ConflictError("存证日志正在封存，请稍后再导出一次。", code="log_busy")
    return found, head


def page_context(
    training_class: TrainingClass,
    rows: list[CompletionRow],
    sheets: list[Sheet],
    purpose: str,
    keys: dict[str, list[int]],
    *,
    full: bool,
) -> dict[str, Any]:
    """Return what the package's own page shows."""
    names = {row.enrolment.pk: row.enrolment.person.name if full else row.name for row in rows}
    sealed = sum(one.leaf.last - one.leaf.first + 1 for one in records_of(SOURCES["beats"], keys["beats"]))
    return {
        "training_class": training_class,
        "learners": [{"name": names[row.enrolment.pk], "row": row} for row in rows],
        "sheets": sheets,
        "purpose": purpose,
        "made_at": stamp(clock.now()),
        "waiting": beat_count(keys["beats"]) - sealed,
    }
