"""Excel and CSV in and out (电子表格): the interchange format of every office. Nothing is evaluated, nothing is guessed."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from lms.kernel.errors import InvalidError
from lms.kernel.zips import INFLATABLE, ZIP_FAULTS

MOST_EXACT = 10**15  # a number of Excel keeps 15 digits
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
LARGEST_BYTES, LARGEST_UNPACKED, MOST_ROWS = 10 * 1024**2, 100 * 1024**2, 5000
ENCODINGS = ("utf-8-sig", "gb18030")
FORMULA = re.compile(r"^[=+\-@\t\r]")
CHUNK = 1 << 16
# What openpyxl raises for a workbook that is torn or that no Excel wrote; a ParseError is a SyntaxError.
FAULTS = (*ZIP_FAULTS, LookupError, TypeError, AttributeError, SyntaxError)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet by column names; `number` is what Excel shows at its left."""

    number: int
    cells: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return a cell as text, without blanks at its ends."""
        return self.cells.get(name, "")


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row (行错误): its number, the column and a sentence."""

    number: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a written sheet."""

    name: str
    width: int = 16


@dataclass(frozen=True, slots=True)
class Flagged:
    """A text that is to be noticed: its cell is coloured (标出的单元格)."""

    text: str


NO_SHEETS = {
    b"\xd0\xcf\x11\xe0": "旧版 Excel（.xls）文件，请在 Excel 里另存为 xlsx",
    b"%PDF": "PDF 文件",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
    b"GIF8": "图片",
}


def read_rows(content: bytes, name: str, *, columns: Mapping[str, Sequence[str]], required: Sequence[str]) -> list[Row]:
    """Return a sheet's rows by canonical column names; empty rows are left out, columns that nobody knows are kept.

    `columns` maps each canonical name to its other spellings. Raises InvalidError when the file cannot be read, is too
    large, or a required column is missing.
    """
    if not content or len(content) > LARGEST_BYTES:
        raise InvalidError(
            "文件是空的，请重新选择。" if not content else "文件超过10MB，请拆分后再上传。", code="sheet_size"
        )
    if kind := next((words for start, words in NO_SHEETS.items() if content.startswith(start)), ""):
        raise InvalidError(f"这是{kind}，不是可以导入的表格。请上传 xlsx 或 csv 文件。", code="sheet_kind")
    table = read_xlsx(content) if content[:2] == b"PK" else read_csv(content, name)
    names = {spelling: canonical for canonical, others in columns.items() for spelling in (canonical, *others)}
    head_at = next((place for place, cells in enumerate(table) if set(map(str.strip, cells)) & set(names)), None)
    if head_at is None:
        raise InvalidError(
            f"没有找到表头。第一行应写明：{'、'.join(required)}。请使用下载的模板填写。", code="sheet_no_header"
        )
    header = [names.get(cell.strip(), cell.strip()) for cell in table[head_at]]
    if missing := [one for one in required if one not in header]:
        raise InvalidError(f"表头缺少这些列：{'、'.join(missing)}。请使用下载的模板填写。", code="sheet_columns")
    rows = [
        Row(number, {one: cell.strip() for one, cell in zip(header, cells, strict=False) if one})
        for number, cells in enumerate(table[head_at + 1 :], head_at + 2)
        if any(cell.strip() for cell in cells)
    ]
    if len(rows) > MOST_ROWS:
        raise InvalidError(f"一次最多导入{MOST_ROWS}行，这个文件超过了，请拆分成几个文件。", code="sheet_rows")
    return rows


def read_xlsx(content: bytes) -> list[list[str]]:
    """Return the first sheet's cells as text. Raises InvalidError for what is no workbook or unpacks to too much."""
    try:
        book = load_workbook(unpacked(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        return [
            [as_text(cell) for cell in row]
            for row in sheet.iter_rows(max_row=MOST_ROWS + 20, max_col=60, values_only=True)
        ]
    except FAULTS as error:
        raise InvalidError(
            "文件打不开，可能已损坏或不是 Excel 文件。请另存为 xlsx 后再上传。", code="sheet_unreadable"
        ) from error


def unpacked(content: bytes) -> io.BytesIO:
    """Return a workbook stored as it is, read piece by piece: openpyxl asks for members whole, however large they are.

    No member holds more than the directory says, and all together no more than LARGEST_UNPACKED.
    """
    plain = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(plain, "w") as made:
        entries = packed.infolist()
        if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED:
            raise InvalidError("文件内容过大，请删除多余的工作表和图片后再上传。", code="sheet_size")
        if any(entry.compress_type not in INFLATABLE for entry in entries):
            raise InvalidError("文件用了平台不支持的压缩方式，请用 Excel 另存为 xlsx 后再上传。", code="sheet_packed")
        for name in dict.fromkeys(packed.namelist()):
            with packed.open(name) as source, made.open(name, "w") as target:
                shutil.copyfileobj(source, target, CHUNK)
    plain.seek(0)
    return plain


def as_text(value: Any) -> str:
    """Return a cell as people typed it: whole numbers without a point, dates as 2026-05-03."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < MOST_EXACT else f"{value:.14e}"  # shows that digits are lost
    return str(value)


def read_csv(content: bytes, name: str) -> list[list[str]]:
    """Return the cells of a CSV in UTF-8 or GB18030, separated by comma, semicolon or tab."""
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.split("\n", 1)[0]
        separator = max(",;\t", key=first.count)
        try:
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        except csv.Error:
            break
    raise InvalidError("文件的文字编码读不懂，请另存为 xlsx 或 UTF-8 编码的 CSV。", code="sheet_encoding")


def lost_digits(text: str) -> bool:
    """Return whether a long number went through Excel's floating point: digits after the 15th are gone."""
    return bool(re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text)) or bool(re.fullmatch(r"\d{15}0{2,}", text))


def write_workbook(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], *, title: str, notes: Sequence[str] = ()
) -> bytes:
    """Return an xlsx file. Every text stays text: 18-digit numbers keep their digits, nothing begins as a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    for place, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.freeze_panes = f"A{len(notes) + 2}"
    for note in notes:
        sheet.append([text_cell(sheet, note)])
    head = [text_cell(sheet, column.name) for column in columns]
    for cell in head:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EEF4")
    sheet.append(head)
    for row in rows:
        sheet.append([text_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text_cell(sheet: Any, value: Any) -> Any:
    """Return a cell that is never a formula: whole numbers and decimals as numbers, all else as text."""
    if isinstance(value, Flagged):
        cell = text_cell(sheet, value.text)
        cell.fill, cell.alignment = PatternFill("solid", fgColor="FFE3D6"), Alignment(wrap_text=True, vertical="top")
        return cell
    if value is None or isinstance(value, int | float):
        return WriteOnlyCell(sheet, value=value)
    text = CONTROL.sub("", str(value))
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type, cell.number_format = "s", "@"
    if FORMULA.match(text):
        cell.quotePrefix = True
    return cell
