"""What a case shows of itself to whom it concerns: the same sentences on the pages and over the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from lms.anomalies.models import AnomalyFlag, CaseStep, Measure
from lms.anomalies.queries.cases import Party, flags_about, step_concerning, steps_concerning
from lms.anomalies.queries.policies import terms_on
from lms.anomalies.rules.cases import appeal_ends, day_words
from lms.anomalies.rules.findings import KINDS
from lms.anomalies.rules.terms import AnomalyTerms
from lms.kernel import clock

Kind = CaseStep.Kind
ANSWERABLE = {"asked", "reviewing"}
WAYS = {"statement": "提交说明", "appeal": "提出申诉", "": ""}


@dataclass(frozen=True, slots=True)
class ToldFlag:
    """A flag in plain words (线索说明)."""

    label: str
    seen: str
    compared: str
    innocent: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a party said, and what became of it (说明、申诉)."""

    kind: Literal["statement", "appeal"]
    label: str
    words: str
    at: datetime
    answer: str = ""
    answer_words: str = ""


@dataclass(frozen=True, slots=True)
class Concern:
    """A question or an outcome that concerns a party (核查事项). `note`: what may be done, or why nothing more.

    `uid`: of the step; `may`: what may be said now, until when at best.
    """

    uid: UUID
    case: UUID
    number: str
    kind: Literal["asked", "ruled"]
    outcome: str
    title: str
    words: str
    at: datetime
    note: str
    flags: list[ToldFlag]
    measures: list[str]
    replies: list[Reply]
    until: date
    may: Literal["statement", "appeal", ""] = ""

    @property
    def reply_label(self) -> str:
        """Return what the button says; nothing if nothing may be said."""
        return WAYS[self.may]


def told_flags(flags: Iterable[AnomalyFlag]) -> list[ToldFlag]:
    """Return flags in plain words."""
    return [ToldFlag(KINDS[flag.kind].label, flag.seen, flag.compared, flag.innocent) for flag in flags]


def measure_words(measure: Measure) -> str:
    """Return a measure in a sentence."""
    until = day_words(measure.until) if measure.until else ""
    if measure.kind == Measure.Kind.BAR:
        return f"{until}前（含当天）不能报名新的班级；正在学习的班级不受影响。"
    if measure.kind == Measure.Kind.SUSPEND:
        return f"{measure.institution}暂停开班至{until}（含当天），期间不能提交和批准开班申请；已开班的班级不受影响。"
    assert measure.enrolment is not None
    scope = "全部学时" if measure.is_whole else "线索所涉学习的学时"
    return f"撤销“{measure.enrolment.training_class}”{scope}，等待抽查的时间也不再认定；班级没有结束的，可以重新学习。"


def concerns(party: Party) -> list[Concern]:
    """Return what concerns a party, newest first. A constant count of queries."""
    steps = list(steps_concerning(party))
    flags = flags_about(party, {step.case_id for step in steps})
    terms = terms_on(clock.today())
    return [told(step, party, told_flags(flags.get(step.case_id, ())), terms) for step in steps]


def concern(party: Party, uid: UUID) -> Concern:
    """Return one thing that concerns a party. Raises NotFoundError for any other."""
    step = step_concerning(party, uid)
    flags = flags_about(party, {step.case_id})
    return told(step, party, told_flags(flags.get(step.case_id, ())), terms_on(clock.today()))


def told(step: CaseStep, party: Party, flags: list[ToldFlag], terms: AnomalyTerms) -> Concern:
    """Return what a step says to a party."""
    return asked(step, flags) if step.kind == Kind.ASKED else ruled(step, party, flags, terms)


def asked(step: CaseStep, flags: list[ToldFlag]) -> Concern:
    """Return a question."""
    stated = next((one for one in step.answered.all() if one.kind == Kind.STATED), None)
    may_reply = stated is None and step.case.state in ANSWERABLE
    due = step.due_on or clock.today()
    late = "已经过期，仍可以补交，请尽快。" if due < clock.today() else ""
    note = f"请在{day_words(due)}前说明。{late}" if may_reply else "说明已收到，核查人员正在查看。"
    if stated is None and not may_reply:
        note = "核查已经进入结论阶段，不能再补充说明。对结论有异议可以申诉。"
    return Concern(
        uid=step.uid,
        case=step.case.uid,
        number=step.case.number,
        kind="asked",
        outcome="",
        title="请说明情况",
        words=step.words,
        at=step.at,
        note=note,
        flags=flags,
        measures=[],
        replies=[Reply("statement", "您的说明", stated.words, stated.at)] if stated else [],
        until=due,
        may="statement" if may_reply else "",
    )


def ruled(step: CaseStep, party: Party, flags: list[ToldFlag], terms: AnomalyTerms) -> Concern:
    """Return an outcome, with the measures that hit the party and its appeal."""
    confirmed = next(one for one in step.answered.all() if one.kind == Kind.CONFIRMED)
    appealed = next((one for one in step.answered.all() if one.kind == Kind.APPEALED and party.owns(one)), None)
    last = appeal_ends(clock.local(confirmed.at).date(), terms)
    may_appeal = appealed is None and clock.today() <= last
    note = f"对结论有异议的，可以在{day_words(last)}前申诉一次，由没有参与本案的人员处理；处理期间措施照常执行。"
    if not may_appeal:
        note = (
            "申诉结果见下。" if appealed else f"申诉期限到{day_words(last)}为止，已经过期。如有新的证据，请联系区办。"
        )
    hit = [
        one for one in step.measures.all() if party.is_person(one.person_id) or party.is_institution(one.institution_id)
    ]
    return Concern(
        uid=step.uid,
        case=step.case.uid,
        number=step.case.number,
        kind="ruled",
        outcome=step.outcome,
        title=f"核查结论：{step.get_outcome_display()}",
        words=step.words,
        at=confirmed.at,
        note=note,
        flags=flags,
        measures=[measure_words(one) for one in hit] or ["没有附带处理措施。"],
        replies=[appeal_reply(appealed)] if appealed else [],
        until=last,
        may="appeal" if may_appeal else "",
    )


def appeal_reply(appealed: CaseStep) -> Reply:
    """Return an appeal and what became of it."""
    decided = next(iter(appealed.answered.all()), None)
    if decided is None:
        return Reply("appeal", "您的申诉", appealed.words, appealed.at, "等待处理")
    granted = decided.kind == Kind.GRANTED
    answer = "申诉成立，针对您的措施已经撤销，学时已经恢复" if granted else "维持原结论"
    return Reply("appeal", "您的申诉", appealed.words, appealed.at, answer, decided.words)
