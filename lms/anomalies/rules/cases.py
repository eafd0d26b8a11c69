"""How a case goes and ends (处理流程). Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from lms.anomalies.rules.terms import AnomalyTerms

NEXT: dict[str, frozenset[str]] = {
    "open": frozenset({"reviewing"}),
    "reviewing": frozenset({"asked", "ruled", "closed"}),
    "asked": frozenset({"asked", "reviewing", "ruled", "closed"}),
    "ruled": frozenset({"closed", "reviewing"}),
    "closed": frozenset({"appealed"}),
    "appealed": frozenset({"closed", "appealed"}),
}
ERROR, IRREGULARITY, FRAUD = "error", "irregularity", "fraud"
SHORTEST = 10  # characters of a reason


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """What shall follow (处理措施): one of withdraw (an enrolment's hours), bar (a person), suspend (an institution)."""

    kind: str
    person: int | None = None
    institution: int | None = None
    enrolment: int | None = None
    is_whole: bool = False  # all hours of the enrolment, not only those of the sessions in evidence
    until: date | None = None


def may_become(state: str, wanted: str) -> bool:
    """Return whether a case may take this step."""
    return wanted in NEXT[state]


def reason_problem(reason: str) -> str:
    """Return what is wrong with a reason, or nothing."""
    if len(reason.strip()) < SHORTEST:
        return f"请写明理由（至少{SHORTEST}个字）：依据哪些证据、怎样核实，留痕备查，当事人能看到。"
    return ""


def ruling_problems(
    outcome: str, reason: str, plans: Collection[MeasurePlan], terms: AnomalyTerms, today: date
) -> dict[str, str]:
    """Return a sentence for everything that cannot stay of a ruling (结论检查)."""
    wrong = {}
    if outcome not in {ERROR, IRREGULARITY, FRAUD}:
        wrong["outcome"] = "请选择结论：误报、违规或欺诈。"
    if sentence := reason_problem(reason):
        wrong["reason"] = sentence
    if outcome == ERROR and plans:
        wrong["outcome"] = "误报不能附带处理措施。请去掉措施，或改选违规、欺诈。"
    for plan in plans:
        if sentence := until_problem(plan, terms, today):
            wrong["bar_until" if plan.kind == "bar" else "suspend_until"] = sentence
    return wrong


def until_problem(plan: MeasurePlan, terms: AnomalyTerms, today: date) -> str:
    """Return what is wrong with the end of a bar or a suspension, or nothing."""
    if plan.kind == "withdraw":
        return ""
    last = today + timedelta(days=terms.bar_most_days)
    if plan.until is None or not today < plan.until <= last:
        return f"请填写截止日期，最早明天，最晚{last}（口径规定最长{terms.bar_most_days}天）。"
    return ""


def appeal_ends(ruled_on: date, terms: AnomalyTerms) -> date:
    """Return the last day on which an outcome may be appealed."""
    return ruled_on + timedelta(days=terms.appeal_days)


def day_words(day: date) -> str:
    """Return 2026年5月11日."""
    return f"{day.year}年{day.month}月{day.day}日"
