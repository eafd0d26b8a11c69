"""What the pages of a filing show: the same for a unit's own staff and for the office (机构档案)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lms.filing.models import (
    FiledOccupation,
    FiledPaper,
    FiledSite,
    FiledTeacher,
    Filing,
    FilingApplication,
    FilingStep,
)
from lms.filing.queries.agreements import agreements_of
from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import open_application, papers_of, steps_of
from lms.filing.queries.standing import agreed_years, running_classes
from lms.filing.rules.checks import FIELDS, LICENCE, missing
from lms.filing.rules.opening import agreement_obstacle, day_words, days_left, opening_obstacle
from lms.filing.rules.terms import FilingTerms
from lms.kernel import clock
from lms.organisations.models import Organisation
from lms.portal.class_pages import DecisionLine, Fact
from lms.portal.workspaces import staff_name

TONES = {"filed": "tag-ok", "suspended": "tag-bad", "exited": "tag-bad"}
APPLICATION_TONES = {"submitted": "tag-warn", "checked": "tag-warn", "returned": "tag-bad", "accepted": "tag-ok"}
SHOWN = ("credit_code", "address", "contact_phone", *LICENCE)


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit in the office's list (单位行)."""

    unit: Organisation
    number: str
    state: str
    tone: str
    licence: str
    licence_tone: str


@dataclass(frozen=True, slots=True)
class TeacherLine:
    """A teacher, and whether the training of notice item 13 is due (师资行)."""

    row: FiledTeacher
    is_due: bool


@dataclass(frozen=True, slots=True)
class PaperFile:
    """What an application holds (备案材料)."""

    application: FilingApplication
    facts: list[Fact]
    catalogue: list[FiledOccupation]
    sites: list[FiledSite]
    teachers: list[TeacherLine]
    papers: list[FiledPaper]


@dataclass(frozen=True, slots=True)
class UnitFile:
    """Everything about one unit (机构档案)."""

    unit: Organisation
    filing: Filing | None
    line: UnitLine
    facts: list[Fact]
    obstacle: str
    notices: list[str]
    running: list[dict[str, Any]]
    open_application: FilingApplication | None
    papers: PaperFile | None
    steps: list[DecisionLine] = field(default_factory=list)


def licence_words(licence_to: date | None, today: date, terms: FilingTerms) -> tuple[str, str]:
    """Return how long a licence still holds, and its tone."""
    left = days_left(licence_to, today)
    if left is None or licence_to is None:
        return "未登记", ""
    if left < 0:
        return f"已于{day_words(licence_to)}到期", "tag-bad"
    tone = "tag-warn" if terms.licence_notice_days is not None and left <= terms.licence_notice_days else ""
    return f"{day_words(licence_to)}（还有{left}天）", tone


def unit_line(unit: Organisation, today: date, terms: FilingTerms) -> UnitLine:
    """Return a unit as the list shows it; load `filing__current` with it."""
    filing: Filing | None = getattr(unit, "filing", None)
    if filing is None:
        return UnitLine(unit, "", "未备案", "tag-warn", "未登记", "")
    ends = filing.current.licence_to if filing.current else None
    words, tone = licence_words(ends, today, terms) if unit.kind == "institution" else ("不需要", "")
    number = filing.number or "待补报后编号"
    return UnitLine(unit, number, filing.get_state_display(), TONES[filing.state], words, tone)


def paper_file(application: FilingApplication) -> PaperFile:
    """Return what an application holds. Four queries."""
    today = clock.today()
    years = terms_on(today).training_years
    names = [name for name in SHOWN if application.organisation.kind == "institution" or name not in LICENCE]
    facts = [Fact(FIELDS[name], str(getattr(application, name) or "—")) for name in names]
    return PaperFile(
        application,
        facts,
        list(application.catalogue.select_related("occupation").order_by("occupation__code", "level")),
        list(application.sites.order_by("pk")),
        [TeacherLine(row, training_due(row, years, today)) for row in application.teachers.order_by("pk")],
        list(application.papers.select_related("file").order_by("kind", "pk")),
    )


def training_due(row: FiledTeacher, years: int | None, today: date) -> bool:
    """Return whether a full-time teacher should be trained again (师资培训到期)."""
    if years is None or not row.is_full_time:
        return False
    return row.trained_on is None or (today - row.trained_on).days > 365 * years


def step_line(step: FilingStep) -> DecisionLine:
    """Return a step as a history shows it."""
    about = f"：{step.get_measure_display()}" if step.measure else ""
    until = f"（期限{day_words(step.due_on)}）" if step.due_on else ""
    return DecisionLine(
        f"{step.get_kind_display()}{about}{until}", staff_name(step.by), clock.local(step.at), step.words
    )


def unit_file(unit: Organisation) -> UnitFile:
    """Return everything about a unit (机构档案)."""
    today = clock.today()
    terms = terms_on(today)
    filing: Filing | None = getattr(unit, "filing", None)
    going = open_application(unit)
    obstacle = ""
    if unit.kind == "institution":
        obstacle = opening_obstacle(filing.standing() if filing else None, terms, today)
        obstacle = obstacle or agreement_obstacle(agreed_years(unit.pk), terms, today)
    line = unit_line(unit, today, terms)
    return UnitFile(
        unit=unit,
        filing=filing,
        line=line,
        facts=facts_of(unit, filing, line),
        obstacle=obstacle,
        notices=notices_of(unit, filing, going, terms, today),
        running=running_lines(unit, filing, terms),
        open_application=going,
        papers=paper_file(filing.current) if filing and filing.current else None,
        steps=[step_line(one) for one in steps_of(unit)[:100]],
    )


def agreement_lines(unit: Organisation) -> list[dict[str, Any]]:
    """Return this year's and the next year's agreement, and those of the years before (年度协议)."""
    signed = {one.year: one for one in agreements_of(unit)}
    year = clock.today().year
    years = sorted({*signed, year, year + 1}, reverse=True)
    return [{"year": one, "held": signed.get(one)} for one in years]


def facts_of(unit: Organisation, filing: Filing | None, line: UnitLine) -> list[Fact]:
    """Return how a unit stands, for reading."""
    facts = [Fact("单位类别", unit.get_kind_display()), Fact("备案编号", line.number or "—")]
    if filing is None:
        return facts
    facts += [Fact("备案日期", day_words(filing.filed_on)), Fact("备案依据", filing.basis)]
    if unit.kind == "institution":
        facts.append(Fact("办学许可", line.licence))
    if filing.suspended_until:
        facts.append(Fact("暂停至", day_words(filing.suspended_until)))
    if filing.rectify_by:
        facts.append(Fact("整改期限", day_words(filing.rectify_by)))
    return facts


def notices_of(
    unit: Organisation, filing: Filing | None, going: FilingApplication | None, terms: FilingTerms, today: date
) -> list[str]:
    """Return what a unit has to see to, a sentence each (待完善)."""
    found = []
    if filing is not None and filing.current is None:
        found.append("备案是按原登记视同的，还没有材料。请补报备案信息、目录、场地、师资和附件，审核后取得备案编号。")
    left = days_left(filing.current.licence_to if filing and filing.current else None, today)
    if left is not None and terms.licence_notice_days is not None and 0 <= left <= terms.licence_notice_days:
        found.append(f"办学许可还有{left}天到期，到期后不能开新班。换证后请提交变更备案。")
    if filing is not None and filing.rectify_by is not None:
        rest = (filing.rectify_by - today).days
        found.append(
            f"整改还有{rest}天到期，完成后请提交整改报告。"
            if rest >= 0
            else f"整改已逾期{-rest}天，请尽快提交整改报告。"
        )
    if going is not None and going.state in {"draft", "returned"}:
        lacking = missing(papers_of(going), terms, today)
        corrected = [f"{FIELDS[name]}：{text}" for name, text in going.corrections.items()]
        found += [f"补正意见——{text}" for text in corrected] + list(lacking.values())
    return found


def running_lines(unit: Organisation, filing: Filing | None, terms: FilingTerms) -> list[dict[str, Any]]:
    """Return the running classes, each with until when it may go on where its institution is suspended or out (在办班级)."""
    stopped = filing is not None and filing.state != Filing.State.FILED
    until = None
    if stopped and filing is not None and terms.finish_days is not None:
        until = clock.local(filing.moved_at).toordinal() + terms.finish_days
    today = clock.today().toordinal()
    return [
        {
            "held": one,
            "until": date.fromordinal(until) if until else None,
            "is_late": until is not None and until < today,
            "goes_on": stopped,
        }
        for one in running_classes(unit.pk)
    ]
