"""Beats of many learners in one call: applied to their seats, written by compare-and-set, acknowledged after COMMIT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from attendance import stores
from attendance.models import SessionEnd
from attendance.rules import Claim, OverdueError, SeatState, confirmed, study, total
from attendance.services.checks import auto_settle, expire
from attendance.services.facts import Fact, facts_of
from attendance.stores import Move
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError, NotFoundError

MOST_BEATS = 20
STOPS = {
    "takeover": "您已在另一台设备上学习，这里已暂停。要在这里继续，请点“在这里继续”。",
    "check": "刚才的在岗确认没有通过或没有及时应答，上次确认之后的学习时间暂不认定。请重新开始学习，重看后可再次计入。",
    "closed": "本次学习已结束，已学时间都已保存。",
    "window": "现在不在允许学习的时段内，学习时间不再累计。请在规定时段内再来。",
    "class_over": "班级已结束或已停课，学习时间不再累计。如有疑问，请联系培训机构。",
    "admin": "本次学习已由管理人员结束。如有疑问，请联系培训机构。",
}


@dataclass(frozen=True, slots=True)
class BeatsRequest:
    """One request of one session. `arrived_ms`: the server's clock when it came in."""

    session: UUID
    token: str
    claims: list[Claim]
    actor: Actor
    arrived_ms: int


@dataclass(frozen=True, slots=True)
class CheckAsked:
    """An open check (抽查): answer it before the time runs out."""

    number: int
    kind: str
    answer_ms: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a session goes no further."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ack:
    """An acknowledgement: a function of the seat's row, so a retry gets the same words (A3)."""

    acked_seq: int
    confirmed_ms: int
    pending_ms: int
    covered_ms: int
    lesson_ms: int
    seek_limit_ms: int
    token: str
    lease_ms: int
    check: CheckAsked | None = None
    stop: Stop | None = None

    def fields(self) -> dict[str, Any]:
        """Return the words of the protocol, the same over HTTP and over the socket. Durations in whole seconds."""
        check, stop = self.check, self.stop
        return {
            "acked_seq": self.acked_seq,
            "credited_seconds": self.confirmed_ms // 1000,
            "pending_seconds": self.pending_ms // 1000,
            "covered_seconds": self.covered_ms // 1000,
            "lesson_seconds": self.lesson_ms // 1000,
            "seek_limit": self.seek_limit_ms,
            "token": self.token,
            "lease_seconds": self.lease_ms // 1000,
            "server_time": clock.now().isoformat(),
            "check": {"id": check.number, "kind": check.kind, "answer_seconds": check.answer_ms // 1000}
            if check
            else None,
            "stop": {"code": stop.code, "detail": stop.detail} if stop else None,
        }


@dataclass(slots=True)
class Job:
    """A request under way."""

    place: int
    fact: Fact
    request: BeatsRequest


def post_beats(requests: list[BeatsRequest]) -> list[Ack | DomainError]:
    """Apply beats of many learners and acknowledge what is committed, in the order of the requests (心跳入账).

    A refused request gets its DomainError in its place. If the database fails, nothing is acknowledged and the error is
    raised: the outcome is unknown, clients send again, and what was stored answers as a repeat.
    """
    facts = facts_of({request.session for request in requests})
    answers: dict[int, Ack | DomainError] = {}
    jobs = []
    for place, request in enumerate(requests):
        fact = facts.get(request.session)
        if fact is None or fact.person_id != request.actor.person_id:
            answers[place] = NotFoundError("没有找到这次学习，请重新打开课时。", code="session_not_found")
        elif wrong := malformed(fact, request):
            answers[place] = wrong
        else:
            jobs.append(Job(place, fact, request))
    while jobs:
        jobs = one_round(jobs, answers)
    return [answers[place] for place in range(len(requests))]


def malformed(fact: Fact, request: BeatsRequest) -> DomainError | None:
    """Return why a request cannot be read, or nothing."""
    claims = request.claims
    if not 1 <= len(claims) <= MOST_BEATS or claims[0].seq < 1:
        return InvalidError(f"每次请上报1至{MOST_BEATS}条心跳。", code="beats_count")
    if any(claim.seq != claims[0].seq + place for place, claim in enumerate(claims)):
        return InvalidError("心跳序号必须连续。", code="beats_order")
    if not fact.proves(request.token, claims[0].seq - 1):
        return InvalidError("心跳令牌不对，请以最近一次确认中的令牌继续。", code="token_wrong")
    return None


def one_round(jobs: list[Job], answers: dict[int, Ack | DomainError]) -> list[Job]:
    """Load, apply, write; answer the winners and return those that must try again."""
    seats = stores.load({job.fact.person_id for job in jobs})
    moves: dict[int, Move] = {}
    again: set[int] = set()
    for job in jobs:
        person = job.fact.person_id
        if person not in again and apply(job, seats, moves):
            again.add(person)
    order = sorted(person for person in moves if person not in again)
    won = stores.commit([moves[person] for person in order])
    again |= set(order) - won
    left = [job for job in jobs if job.fact.person_id in again]
    for job in jobs:
        if job.fact.person_id not in again:
            person = job.fact.person_id
            seat = moves[person].seat if person in moves else seats[person]
            answers[job.place] = after_commit(job.fact, seat, clock.now_ms())
    return left


def apply(job: Job, seats: dict[int, SeatState], moves: dict[int, Move]) -> bool:
    """Fold a request into its person's move; return whether the person must be loaded again."""
    person, fact, request = job.fact.person_id, job.fact, job.request
    known = moves.get(person)
    seat = known.seat if known else seats[person]
    if seat.session != fact.session_id or not fact.is_running or request.arrived_ms > fact.ends_ms:
        return False
    try:
        moved, pieces = study(seat, fact.terms, fact.length_ms, request.arrived_ms, request.claims)
    except OverdueError:
        if known is None:
            expire(person)
        return True
    if pieces:
        was = known.was if known else seat.ver
        moves[person] = Move(was, moved, [*(known.pieces if known else []), *pieces])
    return False


def after_commit(fact: Fact, seat: SeatState, now: int) -> Ack:
    """Return the words of a committed seat; without checks the running total is settled now and then."""
    if fact.terms.check_min_ms is None and seat.until_check <= 0 and seat.session == fact.session_id:
        seat = auto_settle(fact)
    return acknowledge(fact, seat, now)


def acknowledge(fact: Fact, seat: SeatState, now: int) -> Ack:
    """Return what the row says."""
    if seat.session != fact.session_id:
        return stopped(fact, seat)
    over = not fact.is_running or now > fact.ends_ms
    asked = CheckAsked(seat.check_no, "tap", max(0, seat.check_due - now)) if seat.check_due else None
    return Ack(
        acked_seq=seat.acked,
        confirmed_ms=confirmed(seat),
        pending_ms=seat.pending,
        covered_ms=total(seat.covered),
        lesson_ms=seat.lesson_ms,
        seek_limit_ms=seat.reach,
        token=fact.token(seat.acked),
        lease_ms=fact.terms.lease_ms,
        check=asked,
        stop=Stop("class_over", STOPS["class_over"]) if over else None,
    )


def stopped(fact: Fact, seat: SeatState) -> Ack:
    """Return how a session ended that no longer sits; told from the row, never from memory."""
    end = SessionEnd.objects.filter(session_id=fact.session_id).first()
    acked, why = (end.acked, end.why) if end else (0, "takeover")
    words = Stop(why, STOPS.get(why, STOPS["closed"]))
    return Ack(acked, 0, seat.pending, 0, 0, 0, fact.token(acked), fact.terms.lease_ms, stop=words)
