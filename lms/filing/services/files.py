"""Handing out what a unit brought, noted in the operation log."""

from __future__ import annotations

from io import BytesIO

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.filing.models import FiledPaper, FilingStep
from lms.kernel.errors import NotFoundError
from lms.kernel.vault import open_file


def open_paper(*, paper: FiledPaper, actor: Actor) -> tuple[str, BytesIO]:
    """Return name and content of a paper (查看备案附件). Raises NotFoundError once it has expired."""
    require(actor, "filing.view", paper)
    content = open_file(paper.file)
    record(actor, "filing.paper_opened", paper.application, kind=paper.kind)
    return paper.file.name, content


def open_report(*, step: FilingStep, actor: Actor) -> tuple[str, BytesIO]:
    """Return name and content of what came with a report (查看整改附件). Raises NotFoundError without one."""
    require(actor, "filing.view", step)
    if step.file is None:
        raise NotFoundError("这一步没有附件。", code="filing_file_not_found")
    content = open_file(step.file)
    record(actor, "filing.report_opened", step)
    return step.file.name, content
