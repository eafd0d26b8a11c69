"""A refused sheet to take away, correct and upload again (修改表): its own rows, with what is wrong beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from uuid import UUID

from lms.kernel import clock
from lms.kernel.models import SealedFile
from lms.kernel.queries import own_file
from lms.kernel.sheets import Column, Flagged, Row, RowError, write_workbook
from lms.kernel.vault import open_file, put_file

PURPOSE = "导入未成功的表格"
REASON, NUMBER = "需要修改", "原行号"  # no importer knows them: they are passed over when the sheet comes in again
LONGEST_STEM = 150


def keep_corrections(*, name: str, rows: Sequence[Row], errors: Sequence[RowError], owner_id: int | None) -> SealedFile:
    """Keep the rows of a refused sheet, sealed and for a day, in place of the person's earlier one.

    All rows, not only the bad ones: a sheet comes in whole or not at all.
    """
    earlier = SealedFile.objects.filter(owner_id=owner_id, purpose=PURPOSE, erased_at=None)
    earlier.update(expires_at=clock.now())
    return put_file(
        name=f"{PurePath(name).stem[:LONGEST_STEM]}-需修改.xlsx",
        content=corrections(rows, errors),
        purpose=PURPOSE,
        owner_id=owner_id,
    )


def corrections(rows: Sequence[Row], errors: Sequence[RowError]) -> bytes:
    """Return rows as xlsx: what is wrong first, then their own cells, those in question coloured."""
    names = [name for name in dict.fromkeys(name for row in rows for name in row.cells) if name not in {REASON, NUMBER}]
    columns = [Column(REASON, 60), Column(NUMBER, 8), *(Column(name) for name in names)]
    return write_workbook(columns, lines(rows, errors, names), title="需修改")


def lines(rows: Sequence[Row], errors: Sequence[RowError], names: Sequence[str]) -> Iterator[list[str | int | Flagged]]:
    """Yield the cells of every row."""
    wrong: dict[int, dict[str, str]] = {}
    for error in errors:
        wrong.setdefault(error.number, {}).setdefault(error.column, error.sentence)
    for row in rows:
        found = wrong.get(row.number, {})
        reason = "\n".join(f"{column}：{sentence}" for column, sentence in found.items())
        cells = [Flagged(row.get(name)) if name in found else row.get(name) for name in names]
        yield [Flagged(reason) if reason else "", row.number, *cells]


def corrections_for(user_id: int, uid: UUID) -> tuple[str, bytes]:
    """Return name and content of an account's sheet to correct. Raises NotFoundError for any other, or when expired."""
    row = own_file(user_id, uid, purpose=PURPOSE)
    return row.name, open_file(row).read()
