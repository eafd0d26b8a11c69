"""What the office sees of an appeal, with the evidence beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from attendance.models import Beat, HoursEntry, PresenceCheck, StudySession
from attendance.queries import ENDINGS, WHY
from attendance.rules.words import length
from attendance.services import restorable
from lms.access.rules import Actor, is_permitted
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.queries.records import AppealEvidence, evidence_of
from lms.appeals.queries.telling import TONES, StepLine, about, step_lines, waits_days
from lms.appeals.rules import UNDECIDED, Hand
from lms.kernel import clock
from lms.people.rules import mask_name
from lms.portal.class_pages import Fact

State, Kind = HoursAppeal.State, AppealStep.Kind


@dataclass(frozen=True, slots=True)
class QueueLine:
    """An appeal in the queue (申诉行)."""

    uid: UUID
    number: str
    name: str
    class_name: str
    institution: str
    about: str
    words: str
    filed_at: datetime
    waits_days: int
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class PieceLine:
    """A piece of the tape (心跳)."""

    at: datetime
    is_withheld: bool
    credit: str
    lost: str
    why: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check of the day (在岗确认)."""

    asked_at: datetime
    lesson: str
    kind: str
    outcome: str
    seconds: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A sitting of the day (学习会话)."""

    opened_at: datetime
    ended_at: datetime | None
    lesson: str
    client: str
    device: str
    mark: str
    network: str
    ending: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class AppealPage:
    """An appeal with its evidence (申诉)."""

    appeal: HoursAppeal
    tone: str
    about: str
    facts: list[Fact]
    words: str
    step: AppealStep
    file_note: str
    pieces: list[PieceLine]
    checks: list[CheckLine]
    sessions: list[SessionLine]
    steps: list[StepLine]
    proposal: AppealStep | None
    may: set[str]


def queue_line(appeal: HoursAppeal) -> QueueLine:
    """Return an appeal as the queue shows it; its relations and steps are loaded."""
    training_class = appeal.enrolment.training_class
    return QueueLine(
        uid=appeal.uid,
        number=appeal.number,
        name=mask_name(appeal.enrolment.person.name),
        class_name=training_class.name,
        institution=training_class.institution.name,
        about=about(appeal.entry),
        words=appeal.steps.all()[0].words,
        filed_at=appeal.filed_at,
        waits_days=waits_days(appeal) if appeal.state in UNDECIDED else 0,
        state=appeal.get_state_display(),
        tone=TONES.get(State(appeal.state), ""),
    )


def appeal_page(appeal: HoursAppeal, actor: Actor) -> AppealPage:
    """Return an appeal with everything that a decision needs."""
    entry, steps = appeal.entry, list(appeal.steps.all())
    found = evidence_of(entry, sum(one.credit for one in restorable(entry)))
    proposal = steps[-1] if appeal.state == State.PROPOSED else None
    return AppealPage(
        appeal=appeal,
        tone=TONES.get(State(appeal.state), ""),
        about=about(entry),
        facts=facts_of(appeal, found),
        words=steps[0].words,
        step=steps[0],
        file_note=file_note(steps[0]),
        pieces=[piece_line(one, entry) for one in found.pieces],
        checks=[check_line(one, entry) for one in found.checks],
        sessions=[session_line(one, entry) for one in found.sessions],
        steps=step_lines(appeal),
        proposal=proposal,
        may=permitted(appeal, actor, proposal),
    )


def permitted(appeal: HoursAppeal, actor: Actor, proposal: AppealStep | None) -> set[str]:
    """Return what an actor may do with an appeal now; the services ask again."""
    if not is_permitted(actor, "appeals.decide", appeal):
        return set()
    own = actor.person_id is not None and actor.person_id == appeal.access_scope().person_id
    may = {"file"} if not own else set()
    if appeal.state == State.FILED and not own:
        may.add("propose")
    hand = Hand(actor.user_id, actor.person_id)
    if proposal is not None and not own and not hand.is_same(Hand(proposal.by_id, proposal.by.person_id)):
        may.add("confirm")
    return may


def file_note(step: AppealStep) -> str:
    """Return what there is to say of a file: how long it is kept, or that it is gone; nothing without one."""
    if not step.file_sha256:
        return ""
    if step.file is None or step.file.erased_at is not None or step.file.expires_at <= clock.now():
        return f"附件已过保存期限并删除，校验值 {step.file_sha256[:16]}。"
    return f"附件保存到{clock.local(step.file.expires_at):%Y-%m-%d}，校验值 {step.file_sha256[:16]}。"


def facts_of(appeal: HoursAppeal, found: AppealEvidence) -> list[Fact]:
    """Return what an appeal is about, for reading."""
    entry, training_class = appeal.entry, appeal.enrolment.training_class
    facts = [
        Fact("编号", appeal.number),
        Fact("学员", mask_name(appeal.enrolment.person.name)),
        Fact("班级", f"{training_class.name}（{training_class.get_state_display()}）"),
        Fact("培训机构", training_class.institution.name),
        Fact("暂不认定", length(entry.ms)),
        Fact("提出时间", f"{clock.local(appeal.filed_at):%Y-%m-%d %H:%M}"),
        Fact("最长静默", longest_silence(found.pieces)),
        Fact("服务器签名", server_words(found)),
    ]
    if appeal.state in UNDECIDED:
        facts.insert(
            5,
            Fact(
                "现在可恢复", length(found.restorable_ms) if found.restorable_ms else "没有：已经重新学过，或已到上限"
            ),
        )
    return facts


def longest_silence(pieces: list[Beat]) -> str:
    """Return how long nothing was heard at most, within the stretch (断线)."""
    arrivals = sorted({one.at for one in pieces})
    gaps = [(later - earlier, earlier) for earlier, later in pairwise(arrivals)]
    if not gaps:
        return "只有一次上报"
    gap, begin = max(gaps)
    return f"{gap // 1000}秒（从{clock.local(clock.from_ms(begin)):%H:%M:%S}起）"


def server_words(found: AppealEvidence) -> str:
    """Return how the server was that day: how often it signed its log, and whether it started anew."""
    boots = "、".join(f"{clock.local(one):%H:%M}" for one in found.boots)
    started = f"；当天重新启动：{boots}" if boots else "；当天没有重新启动"
    if not found.heads_ms:
        return f"当天没有签名树头{started}"
    first, last = (f"{clock.local(clock.from_ms(one)):%H:%M}" for one in (found.heads_ms[0], found.heads_ms[-1]))
    return f"当天{len(found.heads_ms)}次，{first}至{last}{started}"


def piece_line(piece: Beat, entry: HoursEntry) -> PieceLine:
    """Return a piece of the tape."""
    return PieceLine(
        at=clock.from_ms(piece.at),
        is_withheld=(entry.tape_from or 0) <= piece.n <= (entry.tape_to or 0),
        credit=f"{piece.credit / 1000:g}",
        lost=f"{piece.lost / 1000:g}",
        why=WHY.get(piece.why, "") if piece.lost or not piece.credit else "",
    )


def check_line(check: PresenceCheck, entry: HoursEntry) -> CheckLine:
    """Return a check of the day; `is_this`: the one that withheld."""
    reply = getattr(check, "reply", None)
    seconds = f"{(reply.at_ms - check.asked_ms) / 1000:g}" if reply else "—"
    return CheckLine(
        asked_at=clock.from_ms(check.asked_ms),
        lesson=check.session.lesson.title,
        kind={"tap": "点一下", "question": "答题", "face": "人脸"}.get(check.kind, check.kind),
        outcome=check.get_outcome_display(),
        seconds=seconds,
        is_this=check.number == entry.check_no,
    )


def session_line(session: StudySession, entry: HoursEntry) -> SessionLine:
    """Return a sitting of the day."""
    origin, end = getattr(session, "origin", None), getattr(session, "end", None)
    return SessionLine(
        opened_at=clock.from_ms(session.opened_ms),
        ended_at=clock.from_ms(end.at_ms) if end else None,
        lesson=session.lesson.title,
        client=session.get_client_display(),
        device=session.device,
        mark=(origin.device[:8] if origin else "") or "—",
        network=(origin.network if origin else "") or "—",
        ending=ENDINGS.get(end.why if end else "", "已结束"),
        is_this=session.pk == entry.session_id,
    )
