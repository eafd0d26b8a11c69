"""Importing the occupational classification: there is no trustworthy machine-readable edition, so offices bring theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import KeyIndustry, Occupation, Trade
from lms.catalogue.rules import is_occupation_code
from lms.kernel.sheets import Row, RowError, read_rows
from lms.kernel.visitors import forget_pages_on_commit
from lms.kernel.zh import pinyin, words_for_search

COLUMNS = {
    "职业编码": ("编码", "职业代码", "code"),
    "职业名称": ("职业", "名称", "name"),
    "工种": ("工种名称", "trade"),
    "版本": ("大典版本", "edition"),
    "起始日期": ("生效日期", "valid_from"),
    "截止日期": ("失效日期", "valid_to"),
    "来源": ("source",),
    "重点产业": ("产业", "industry"),
}
REQUIRED = ("职业编码", "职业名称")
SEPARATORS = re.compile("[、，；,;]")
LONGEST = {"职业名称": 60, "版本": 20, "工种": 60}
EDITION, SINCE = "2022", date(2022, 9, 28)


@dataclass(slots=True)
class ImportReport:
    """How an import went, or would go (导入结果)."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    errors: list[RowError] = field(default_factory=list)
    is_dry_run: bool = False


@dataclass(frozen=True, slots=True)
class OccupationRow:
    """A row that is fit to be written."""

    number: int
    code: str
    name: str
    trades: tuple[str, ...]
    edition: str
    valid_from: date
    valid_to: date | None
    source: str
    industries: tuple[str, ...] | None  # names; None: the sheet does not say


def import_occupations(*, name: str, content: bytes, dry_run: bool, actor: Actor) -> ImportReport:
    """Import occupations and trades from xlsx or csv (导入职业目录): all rows or none; the same file again changes nothing."""
    require(actor, "catalogue.import")
    report = ImportReport(is_dry_run=dry_run)
    rows = [
        row
        for sheet_row in read_rows(content, name, columns=COLUMNS, required=REQUIRED)
        if (row := checked(sheet_row, name, report))
    ]
    name_repeated(rows, report)
    name_unknown_industries(rows, report)
    if report.errors:
        report.errors.sort(key=lambda error: error.number)
        return report
    with transaction.atomic():
        write_occupations(rows, report)
        if dry_run:
            transaction.set_rollback(True)
        else:
            record(actor, "catalogue.imported", file=name, added=report.added, changed=report.changed)
            forget_pages_on_commit()
    return report


def checked(row: Row, file: str, report: ImportReport) -> OccupationRow | None:
    """Return a row's values, or note every cell that is wrong."""
    before = len(report.errors)
    code, name = row.get("职业编码").replace("－", "-"), row.get("职业名称")
    if not is_occupation_code(code):
        report.errors.append(RowError(row.number, "职业编码", f"“{code}”不是职业编码，应形如 6-18-02-04。"))
    if not name:
        report.errors.append(RowError(row.number, "职业名称", "请填写职业名称。"))
    trades = parts_of(row.get("工种"))
    for column, text in (("职业名称", name), ("版本", row.get("版本")), *(("工种", trade) for trade in trades)):
        if len(text) > LONGEST[column]:
            report.errors.append(RowError(row.number, column, f"“{text[:20]}…”太长，最多{LONGEST[column]}个字。"))
    start = day(row, "起始日期", report, SINCE)
    end = day(row, "截止日期", report, None)
    if start and end and end < start:
        report.errors.append(RowError(row.number, "截止日期", "截止日期早于起始日期。"))
    if len(report.errors) > before or start is None:
        return None
    source = row.get("来源") or f"导入文件：{file}"
    industries = parts_of(row.get("重点产业")) if "重点产业" in row.cells else None
    return OccupationRow(
        row.number, code, name, trades, row.get("版本") or EDITION, start, end, source[:150], industries
    )


def parts_of(text: str) -> tuple[str, ...]:
    """Return the names in a cell, each once."""
    return tuple(dict.fromkeys(part for part in map(str.strip, SEPARATORS.split(text)) if part))


def name_unknown_industries(rows: Iterable[OccupationRow], report: ImportReport) -> None:
    """Note the key industries that are not on the district's list (重点产业)."""
    known = set(KeyIndustry.objects.values_list("name", flat=True))
    for row in rows:
        for name in row.industries or ():
            if name not in known:
                sentence = f"“{name[:20]}”不是重点产业，可填：{'、'.join(sorted(known))}。"
                report.errors.append(RowError(row.number, "重点产业", sentence))


def name_repeated(rows: Iterable[OccupationRow], report: ImportReport) -> None:
    """Note who stands twice in a file: the later row would overwrite the earlier one unseen (重复编码)."""
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        earlier = first.setdefault((row.code, row.edition), row.number)
        if earlier != row.number:
            sentence = f"“{row.code}”与第{earlier}行重复，请删除其中一行。"
            report.errors.append(RowError(row.number, "职业编码", sentence))


def day(row: Row, column: str, report: ImportReport, default: date | None) -> date | None:
    """Return a date cell, its default, or note the error."""
    text = row.get(column).replace("/", "-").replace(".", "-")
    if not text:
        return default
    try:
        year, month, number = (int(part) for part in text.split("-"))
        return date(year, month, number)
    except ValueError:
        report.errors.append(RowError(row.number, column, f"“{text}”不是日期，应形如 2022-09-28。"))
        return default


def write_occupations(rows: Iterable[OccupationRow], report: ImportReport) -> None:
    """Write rows and count them; trades are added, never taken away."""
    industries = {one.name: one for one in KeyIndustry.objects.all()}
    for row in rows:
        values = {"name": row.name, "valid_from": row.valid_from, "valid_to": row.valid_to, "source": row.source}
        known = Occupation.objects.filter(code=row.code, edition=row.edition).first()
        if known is None:
            known = Occupation.objects.create(code=row.code, edition=row.edition, **values)
            report.added += 1
        elif differs(known, row, values):
            Occupation.objects.filter(pk=known.pk).update(**values)
            report.changed += 1
        else:
            report.unchanged += 1
        for sequence, trade in enumerate(row.trades, 1):
            Trade.objects.get_or_create(occupation=known, name=trade, defaults={"sequence": sequence})
        if row.industries is not None:
            known.industries.set(industries[name] for name in row.industries)
        index_occupation(occupation=known, name=row.name)


def differs(known: Occupation, row: OccupationRow, values: Mapping[str, Any]) -> bool:
    """Return whether a row changes what is known of an occupation."""
    if any(getattr(known, name) != value for name, value in values.items()):
        return True
    return row.industries is not None and set(known.industries.values_list("name", flat=True)) != set(row.industries)


def index_occupation(*, occupation: Occupation, name: str) -> None:
    """Note what the search finds an occupation by: its name and all its trades, as words and as pinyin (检索词)."""
    names = [name, *occupation.trades.order_by("sequence", "pk").values_list("name", flat=True)]
    words, letters = words_for_search(*names), pinyin(" ".join(names))
    Occupation.objects.filter(pk=occupation.pk).exclude(words=words, pinyin=letters).update(words=words, pinyin=letters)


@transaction.atomic
def load_occupations(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load the seed set (示例种子). Returns how many are new."""
    report = ImportReport()
    write_occupations(
        (
            OccupationRow(
                place, row["code"], row["name"], tuple(row.get("trades", ())), EDITION, SINCE, None, row["source"],
                tuple(row["industries"]) if "industries" in row else None,
            )
            for place, row in enumerate(rows, 1)
        ),
        report,
    )  # fmt: skip
    return report.added


@transaction.atomic
def load_key_industries(rows: Iterable[Mapping[str, Any]]) -> int:
    """Load the key industries (重点产业). Returns how many are new."""
    return sum(
        KeyIndustry.objects.get_or_create(
            code=row["code"], defaults={"name": row["name"], "sequence": place, "source": row["source"]}
        )[1]
        for place, row in enumerate(rows, 1)
    )
