"""What the office sees of a policy on a sample day (口径试算)."""

from __future__ import annotations

from dataclasses import dataclass

from attendance.queries import WHY
from lms.dossier.rules import Outcome, SampleDay, sample_day
from lms.kernel.hours import class_hours
from lms.planning.models import StudyPolicy
from lms.planning.rules import StudyTerms, clock_time

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A part of the day: what was done, what counts, why the rest does not, and what counts under the version beside it."""

    period: str
    doing: str
    counted: int  # minutes, confirmed or pending
    sentence: str
    before: int | None


@dataclass(frozen=True, slots=True)
class TriedDay:
    """A sample day under a policy, and under the one that holds today (试算结果)."""

    lines: list[TriedLine]
    hours: str
    counted: int
    before: StudyPolicy | None
    hours_before: str
    counted_before: int


def tried_day(terms: StudyTerms, before: StudyPolicy | None) -> TriedDay:
    """Return what terms make of the sample day, beside another version."""
    day = sample_day(terms)
    other = sample_day(before.study_terms()) if before else None
    others = [counted(one) for one in other.outcomes] if other else [None] * len(day.outcomes)
    return TriedDay(
        lines=[line(one, known) for one, known in zip(day.outcomes, others, strict=True)],
        hours=hours(day, terms),
        counted=(day.confirmed + day.pending) // MINUTE,
        before=before,
        hours_before=hours(other, before.study_terms()) if before and other else "",
        counted_before=(other.confirmed + other.pending) // MINUTE if other else 0,
    )


def hours(day: SampleDay, terms: StudyTerms) -> str:
    """Return a day in 学时."""
    return str(class_hours(day.confirmed + day.pending, hour_minutes=terms.hour_minutes, step=terms.step))


def counted(outcome: Outcome) -> int:
    """Return the minutes that count, rounded to the nearest: a sample, not an account."""
    return round((outcome.confirmed + outcome.pending) / MINUTE)


def line(outcome: Outcome, before: int | None) -> TriedLine:
    """Return a part of the day as the office reads it."""
    stretch = outcome.stretch
    period = f"{clock_time(stretch.begin)}–{clock_time(stretch.begin + stretch.minutes)}"
    return TriedLine(period, stretch.doing, counted(outcome), sentence_of(outcome), before)


def sentence_of(outcome: Outcome) -> str:
    """Return why a part counts or not, in a sentence."""
    parts = [
        f"{minutes}分钟未计入：{WHY[why]}" for why, ms in outcome.lost.most_common() if (minutes := round(ms / MINUTE))
    ]
    if withheld := round(outcome.withheld / MINUTE):
        parts.append(f"{withheld}分钟暂不认定：之后的在岗确认没有应答")
    if pending := round(outcome.pending / MINUTE):
        parts.append(f"其中{pending}分钟待下一次在岗确认后计入")
    if outcome.faces:
        parts.append(f"开始前核验人脸{outcome.faces}次")
    if outcome.checks:
        parts.append(f"在岗确认{outcome.checks}次")
    return "；".join(parts) + "。" if parts else "全部计入。"
