"""Beats of many learners in one call: applied to their seats, written by compare-and-set, acknowledged after COMMIT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from attendance import stores
from attendance.models import CheckAsking, SessionEnd
from attendance.rules import Claim, OverdueError, Passing, SeatState, confirmed, study, total
from attendance.rules.lives import LivePassing
from attendance.rules.replays import ReplayPassing
from attendance.services.asking import CheckAsked, check_asked
from attendance.services.checks import auto_settle, expire, is_settled_by_time
from attendance.services.facts import Fact
from attendance.services.memory import Memory
from attendance.services.telling import lost_in
from attendance.stores import Move
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError, NotFoundError
from lms.live.queries.air import airs_now
from lms.live.queries.replays import replays_open
from lms.live.rules.air import Air
from lms.planning.rules import StudyTerms

MOST_BEATS = 20
LARGEST = 2**53  # what JavaScript counts exactly; a larger number would fail the statement of everybody
STOPS = {
    "takeover": "您已在另一台设备上学习，这里已暂停。要在这里继续，请点“在这里继续”。",
    "closed": "本次学习已结束，已学时间都已保存。",
    "offline": "教师已确认您这段时间在线下实操，这里的学习已结束。请重新打开课时继续学习。",
    "live_over": "这次直播课已经结束，已学时间都已保存。",
    "window": "现在不在允许学习的时段内，学习时间不再累计。请在规定时段内再来。",
    "class_over": "班级已结束、已停课或已更换课程版本，这里的学习时间不再累计。请回到班级页面重新进入；如有疑问，请联系培训机构。",
    "admin": "本次学习已由管理人员结束。如有疑问，请联系培训机构。",
}


@dataclass(frozen=True, slots=True)
class BeatsRequest:
    """One request of one session. `person_id`: who signed in; `arrived_ms`: the server's clock when it came in."""

    session: UUID
    token: str
    claims: list[Claim]
    person_id: int | None
    arrived_ms: int


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
            "check": check.fields() if check else None,
            "stop": {"code": stop.code, "detail": stop.detail} if stop else None,
        }


@dataclass(slots=True)
class Job:
    """A request under way."""

    place: int
    fact: Fact
    request: BeatsRequest
    passing_of: Callable[[SeatState, StudyTerms, int, int], Passing] = Passing


def post_beats(requests: list[BeatsRequest], memory: Memory | None = None) -> list[Ack | DomainError]:
    """Apply beats of many learners and acknowledge what is committed, in the order of the requests (心跳入账).

    `memory`: what the calling thread keeps between calls; without one everything is read. A refused request gets its
    DomainError in its place. If the database fails, nothing is acknowledged and the error is raised: the outcome is
    unknown, clients send again, and what was stored answers as a repeat.
    """
    memory = Memory() if memory is None else memory
    facts = memory.facts_of({request.session for request in requests}, clock.now_ms())
    answers: dict[int, Ack | DomainError] = {}
    jobs: list[Job] = []
    known = [fact for one in requests if (fact := facts.get(one.session))]
    airs = airs_now({fact.live_id for fact in known if fact.live_id}, clock.now_ms())
    open_until = replays_open({fact.film_uid for fact in known if fact.film_uid})
    for place, request in enumerate(requests):
        fact = facts.get(request.session)
        if fact is None or fact.owner_id != request.person_id:
            answers[place] = NotFoundError("没有找到这次学习，请重新打开课时。", code="session_not_found")
        elif wrong := malformed(fact, request):
            answers[place] = wrong
        else:
            jobs.append(Job(place, fact, request, rule_of(fact, airs, open_until)))
    try:
        while jobs:
            jobs = one_round(jobs, answers, memory)
    except BaseException:
        memory.forget({job.fact.person_id for job in jobs})
        raise
    return [answers[place] for place in range(len(requests))]


def rule_of(
    fact: Fact, airs: dict[int, Air], open_until: dict[UUID, int]
) -> Callable[[SeatState, StudyTerms, int, int], Passing]:
    """Return the rule of a session's claims: that of films, of the live lesson it follows, or of the replay it plays."""
    if fact.live_id:
        return partial(LivePassing, air=airs[fact.live_id])
    if fact.reel and fact.film_uid:
        return partial(ReplayPassing, reel=fact.reel, until_ms=open_until.get(fact.film_uid, 0))
    return Passing


def malformed(fact: Fact, request: BeatsRequest) -> DomainError | None:
    """Return why a request cannot be read, or nothing."""
    claims = request.claims
    if not 1 <= len(claims) <= MOST_BEATS or claims[0].seq < 1:
        return InvalidError(f"每次请上报1至{MOST_BEATS}条心跳。", code="beats_count")
    for seq, claim in enumerate(claims, claims[0].seq):
        if abs(claim.from_ms) > LARGEST or abs(claim.to_ms) > LARGEST:
            return InvalidError("播放位置不是可用的数字，请刷新页面。", code="beats_unreadable")
        if claim.seq != seq:
            return InvalidError("心跳序号必须连续。", code="beats_order")
    if not fact.proves(request.token, claims[0].seq - 1):
        return InvalidError("心跳令牌不对，请以最近一次确认中的令牌继续。", code="token_wrong")
    return None


def one_round(jobs: list[Job], answers: dict[int, Ack | DomainError], memory: Memory) -> list[Job]:
    """Apply, write; answer whoever is committed and return those that must try again with the seat as it is now."""
    read = memory.load({job.fact.person_id for job in jobs})
    moves: dict[int, Move] = {}
    stale: set[int] = set()
    for job in jobs:
        person = job.fact.person_id
        if person not in stale and not apply(job, memory.seats[person], moves, is_fresh=person in read):
            stale.add(person)
    order = sorted(moves.keys() - stale)
    won = stores.commit([moves[person] for person in order])
    memory.seats |= {person: moves[person].seat for person in won}
    stale |= set(order) - won
    memory.forget(stale)
    tell([job for job in jobs if job.fact.person_id not in stale], answers, memory)
    return [job for job in jobs if job.fact.person_id in stale]


def apply(job: Job, seat: SeatState, moves: dict[int, Move], *, is_fresh: bool) -> bool:
    """Fold a request into its person's move; return False when the seat must be read anew.

    What a remembered seat does not explain is told from the row: that somebody else sits, or a beat from beyond it.
    """
    fact, request = job.fact, job.request
    known = moves.get(fact.person_id)
    now = known.seat if known else seat
    if now.session != fact.session_id or request.claims[0].seq > now.acked + 1:
        return is_fresh
    if fact.is_over(request.arrived_ms):
        return True
    try:
        terms, claims = fact.terms, request.claims
        moved, pieces = study(now, terms, fact.length_ms, request.arrived_ms, claims, job.passing_of)
    except OverdueError:
        if known is None:
            expire(fact.person_id)
        return False
    if pieces:
        moves[fact.person_id] = Move(seat.ver, moved, [*(known.pieces if known else ()), *pieces])
    return True


def tell(jobs: list[Job], answers: dict[int, Ack | DomainError], memory: Memory) -> None:
    """Answer whoever is committed; without checks the running total is settled now and then."""
    now = clock.now_ms()
    memory.load_asked({job.fact.person_id for job in jobs})
    for job in jobs:
        fact, seat = job.fact, memory.seats[job.fact.person_id]
        if is_settled_by_time(fact, seat):
            seat = memory.seats[fact.person_id] = auto_settle(fact)
        answers[job.place] = acknowledge(fact, seat, now, memory.asked.get(fact.person_id))


def acknowledge(fact: Fact, seat: SeatState, now: int, asking: CheckAsking | None = None) -> Ack:
    """Return what the row says. `asking`: what its open check asks, where that was read before."""
    if seat.session != fact.session_id:
        return stopped(fact, seat)
    return Ack(
        acked_seq=seat.acked,
        confirmed_ms=confirmed(seat),
        pending_ms=seat.pending,
        covered_ms=total(seat.covered),
        lesson_ms=seat.lesson_ms,
        seek_limit_ms=fact.reel.film_reach(seat.reach) if fact.reel else seat.reach,
        token=fact.token(seat.acked),
        lease_ms=fact.terms.lease_ms,
        check=check_asked(seat, fact.terms, now, asking),
        stop=Stop("class_over", STOPS["class_over"]) if fact.is_over(now) else None,
    )


def stopped(fact: Fact, seat: SeatState) -> Ack:
    """Return how a session ended that no longer sits; told from the row, never from memory."""
    end = SessionEnd.objects.filter(session_id=fact.session_id).first()
    acked, why = (end.acked, end.why) if end else (0, "takeover")
    stop = stop_of(fact.uid, why)
    return Ack(acked, 0, seat.pending, 0, 0, 0, fact.token(acked), fact.terms.lease_ms, stop=stop)


def stop_of(session: UUID, why: str) -> Stop:
    """Return what is said of a session that ended; of a lost check in the words of its answer."""
    return Stop(why, lost_in(session) if why == "check" else STOPS.get(why, STOPS["closed"]))
