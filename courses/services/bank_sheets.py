"""A sheet comes into the question bank: all rows or none (导入试题)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import transaction

from courses.models import Question, QuestionAudio
from courses.rules.question_cells import ANSWERS, COLUMN_OF, KNOWLEDGE, OPTIONS, content_of, whole
from courses.rules.questions import CASE, Content
from courses.services.bank import Draft, Media, change_question, create_question, draft_problems, tidied_draft
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import Occupation
from lms.catalogue.rules import LEVEL_NAMES
from lms.kernel.errors import InvalidError
from lms.kernel.row_errors import keep_corrections
from lms.kernel.sheets import Column, Row, RowError, read_rows, write_workbook
from lms.organisations.models import Organisation

MOST_QUESTIONS = 1000
FILED = ("难度", "职业编码", "等级", "知识点")
NAMES_OF_COLUMNS = (
    "试题编号", "案例编号", "题型", "题干", *OPTIONS, "正确答案", *ANSWERS, "解析", "分值", *FILED,
    "图片编号", "图片说明", "录音编号",
)  # fmt: skip


@dataclass(slots=True)
class BankReport:
    """How an import went, or would go (导入结果)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: list[RowError] = field(default_factory=list)
    is_dry_run: bool = False
    corrections: UUID | None = None  # the sheet to correct, if there are errors


@dataclass(slots=True)
class Entry:
    """A question in a sheet: its row, and the rows of its parts (表格试题)."""

    row: Row
    content: Content
    parts: list[tuple[Row, Content]] = field(default_factory=list)


def import_questions(
    *, institution: Organisation, name: str, content: bytes, dry_run: bool, actor: Actor
) -> BankReport:
    """Import questions from xlsx or csv (导入试题): all rows or none; the same file again changes nothing.

    Of a refused sheet its rows are kept for a day, with what is wrong beside them.
    """
    require(actor, "courses.edit", institution)
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(NAMES_OF_COLUMNS, ())
    rows = read_rows(content, name, columns=columns, required=("题型", "题干"))
    if not rows:
        raise InvalidError("表格里没有试题，请填写后再上传。", code="bank_empty")
    if len(rows) > MOST_QUESTIONS:
        raise InvalidError(f"一次最多导入{MOST_QUESTIONS}行，请拆分成几个文件。", code="bank_rows")
    report = BankReport(is_dry_run=dry_run)
    found = [(entry, *draft_of(entry, institution, report)) for entry in entries_of(rows, report)]
    report.errors += repeated((entry.row, known) for entry, _, known in found)
    if report.errors:
        report.errors.sort(key=lambda error: error.number)
        kept = keep_corrections(name=name, rows=rows, errors=report.errors, owner_id=actor.user_id)
        report.corrections = kept.uid
        return report
    with transaction.atomic():
        for _, draft, known in found:
            write(institution, draft, known, report, actor)
        if dry_run:
            transaction.set_rollback(True)
        else:
            record(actor, "courses.questions_imported", institution, added=report.added, changed=report.changed)
    return report


def write(institution: Organisation, draft: Draft, known: Question | None, report: BankReport, actor: Actor) -> None:
    """Write one question and count it."""
    if known is None:
        create_question(institution=institution, draft=draft, actor=actor)
        report.added += 1
    elif change_question(question=known, draft=draft, actor=actor):
        report.changed += 1
    else:
        report.unchanged += 1


def entries_of(rows: Iterable[Row], report: BankReport) -> list[Entry]:
    """Return the questions of a sheet; rows with a case's number behind it are its parts."""
    entries: list[Entry] = []
    cases: dict[str, Entry] = {}
    for row in rows:
        content, number = content_of(row.cells), row.get("案例编号")
        if content["kind"] == CASE or not number:
            entries.append(Entry(row, content))
            if number and number in cases:
                report.errors.append(RowError(row.number, "案例编号", f"案例编号“{number}”用了两次，请改一个。"))
            if number:
                cases[number] = entries[-1]
        elif number in cases:
            cases[number].parts.append((row, content))
        else:
            sentence = f"前面没有编号为“{number}”的案例题。请把案例题写在小题前面，或清空案例编号。"
            report.errors.append(RowError(row.number, "案例编号", sentence))
    return entries


def draft_of(entry: Entry, institution: Organisation, report: BankReport) -> tuple[Draft, Question | None]:
    """Return the draft of an entry and the question that it changes; note every cell that is wrong."""
    row = entry.row
    rows = [row, *(part_row for part_row, _ in entry.parts)]
    content = entry.content | {"parts": [part for _, part in entry.parts]}
    media, *parts = [media_of(one, institution, report) for one in rows]
    known = Draft(content=content, media=media, parts=tuple(parts))
    draft = tidied_draft(filed(known, row, report))
    for problem in draft_problems(draft, institution):
        number = rows[problem.place].number
        report.errors.append(RowError(number, COLUMN_OF.get(problem.field, "题型"), problem.sentence))
    return draft, known_question(row, institution, report)


def filed(draft: Draft, row: Row, report: BankReport) -> Draft:
    """Return a draft filed as its row says."""
    code, level = row.get("职业编码"), row.get("等级")
    occupation = Occupation.objects.filter(code=code).order_by("-valid_from").first() if code else None
    if code and occupation is None:
        report.errors.append(RowError(row.number, "职业编码", f"职业目录里没有“{code}”，请改正或留空。"))
    levels = {name: int(rank) for rank, name in LEVEL_NAMES.items()}
    if level and level not in levels:
        report.errors.append(RowError(row.number, "等级", f"没有等级“{level}”，可以填：{'、'.join(levels)}。"))
    return replace(
        draft,
        difficulty=whole(row.get("难度"), 3),
        occupation=occupation,
        level=levels.get(level),
        knowledge=tuple(KNOWLEDGE.split(row.get("知识点"))),
    )


def media_of(row: Row, institution: Organisation, report: BankReport) -> Media:
    """Return the picture and the sound that a row names."""
    image = row.get("图片编号")
    if image and not (image.isascii() and image.isdigit() and len(image) < 10):
        report.errors.append(RowError(row.number, "图片编号", f"“{image}”不是图片编号，应为数字，或留空。"))
        image = ""
    return Media(image_id=int(image) if image else None, audio=sound_of(row, institution, report))


def sound_of(row: Row, institution: Organisation, report: BankReport) -> QuestionAudio | None:
    """Return the sound that a row names."""
    text = row.get("录音编号")
    found = QuestionAudio.objects.filter(uid=uid_of(text), institution=institution).first() if text else None
    if text and found is None:
        report.errors.append(RowError(row.number, "录音编号", "本机构没有这段录音，请改正或留空。"))
    return found


def known_question(row: Row, institution: Organisation, report: BankReport) -> Question | None:
    """Return the question that a row changes."""
    text = row.get("试题编号")
    found = Question.objects.filter(uid=uid_of(text), institution=institution).first() if text else None
    if text and found is None:
        report.errors.append(RowError(row.number, "试题编号", "本机构没有这道题。新增的题请把试题编号留空。"))
    return found


def repeated(rows: Iterable[tuple[Row, Question | None]]) -> Iterator[RowError]:
    """Yield an error for every row that changes a question which a row before it changes (试题编号重复)."""
    first: dict[int, int] = {}
    for row, question in rows:
        if question is not None and (before := first.setdefault(question.pk, row.number)) != row.number:
            sentence = f"这道题在第{before}行已经出现。请删去其中一行；要新增一道相似的题，请把试题编号留空。"
            yield RowError(row.number, "试题编号", sentence)


def uid_of(text: str) -> UUID:
    """Return a uid, or one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def bank_template() -> bytes:
    """Return an empty sheet with an example of every kind (试题模板)."""
    notes = [
        "填写说明：一题一行，新增的题“试题编号”留空。正确答案写选项字母，如 A 或 ABD；判断题可写 对 或 错。",
        "填空题在题干里用 ____ 表示空，答案1对应第一个空，多个可接受的答案用 | 隔开，数字可写误差，如 100±5%。",
        "简答题每个得分点一格，如 断电|切断电源=60，等号后是权重。",
        "案例题先写一行背景，小题写在后面并填同一个案例编号。小题可以各有图片和录音。",
    ]
    return write_workbook([Column(name) for name in NAMES_OF_COLUMNS], [], title="题库", notes=notes)
