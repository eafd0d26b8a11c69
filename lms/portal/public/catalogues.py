"""The four catalogues that the notice asks for (item 7), as a table for the page and for the sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from courses.queries.catalogue import specialties
from lms.catalogue.models import CatalogueEntry
from lms.catalogue.queries import demand_of, demand_years, entries_of, published_years
from lms.kernel import clock
from lms.kernel.errors import NotFoundError
from lms.kernel.sheets import Column, write_workbook


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One of the four: where its lines come from stands in `origin`."""

    slug: str
    title: str
    about: str
    origin: str
    columns: tuple[Column, ...]
    years: Callable[[], list[int]]
    rows: Callable[[int], list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """A catalogue of a year (目录页)."""

    catalogue: Catalogue
    year: int
    years: list[int]
    rows: list[tuple[Any, ...]]
    data_at: datetime

    @property
    def lines(self) -> list[list[tuple[str, Any]]]:
        """Return the cells with the names of their columns, for a phone."""
        names = [column.name for column in self.catalogue.columns]
        return [list(zip(names, row, strict=True)) for row in self.rows]


def entry_rows(kind: str) -> Callable[[int], list[tuple[Any, ...]]]:
    """Return the reader of a catalogue that the office publishes."""

    def rows(year: int) -> list[tuple[Any, ...]]:
        return [
            (
                one.name,
                one.occupation.code if one.occupation else "",
                one.get_level_display() if one.level is not None else "不分等级",
                one.industry.name if one.industry else "",
                one.get_degree_display(),
                one.remark,
                one.document,
                one.published_on.isoformat(),
            )
            for one in entries_of(kind, year)
        ]

    return rows


def demand_rows(year: int) -> list[tuple[Any, ...]]:
    """Return what is wanted, in numbers."""
    return [
        (
            one.code,
            one.occupation,
            one.level,
            one.learners,
            one.staff,
            one.total,
            one.modes.most_common(1)[0][0],
            one.times.most_common(1)[0][0],
        )
        for one in demand_of(year)
    ]


def specialty_rows(year: int) -> list[tuple[Any, ...]]:
    """Return what institutions teach now."""
    return [
        (one.institution, one.phone, one.code, one.occupation, "、".join(one.levels), one.course_count)
        for one in specialties()
    ]


def columns(*widths: tuple[str, int]) -> tuple[Column, ...]:
    """Return columns by name and width."""
    return tuple(Column(name, width) for name, width in widths)


ENTRY_COLUMNS = columns(
    ("专业或职业（工种）", 26), ("职业编码", 14), ("等级", 16), ("重点产业", 16), ("紧缺程度", 12), ("备注", 30),
    ("来源文件", 36), ("发布日期", 14),
)  # fmt: skip
BY_OFFICE = "由区办按年度发布，每行注明来源文件和发布日期。"
CATALOGUES = {
    one.slug: one
    for one in (
        Catalogue(
            slug="shortage",
            title=str(CatalogueEntry.Kind.SHORTAGE.label),
            about="本区产业最缺的专业和职业（工种），培训时优先安排。",
            origin=BY_OFFICE,
            columns=ENTRY_COLUMNS,
            years=lambda: published_years(CatalogueEntry.Kind.SHORTAGE),
            rows=entry_rows(CatalogueEntry.Kind.SHORTAGE),
        ),
        Catalogue(
            slug="general",
            title=str(CatalogueEntry.Kind.GENERAL.label),
            about="面向全体劳动者、常年开展培训的职业（工种）。",
            origin=BY_OFFICE,
            columns=ENTRY_COLUMNS,
            years=lambda: published_years(CatalogueEntry.Kind.GENERAL),
            rows=entry_rows(CatalogueEntry.Kind.GENERAL),
        ),
        Catalogue(
            slug="demand",
            title="劳动者培训需求目录",
            about="劳动者和企业登记想学的职业和等级，按人数从多到少排列。",
            origin="由学员和企业的需求登记汇总：同一个人一年只计一次，不显示任何个人或企业的名称，十分钟内更新。",
            columns=columns(
                ("职业编码", 14), ("职业", 24), ("等级", 16), ("学员（人）", 12), ("企业（人）", 12), ("合计（人）", 12),
                ("首选方式", 16), ("首选时间", 16),
            ),
            years=demand_years,
            rows=demand_rows,
        ),
        Catalogue(
            slug="institutions",
            title="职业技能培训机构专业目录",
            about="各培训机构能教哪些职业、到哪个等级。",
            origin="根据各机构已经区办审核发布、正在上架的课程生成。",
            columns=columns(
                ("培训机构", 30), ("对外电话", 16), ("职业编码", 14), ("职业", 24), ("等级", 30), ("课程（门）", 12)
            ),
            years=lambda: [clock.today().year],
            rows=specialty_rows,
        ),
    )
}  # fmt: skip


def published(slug: str, year: str) -> PublishedPage:
    """Return a catalogue of a year, of the newest one if the year makes no sense. Raises NotFoundError."""
    if slug not in CATALOGUES:
        raise NotFoundError("没有这个目录。可以从“目录”页查看已公布的目录。", code="catalogue_not_found")
    catalogue = CATALOGUES[slug]
    years = catalogue.years() or [clock.today().year]
    asked = int(year) if year.isdecimal() and len(year) == 4 else 0
    chosen = asked if asked in years else years[0]
    return PublishedPage(catalogue, chosen, years, catalogue.rows(chosen), clock.now())


def sheet(page: PublishedPage) -> tuple[bytes, str]:
    """Return a catalogue as xlsx, and the file's name."""
    name = f"{page.catalogue.title}（{page.year}年）"
    notes = [name, page.catalogue.origin, f"数据截至 {clock.local(page.data_at):%Y-%m-%d %H:%M}"]
    return write_workbook(page.catalogue.columns, page.rows, title=page.catalogue.title, notes=notes), f"{name}.xlsx"
