"""Publishing the catalogues of a year from the office's sheet (发布目录)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.catalogue.models import CatalogueEntry, KeyIndustry, Occupation
from lms.catalogue.rules import level_named
from lms.catalogue.services.occupations import ImportReport, day
from lms.kernel.sheets import Row, RowError, read_rows
from lms.kernel.visitors import forget_pages_on_commit

COLUMNS = {
    "年度": ("year",),
    "名称": ("专业或职业（工种）", "职业（工种）", "专业", "职业", "name"),
    "职业编码": ("编码", "code"),
    "等级": ("level",),
    "重点产业": ("产业", "industry"),
    "紧缺程度": ("degree",),
    "来源文件": ("文号", "来源", "source"),
    "发布日期": ("published_on",),
    "备注": ("remark",),
}
REQUIRED = ("年度", "名称", "来源文件", "发布日期")
LONGEST = {"名称": 60, "来源文件": 150, "备注": 100}
DEGREES = {str(label): value for value, label in CatalogueEntry.Degree.choices}


@dataclass(frozen=True, slots=True)
class EntryValues:
    """What a row says beside its key."""

    occupation_id: int | None
    industry_id: int | None
    degree: str
    remark: str
    document: str
    published_on: date


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A row that is fit to be written."""

    number: int
    year: int
    name: str
    level: int | None
    values: EntryValues

    @property
    def key(self) -> tuple[int, str, int | None]:
        """Return what a catalogue holds once."""
        return self.year, self.name, self.level


def import_entries(*, kind: str, name: str, content: bytes, dry_run: bool, actor: Actor) -> ImportReport:
    """Publish a catalogue for the years of a sheet (发布目录): each year's list becomes the sheet's, all rows or none."""
    require(actor, "catalogue.publish")
    report = ImportReport(is_dry_run=dry_run)
    reader = EntryReader(report)
    rows = [row for one in read_rows(content, name, columns=COLUMNS, required=REQUIRED) if (row := reader.read(one))]
    name_repeated(rows, report)
    if report.errors:
        report.errors.sort(key=lambda error: error.number)
        return report
    with transaction.atomic():
        replace_years(kind, rows, report)
        if dry_run:
            transaction.set_rollback(True)
        else:
            added, changed, removed = report.added, report.changed, report.removed
            record(actor, "catalogue.published", kind=kind, file=name, added=added, changed=changed, removed=removed)
            forget_pages_on_commit()
    return report


class EntryReader:
    """Reads rows against what the district knows: its occupations and key industries."""

    def __init__(self, report: ImportReport) -> None:
        self.report = report
        self.occupations = dict(Occupation.objects.order_by("valid_from").values_list("code", "pk"))
        self.industries = dict(KeyIndustry.objects.values_list("name", "pk"))

    def note(self, row: Row, column: str, sentence: str) -> None:
        """Note what is wrong with a cell."""
        self.report.errors.append(RowError(row.number, column, sentence))

    def read(self, row: Row) -> EntryRow | None:
        """Return a row's values, or note every cell that is wrong."""
        before = len(self.report.errors)
        for column in REQUIRED:
            if not row.get(column):
                self.note(row, column, f"请填写{column}。")
        for column, longest in LONGEST.items():
            if len(row.get(column)) > longest:
                self.note(row, column, f"太长，最多{longest}个字。")
        year, level = self.year(row), self.level(row)
        published_on = day(row, "发布日期", self.report, None)
        values = EntryValues(
            occupation_id=self.known(row, "职业编码", self.occupations, "职业目录"),
            industry_id=self.known(row, "重点产业", self.industries, "重点产业名单"),
            degree=self.degree(row),
            remark=row.get("备注"),
            document=row.get("来源文件"),
            published_on=published_on or date.min,
        )
        return EntryRow(row.number, year, row.get("名称"), level, values) if before == len(self.report.errors) else None

    def year(self, row: Row) -> int:
        """Return the year, 0 for none."""
        text = row.get("年度").removesuffix("年")
        if text and not (text.isdecimal() and 2000 <= int(text) <= 2100):
            self.note(row, "年度", f"“{text[:10]}”不是年度，应形如 2026。")
        return int(text) if text.isdecimal() else 0

    def level(self, row: Row) -> int | None:
        """Return the level's rank, None where the catalogue names none."""
        text = row.get("等级")
        if not text:
            return None
        if (found := level_named(text)) is None:
            self.note(row, "等级", f"“{text[:10]}”不是技能等级，应形如 五级/初级工，不分等级请留空。")
        return found

    def known(self, row: Row, column: str, names: dict[str, int], where: str) -> int | None:
        """Return the key of what a cell names, None for an empty cell."""
        text = row.get(column).replace("－", "-")
        if text and text not in names:
            self.note(row, column, f"“{text[:20]}”不在{where}里，请先导入，或留空。")
        return names.get(text)

    def degree(self, row: Row) -> str:
        """Return how short the trade is."""
        text = row.get("紧缺程度")
        if text and text not in DEGREES:
            self.note(row, "紧缺程度", f"“{text[:10]}”读不懂，可填：{'、'.join(DEGREES)}。")
        return DEGREES.get(text, "")


def name_repeated(rows: Iterable[EntryRow], report: ImportReport) -> None:
    """Note what stands twice in a file."""
    first: dict[tuple[int, str, int | None], int] = {}
    for row in rows:
        if (earlier := first.setdefault(row.key, row.number)) != row.number:
            report.errors.append(RowError(row.number, "名称", f"与第{earlier}行重复，请删除其中一行。"))


def replace_years(kind: str, rows: list[EntryRow], report: ImportReport) -> None:
    """Make the stored lists of the rows' years what the rows say, and count what differs."""
    years = {row.year for row in rows}
    there = {(one.year, one.name, one.level): one for one in CatalogueEntry.objects.filter(kind=kind, year__in=years)}
    for row in rows:
        values = asdict(row.values)
        known = there.pop(row.key, None)
        if known is None:
            CatalogueEntry.objects.create(kind=kind, year=row.year, name=row.name, level=row.level, **values)
            report.added += 1
        elif any(getattr(known, name) != value for name, value in values.items()):
            CatalogueEntry.objects.filter(pk=known.pk).update(**values)
            report.changed += 1
        else:
            report.unchanged += 1
    report.removed = CatalogueEntry.objects.filter(pk__in=[one.pk for one in there.values()]).delete()[0]
