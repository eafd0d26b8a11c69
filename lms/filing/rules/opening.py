"""Who may open classes, and of what (能否开班). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lms.filing.rules.life import EXITED, is_suspended
from lms.filing.rules.terms import FilingTerms

WHERE = "请在“机构备案”中查看原因和办理方法。"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a filing says of an institution (备案情况); `licence_to` None: not on record."""

    state: str
    suspended_until: date | None = None
    licence_to: date | None = None
    rectify_by: date | None = None


def day_words(day: date) -> str:
    """Return 2026年3月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def agreement_obstacle(years: frozenset[int], terms: FilingTerms, day: date) -> str:
    """Return why no class may begin on a day without the year's agreement; nothing if it may. `years`: signed by both."""
    if not terms.agreement_required or day.year in years:
        return ""
    return f"本机构还没有与区办签好{day.year}年度协议，不能开{day.year}年的班。请先签署协议，等区办签署。{WHERE}"


def opening_obstacle(standing: Standing | None, terms: FilingTerms, day: date) -> str:
    """Return why an institution may open no class on a day, with what to do next; nothing if it may (开班限制)."""
    if standing is None:
        return (
            f"本机构还没有备案，不能开班。请先提交备案申请，区办受理后即可开班。{WHERE}"
            if terms.filing_required
            else ""
        )
    if standing.state == EXITED:
        return f"本机构已退出，不能开班。如要重新开展培训，请重新提交备案申请。{WHERE}"
    if is_suspended(standing.state, standing.suspended_until, day):
        until = f"至{day_words(standing.suspended_until)}" if standing.suspended_until else "，直到区办解除"
        return f"本机构已被暂停开班{until}。整改完成后请联系区办解除暂停。{WHERE}"
    if standing.licence_to is not None and standing.licence_to < day:
        ended = day_words(standing.licence_to)
        return f"本机构的办学许可到{ended}为止，班级开班时已经到期。请换证后提交变更备案。{WHERE}"
    if terms.overdue_stops and standing.rectify_by is not None and standing.rectify_by < day:
        by = day_words(standing.rectify_by)
        return f"本机构的整改到{by}期限已过，还没有完成，不能开班。请先提交整改报告。{WHERE}"
    return ""


def course_obstacle(
    catalogue: frozenset[tuple[int, int]], wanted: tuple[int, int], named: str, terms: FilingTerms
) -> str:
    """Return why a course may not be taught, nothing if it may (目录外).

    `catalogue`: occupations (by key) with levels; an empty one is not on record yet and bars nothing.
    """
    if not terms.catalogue_required or not catalogue or wanted in catalogue:
        return ""
    return f"“{named}”不在本机构的备案目录内，不能开班。请先提交变更备案增加这个职业和等级，或改选目录内的课程。"


def days_left(licence_to: date | None, day: date) -> int | None:
    """Return in how many days a licence ends, negative once it has; None where none is on record."""
    return None if licence_to is None else (licence_to - day).days
