"""Sign-in sheets for places without phones: out as xlsx to print and sign, in with the scan of the signed paper."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from hashlib import sha256

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.kernel.row_errors import keep_corrections
from lms.kernel.sheets import Column, Row, RowError, read_rows, write_workbook
from lms.kernel.vault import put_file
from lms.practice.models import PracticeSession, PresenceList, TimetableStep
from lms.practice.queries.presence import attendees, newest_list
from lms.practice.queries.sessions import lesson_of, step_now
from lms.practice.services.lists import Line, Paper, file_list
from lms.practice.services.timetable import require_hand

NUMBER, NAME, PRESENT, BEGIN, END, REASON, BY_HAND = (
    "学员编号", "姓名", "是否到场", "到场时间", "离场时间", "说明", "本人签名",
)  # fmt: skip
SHEET = [
    Column(NUMBER, 14), Column(NAME, 12), Column(PRESENT, 10), Column(BEGIN, 10), Column(END, 10), Column(REASON, 24),
    Column(BY_HAND, 20),
]  # fmt: skip
COLUMNS = {
    NUMBER: ("编号",),
    NAME: ("学员姓名",),
    PRESENT: ("到场",),
    BEGIN: ("签到时间",),
    END: ("签退时间",),
    REASON: ("原因",),
}
ANSWERS = {
    **dict.fromkeys(("是", "到", "到场", "√", "✓", "✔"), True),
    **dict.fromkeys(("否", "缺", "缺席", "未到", "×", "✗"), False),
}
CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)(?::[0-5]\d)?")
PAPERS = {b"%PDF": "pdf", b"\x89PNG": "png", b"\xff\xd8\xff": "jpg"}
LARGEST_PAPER = 10 * 1024**2


@dataclass(slots=True)
class SheetReport:
    """How a sheet came in: as a list, or with every bad row named and the sheet to correct (签到表导入结果)."""

    presence_list: PresenceList | None = None
    errors: list[RowError] = field(default_factory=list)
    corrections: SealedFile | None = None


def sign_in_sheet(*, session: PracticeSession, actor: Actor) -> bytes:
    """Return the sheet of a session, to print and to fill in (签到表)."""
    step = step_now(session)
    require_hand(actor, "practice.file", session.training_class, step)
    begin, end = clock.local(step.starts_at), clock.local(step.ends_at)
    notes = [
        f"{session.training_class.name}  线下实操签到表：{lesson_of(session, step).title}",
        f"{begin:%Y年%m月%d日 %H:%M}至{end:%H:%M}  {step.place}",
        "打印后请学员本人签名。“是否到场”填：是、否；时间填：09:00，不填按整次课。缺席的请在“说明”写明原因，不在本次课的整行留空。",
    ]
    rows = [[number_of(one.enrolment), one.enrolment.person.name, "", "", "", "", ""] for one in attendees(session)]
    return write_workbook(SHEET, rows, title="签到表", notes=notes)


def signed_paper(*, session: PracticeSession, actor: Actor) -> SealedFile:
    """Return the signed paper of a session's newest list; who looked is noted (签字原件). Raises NotFoundError."""
    require(actor, "practice.view", session)
    newest = newest_list(session)
    if newest is None or newest.paper is None:
        raise NotFoundError("这份名单没有签字原件。请查看名单记录中的来源。", code="paper_not_found")
    record(actor, "practice.paper_read", session, number=newest.number)
    return newest.paper


def file_sheet(
    *, session: PracticeSession, name: str, content: bytes, paper: bytes, actor: Actor, note: str = ""
) -> SheetReport:
    """File a filled sheet with the scan of the signed paper (上传签到表). A second person confirms it.

    Nothing is half saved: one bad row keeps the sheet out. Raises InvalidError for a file that is none.
    """
    step = step_now(session)
    require_hand(actor, "practice.file", session.training_class, step)
    kind = next((ending for start, ending in PAPERS.items() if paper.startswith(start)), None)
    if kind is None or len(paper) > LARGEST_PAPER:
        sentence = "请上传签字原件的扫描件或照片（PDF、PNG、JPG，不超过10MB）。"
        raise InvalidError(sentence, fields={"paper": sentence}, code="paper_missing")
    rows = read_rows(content, name, columns=COLUMNS, required=(NUMBER, PRESENT))
    report = SheetReport()
    lines = checked_rows(session, step, rows, report)
    if not report.errors:
        file_lines(
            session, lines, rows, Paper(keep_paper(session, paper, kind, actor), hash_of(paper)), note, actor, report
        )
    if report.errors:
        report.corrections = keep_corrections(name=name, rows=rows, errors=report.errors, owner_id=actor.user_id)
    return report


def file_lines(
    session: PracticeSession,
    lines: dict[int, Line],
    rows: list[Row],
    paper: Paper,
    note: str,
    actor: Actor,
    report: SheetReport,
) -> None:
    """File the lines of a sheet, or note what they were refused for; the paper of a refused sheet is not kept."""
    try:
        report.presence_list = file_list(
            session=session, lines=list(lines.values()), actor=actor, source="sheet", note=note, paper=paper
        )
    except DomainError as error:
        SealedFile.objects.filter(pk=paper.file.pk).update(expires_at=clock.now())
        if not isinstance(error, InvalidError) or error.code != "list_incomplete" or not error.fields:
            raise
        report.errors = errors_at(rows, lines, error)


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of what was handed in, in hex."""
    return sha256(content).hexdigest()


def keep_paper(session: PracticeSession, paper: bytes, kind: str, actor: Actor) -> SealedFile:
    """Seal the scan of the signed paper for the years of the class's terms."""
    years = session.training_class.study_terms().practice_paper_years
    return put_file(
        name=f"签到表-{session.uid.hex[:8]}.{kind}",
        content=paper,
        purpose="线下实操签字原件",
        owner_id=actor.user_id,
        kept=timedelta(days=366 * years),
    )


def number_of(enrolment: Enrolment) -> str:
    """Return by what a sheet names a learner: no document number stands on paper that lies about."""
    return enrolment.uid.hex[-8:].upper()


def checked_rows(
    session: PracticeSession, step: TimetableStep, rows: list[Row], report: SheetReport
) -> dict[int, Line]:
    """Return the good rows by number; note every cell that is wrong. A row that says nothing is of another session."""
    known = {number_of(one.enrolment): one.enrolment for one in attendees(session)}
    lines: dict[int, Line] = {}
    seen: dict[str, int] = {}
    for row in rows:
        if not any(row.get(column) for column in (PRESENT, BEGIN, END, REASON)):
            continue
        number, enrolment = row.get(NUMBER).upper(), known.get(row.get(NUMBER).upper())
        wrong = wrong_cells(row, enrolment)
        if number in seen:
            wrong[NUMBER] = f"与第{seen[number]}行重复，请删除一行。"
        seen[number] = row.number
        report.errors.extend(RowError(row.number, column, sentence) for column, sentence in wrong.items())
        if enrolment is not None and not wrong:
            lines[row.number] = line_of(row, enrolment, step)
    return lines


def wrong_cells(row: Row, enrolment: Enrolment | None) -> dict[str, str]:
    """Return what is wrong with a row, by column."""
    wrong = {}
    if enrolment is None:
        wrong[NUMBER] = "本班没有这个学员编号，请用本次课下载的签到表填写。"
    elif row.get(NAME) and row.get(NAME) != enrolment.person.name:
        wrong[NAME] = "姓名和学员编号不是同一个人，请核对是否错行。"
    if row.get(PRESENT) not in ANSWERS:
        wrong[PRESENT] = "请填“是”或“否”。"
    for column in (BEGIN, END):
        if row.get(column) and not CLOCK.fullmatch(row.get(column)):
            wrong[column] = f"“{row.get(column)}”不是时间，请按09:00的样子填写。"
    return wrong


def line_of(row: Row, enrolment: Enrolment, step: TimetableStep) -> Line:
    """Return the line of a good row; without times somebody was there all the time, the paper says so."""
    if not ANSWERS[row.get(PRESENT)]:
        return Line(enrolment, is_present=False, reason=row.get(REASON))
    hours = step.hours()
    begin, end = moment_of(row.get(BEGIN), step), moment_of(row.get(END), step)
    reason = row.get(REASON) or "纸质签到表签名"
    return Line(
        enrolment, True, hours.starts_ms if begin is None else begin, hours.ends_ms if end is None else end, reason
    )


def moment_of(text: str, step: TimetableStep) -> int | None:
    """Return a time of the session's day, in ms."""
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    day = clock.local(step.starts_at).date()
    moment = datetime.combine(day, time(int(found[1]), int(found[2])), tzinfo=clock.SHANGHAI)
    return int(moment.timestamp() * 1000)


def errors_at(rows: list[Row], lines: dict[int, Line], error: InvalidError) -> list[RowError]:
    """Return what a list was refused for, at its rows; who is missing stands at the end."""
    at = {str(line.enrolment.uid): number for number, line in lines.items()}
    last = rows[-1].number + 1
    return [
        RowError(at.get(uid, last), REASON if uid in at else NUMBER, sentence) for uid, sentence in error.fields.items()
    ]
