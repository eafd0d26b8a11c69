"""What the office sees of the anomaly queue and of a case, with the evidence beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from attendance.models import PresenceCheck, StudySession
from attendance.queries import ENDINGS
from lms.access.rules import Actor, is_permitted
from lms.anomalies.models import AnomalyCase, AnomalyFlag, CaseStep
from lms.anomalies.queries.cases import (
    CaseEvidence,
    arrivals_of,
    enrolments_in,
    evidence_of,
    flags_of,
    persons_named,
    steps_of,
)
from lms.anomalies.queries.concerns import ToldFlag, measure_words
from lms.anomalies.rules.findings import KINDS
from lms.faces.models import FaceCheck
from lms.kernel import clock
from lms.people.rules import mask_name
from lms.portal.authority.anomaly_charts import Chart, chart_of
from lms.portal.class_pages import Fact
from lms.portal.workspaces import staff_name
from lms.practice.models import Signature

State, Kind = AnomalyCase.State, CaseStep.Kind
TONES = {State.OPEN: "tag-warn", State.RULED: "tag-warn", State.APPEALED: "tag-warn", State.CLOSED: "tag-ok"}
MOST_CHARTS = 3


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in the queue (案件行)."""

    uid: UUID
    number: str
    subject: str
    institution: str
    kinds: list[str]
    seen: str
    is_strong: bool
    flag_count: int
    last_at: datetime
    state: str
    tone: str
    handler: str


@dataclass(frozen=True, slots=True)
class FlagBox:
    """A flag with its figures, its week and its policy (线索)."""

    told: ToldFlag
    is_strong: bool
    figures: list[Fact]
    week: str
    at: datetime
    policy: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A session in evidence (学习会话)."""

    person: str
    enrolment: UUID
    opened_at: datetime
    ended: str
    lesson: str
    client: str
    device: str
    mark: str
    network: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """An answered check in evidence (在岗确认)."""

    person: str
    asked_at: datetime
    lesson: str
    seconds: str


@dataclass(frozen=True, slots=True)
class SittingLine:
    """A quiz in evidence (测验)."""

    person: str
    lesson: str
    submitted_at: datetime
    score: int


@dataclass(frozen=True, slots=True)
class FaceLine:
    """A comparison of a face (人脸比对). Score and threshold: 0 to 100."""

    person: str
    purpose: str
    at: datetime
    score: str
    asked: float
    outcome: str
    capture: str
    model: str


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """A signature at a place in evidence (签到与签退). `session`: of the practice; `mark`: of the phone."""

    person: str
    at: datetime
    session: UUID
    place: str
    way: str
    where: str
    mark: str
    network: str


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step of a case (办理步骤)."""

    label: str
    by: str
    at: datetime
    words: str
    extra: list[str]


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with its evidence (案件)."""

    case: AnomalyCase
    line: CaseLine
    facts: list[Fact]
    flags: list[FlagBox]
    sessions: list[SessionLine]
    checks: list[CheckLine]
    sittings: list[SittingLine]
    faces: list[FaceLine]
    signatures: list[SignatureLine]
    charts: list[Chart]
    steps: list[StepLine]
    persons: list[tuple[int, str]]
    enrolments: list[tuple[int, int, str]]
    ruling: CaseStep | None  # that waits for a second pair of eyes
    appeals: list[CaseStep]  # that wait for a decision
    may: set[str]


def subject_words(case: AnomalyCase) -> str:
    """Return what a case is about."""
    if case.person is not None:
        return mask_name(case.person.name)
    return f"{case.get_subject_display()} {case.subject_key.partition(':')[2][:8]}"


def case_line(case: AnomalyCase) -> CaseLine:
    """Return a case as the queue shows it; its flags are loaded, the newest first."""
    flags = list(case.flags.all())
    return CaseLine(
        uid=case.uid,
        number=case.number,
        subject=subject_words(case),
        institution=str(case.institution) if case.institution else "涉及多个机构",
        kinds=list(dict.fromkeys(KINDS[flag.kind].label for flag in flags)),
        seen=flags[0].seen if flags else "",
        is_strong=case.is_strong,
        flag_count=case.flag_count,
        last_at=case.last_at,
        state=case.get_outcome_display() if case.state == State.CLOSED else case.get_state_display(),
        tone=TONES.get(State(case.state), ""),
        handler=staff_name(case.handler),
    )


def case_page(case: AnomalyCase, actor: Actor) -> CasePage:
    """Return a case with everything that a decision needs."""
    flags, steps = flags_of(case), steps_of(case)
    evidence, persons = evidence_of(flags), persons_named(case)
    ruling = next((one for one in reversed(steps) if one.kind == Kind.RULED), None)
    appeals = [one for one in steps if one.kind == Kind.APPEALED and not one.answered.all()]
    return CasePage(
        case=case,
        line=case_line(case),
        facts=facts_of_case(case, len(persons)),
        flags=[flag_box(flag) for flag in flags],
        sessions=[session_line(one) for one in evidence.sessions],
        checks=[check_line(one) for one in evidence.checks],
        sittings=[
            SittingLine(mask_name(one.enrolment.person.name), one.lesson.title, one.submitted_at, one.score_percent)
            for one in evidence.sittings
        ],
        faces=[face_line(one) for one in evidence.faces],
        signatures=[signature_line(one) for one in evidence.signatures],
        charts=charts_of(evidence),
        steps=[step_line(one) for one in steps],
        persons=[(one.pk, mask_name(one.name)) for one in persons],
        enrolments=[
            (one.pk, one.person_id, f"{mask_name(one.person.name)}：{one.training_class}")
            for one in enrolments_in(case)
        ],
        ruling=ruling if case.state == State.RULED else None,
        appeals=appeals,
        may=permitted(case, actor, ruling, appeals),
    )


def permitted(case: AnomalyCase, actor: Actor, ruling: CaseStep | None, appeals: list[CaseStep]) -> set[str]:
    """Return what an actor may do with a case now; the services ask again."""
    if not is_permitted(actor, "anomalies.handle", case):
        return set()
    may = {"take"} if case.state == State.OPEN else set()
    if case.state in {State.REVIEWING, State.ASKED}:
        may |= {"ask", "rule"}
    if case.state == State.RULED and ruling is not None and ruling.by_id != actor.user_id:
        may.add("confirm")
    if appeals and not took_part(ruling, actor):
        may.add("appeal")
    return may


def took_part(ruling: CaseStep | None, actor: Actor) -> bool:
    """Return whether somebody proposed or confirmed an outcome."""
    if ruling is None:
        return False
    deciders = {ruling.by_id, *(one.by_id for one in ruling.answered.all() if one.kind == Kind.CONFIRMED)}
    return actor.user_id in deciders


def facts_of_case(case: AnomalyCase, person_count: int) -> list[Fact]:
    """Return what a case is, for reading."""
    facts = [
        Fact("编号", case.number),
        Fact("对象", f"{case.get_subject_display()}：{subject_words(case)}"),
        Fact("涉及学员", f"{person_count}人"),
        Fact("培训机构", str(case.institution) if case.institution else "涉及多个机构"),
        Fact("线索", f"{case.flag_count}条"),
        Fact("承办人", staff_name(case.handler)),
    ]
    return [*facts, Fact("说明期限", f"{case.due_on:%Y-%m-%d}")] if case.due_on else facts


def flag_box(flag: AnomalyFlag) -> FlagBox:
    """Return a flag as the page shows it."""
    kind = KINDS[flag.kind]
    return FlagBox(
        told=ToldFlag(kind.label, flag.seen, flag.compared, flag.innocent),
        is_strong=kind.is_strong,
        figures=[Fact(label, value) for label, value in flag.figures],
        week=f"{flag.week.month}月{flag.week.day}日起的一周",
        at=flag.at,
        policy=f"{flag.policy}（{flag.policy.source}）",
    )


def session_line(session: StudySession) -> SessionLine:
    """Return a session as evidence."""
    origin, end = getattr(session, "origin", None), getattr(session, "end", None)
    ended = ENDINGS.get(end.why if end else "", "已结束")
    return SessionLine(
        person=mask_name(session.person.name),
        enrolment=session.enrolment.uid,
        opened_at=clock.from_ms(session.opened_ms),
        ended=f"{clock.local(clock.from_ms(end.at_ms)):%H:%M} {ended}" if end else ended,
        lesson=session.lesson.title,
        client=session.get_client_display(),
        device=session.device,
        mark=origin.device[:8] if origin and origin.device else "—",
        network=(origin.network if origin else "") or "不详",
    )


def face_line(row: FaceCheck) -> FaceLine:
    """Return a comparison of a face as a row."""
    return FaceLine(
        person=mask_name(row.person.name),
        purpose=row.get_purpose_display(),
        at=row.at,
        score="—" if row.score_permille is None else f"{row.score_permille / 10:.1f}",
        asked=row.threshold_permille / 10,
        outcome=row.get_outcome_display(),
        capture=row.get_capture_display(),
        model=row.model_id,
    )


def signature_line(row: Signature) -> SignatureLine:
    """Return a signature as evidence; where the session was to be is its newest step's."""
    steps = list(row.session.steps.all())
    far = f"，距离{row.distance_m}米" if row.distance_m is not None else ""
    off = f"，误差{row.accuracy_m}米" if row.accuracy_m is not None else ""
    return SignatureLine(
        person=mask_name(row.enrolment.person.name),
        at=row.signed_at,
        session=row.session.uid,
        place=steps[-1].place if steps else str(row.session.training_class),
        way=f"{row.get_way_display()}（{row.get_method_display()}）",
        where=f"{row.get_place_display()}{far}{off}",
        mark=row.device[:8] or "—",
        network=row.network or "不详",
    )


def check_line(check: PresenceCheck) -> CheckLine:
    """Return a check as evidence."""
    seconds = f"{(check.settled_ms - check.asked_ms) / 1000:.2f}"
    return CheckLine(mask_name(check.person.name), clock.from_ms(check.asked_ms), check.session.lesson.title, seconds)


def charts_of(evidence: CaseEvidence) -> list[Chart]:
    """Return drawings of how long answers took, and of the gaps between beats of the newest sessions."""
    charts = [chart_of("在岗确认用时", [one.settled_ms - one.asked_ms for one in reversed(evidence.checks)])]
    for session in evidence.sessions[:MOST_CHARTS]:
        opened = clock.local(clock.from_ms(session.opened_ms))
        gaps = [late - early for early, late in pairwise(arrivals_of(session))]
        charts.append(chart_of(f"{opened.month}月{opened.day}日 {opened:%H:%M} 学习的心跳间隔", gaps))
    return [chart for chart in charts if chart is not None]


def step_line(step: CaseStep) -> StepLine:
    """Return a step as the page shows it."""
    extra = []
    if whom := step.person or step.institution:
        name = mask_name(step.person.name) if step.person else str(whom)
        extra.append(f"{'对象' if step.kind == Kind.ASKED else '由'}：{name}")
    if step.due_on:
        extra.append(f"期限：{step.due_on:%Y-%m-%d}")
    if step.outcome:
        extra.append(f"结论：{step.get_outcome_display()}")
    return StepLine(
        label=step.get_kind_display(),
        by=staff_name(step.by),
        at=step.at,
        words=step.words,
        extra=[*extra, *measures_of(step)],
    )


def measures_of(step: CaseStep) -> Iterable[str]:
    """Yield the measures of an outcome, each with whom it hits."""
    for measure in step.measures.all():
        whom = f"{mask_name(measure.person.name)}：" if measure.person else ""
        yield f"{whom}{measure_words(measure)}"
