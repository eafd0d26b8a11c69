"""What an appeal shows of itself: the same sentences for its learner and for the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from attendance.models import HoursEntry
from attendance.rules.words import length
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.rules import UNDECIDED
from lms.kernel import clock

State, Kind = HoursAppeal.State, AppealStep.Kind
TONES = {State.FILED: "tag-warn", State.PROPOSED: "tag-warn", State.GRANTED: "tag-ok", State.REFUSED: "tag-bad"}


@dataclass(frozen=True, slots=True)
class OwnAppeal:
    """An appeal as its learner sees it (我的申诉). `result`: how it ended, or what happens next."""

    appeal: HoursAppeal
    about: str
    tone: str
    words: str
    has_file: bool
    result: str
    opinion: str
    restored_ms: int
    may_withdraw: bool


def about(entry: HoursEntry) -> str:
    """Return which time it is about: 5月6日“焊条的选用”3分钟."""
    lesson = entry.session.lesson.title if entry.session else ""
    return f"{entry.day.month}月{entry.day.day}日“{lesson}”{length(entry.ms)}"


def own_appeal_line(appeal: HoursAppeal) -> OwnAppeal:
    """Return an appeal whose steps are loaded."""
    steps = list(appeal.steps.all())
    decided = next((one for one in steps if one.kind == Kind.CONFIRMED), None)
    opinions = [one for one in steps if one.kind == Kind.PROPOSED]
    return OwnAppeal(
        appeal=appeal,
        about=about(appeal.entry),
        tone=TONES.get(State(appeal.state), ""),
        words=steps[0].words,
        has_file=bool(steps[0].file_sha256),
        result=result_words(appeal, decided),
        opinion=opinions[-1].words if decided and opinions else "",
        restored_ms=decided.restored.ms if decided and decided.restored else 0,
        may_withdraw=appeal.state in UNDECIDED,
    )


def result_words(appeal: HoursAppeal, decided: AppealStep | None) -> str:
    """Return how an appeal ended, or what happens next, in a sentence."""
    if appeal.state == State.WITHDRAWN:
        return "您已撤回。这段时间不能再次申诉，重新学习可再次计入。"
    if decided is None:
        return "由一位工作人员提出意见、另一位复核，结果显示在本页。等待期间可以继续学习，也可以重学这一段。"
    if appeal.state == State.REFUSED:
        return "没有恢复学时。重新学习这一段可再次计入。"
    if decided.restored is None:
        return "这一段您已经重新学过并补上，没有需要恢复的时间。"
    left = appeal.entry.ms - decided.restored.ms
    rest = f"其余{length(left)}已经重新学过，或超出当天、本课的上限，不再恢复。" if left >= 1000 else ""
    return f"恢复{length(decided.restored.ms)}，已计入学时。{rest}"


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of an appeal (办理记录)."""

    label: str
    by: str
    at: datetime
    words: str


def step_lines(appeal: HoursAppeal) -> list[StepLine]:
    """Return an appeal's steps; they are loaded."""
    learners = {Kind.FILED, Kind.WITHDRAWN}
    return [
        StepLine(label_of(one), "学员本人" if one.kind in learners else one.by.called, one.at, one.words)
        for one in appeal.steps.all()
    ]


def label_of(step: AppealStep) -> str:
    """Return what a step is, in words."""
    label = step.get_kind_display()
    if step.outcome:
        label = f"{label}：{step.get_outcome_display()}"
    return f"{label}，恢复{length(step.restored.ms)}" if step.restored else label


def waits_days(appeal: HoursAppeal) -> int:
    """Return for how many days an appeal has waited."""
    return (clock.today() - clock.local(appeal.filed_at).date()).days
