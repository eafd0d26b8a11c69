"""What became of flags, by detector and month, as a page and as a sheet (线索统计)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lms.access.rules import Actor
from lms.anomalies.queries.statistics import fates_between, first_year
from lms.anomalies.rules.findings import KINDS
from lms.anomalies.rules.statistics import Tally, by_kind, by_month
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import Column, write_workbook

ENDED = ("误报", "违规", "欺诈", "申诉推翻", "未结")
HEAD = ("月份", "线索类型", "强弱", "线索", *ENDED, "已结", "成立", "成立率（%）", "结论用时中位数（天）")
LAST_MONTHS = 12


@dataclass(frozen=True, slots=True)
class TallyLine:
    """A tally as the page shows it (统计行)."""

    month: str
    label: str
    is_strong: bool
    raised: int
    endings: tuple[int, ...]
    upheld: str
    days: str


@dataclass(frozen=True, slots=True)
class Period:
    """Which flags are counted: raised from `first` on, before `last` (统计期)."""

    year: str
    first: date
    last: date

    @property
    def words(self) -> str:
        """Return it as the page and the sheet say it."""
        return f"{self.year}年" if self.year else f"{month_words(f'{self.first:%Y-%m}')}起的{LAST_MONTHS}个月"


@dataclass(frozen=True, slots=True)
class StatisticsPage:
    """What became of flags (线索统计)."""

    period: Period
    kind: str
    years: list[int]
    kinds: list[tuple[str, str]]
    lines: list[TallyLine]
    months: list[TallyLine]
    head: tuple[str, ...] = ENDED


def period_of(year: str, today: date) -> Period:
    """Return a year, or the last twelve months where none is named. Raises InvalidError for what is no year that began."""
    if year.isdecimal() and 2000 <= int(year) <= today.year:
        return Period(str(int(year)), date(int(year), 1, 1), date(int(year) + 1, 1, 1))
    if year:
        sentence = f"统计期应是2000至{today.year}年之间的一年，请重新选择；留空为最近{LAST_MONTHS}个月。"
        raise InvalidError(sentence, fields={"year": sentence}, code="period_unknown")
    last = first_of_month(today.year * 12 + today.month)
    return Period("", first_of_month(today.year * 12 + today.month - LAST_MONTHS), last)


def first_of_month(count: int) -> date:
    """Return the first day of the month after so many months."""
    return date(count // 12, count % 12 + 1, 1)


def statistics_page(actor: Actor, *, year: str, kind: str) -> StatisticsPage:
    """Return the page: each detector over the whole period, and month by month. Two queries."""
    period, chosen = period_of(year, clock.today()), kind if kind in KINDS else ""
    fates = fates_between(actor, period.first, period.last)
    this_year = clock.today().year
    return StatisticsPage(
        period=period,
        kind=chosen,
        years=list(range(this_year, (first_year(actor) or this_year) - 1, -1)),
        kinds=[(one.name, one.label) for one in KINDS.values()],
        lines=[line_of(one) for one in by_kind(fates, KINDS)],
        months=[line_of(one) for one in by_month(fates, [chosen] if chosen else KINDS)],
    )


def line_of(tally: Tally) -> TallyLine:
    """Return a tally as a row."""
    kind, percent = KINDS[tally.kind], tally.upheld_percent
    return TallyLine(
        month=month_words(tally.month),
        label=kind.label,
        is_strong=kind.is_strong,
        raised=tally.raised,
        endings=tally.endings,
        upheld="—" if percent is None else f"{percent}%（{tally.upheld}/{tally.decided}）",
        days="—" if tally.median_days is None else f"{tally.median_days:.1f}",
    )


def month_words(month: str) -> str:
    """Return 2026年5月 of 2026-05."""
    year, _, number = month.partition("-")
    return f"{year}年{int(number)}月" if number else ""


def statistics_sheet(actor: Actor, *, year: str) -> tuple[bytes, str]:
    """Return all tallies as xlsx, the whole period first, and the file's name (导出线索统计)."""
    period = period_of(year, clock.today())
    fates = fates_between(actor, period.first, period.last)
    notes = [f"异常线索统计，{period.words}，按线索提出的月份。成立：违规或欺诈，且没有被申诉推翻。"]
    rows = [*cells(by_kind(fates, KINDS), "合计"), *cells(by_month(fates, KINDS), "")]
    columns = [Column(name, width=14) for name in HEAD]
    name = f"线索统计-{period.first:%Y%m}-{clock.today():%Y%m%d}.xlsx"
    return write_workbook(columns, rows, title="线索统计", notes=notes), name


def cells(tallies: Iterable[Tally], total: str) -> list[list[object]]:
    """Return rows of the sheet, numbers as numbers."""
    return [
        [
            total or month_words(one.month),
            KINDS[one.kind].label,
            "强" if KINDS[one.kind].is_strong else "弱",
            one.raised,
            *one.endings,
            one.decided,
            one.upheld,
            one.upheld_percent,
            None if one.median_days is None else round(one.median_days, 1),
        ]
        for one in tallies
    ]
