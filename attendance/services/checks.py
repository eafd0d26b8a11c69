"""Presence checks: answered, missed, swept. Rich and rare: the seat is held."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from attendance import stores
from attendance.models import CheckReply, PresenceCheck, Seat, StudySession
from attendance.rules import AUTO_SETTLE_MS, OverdueError, SeatState, ask, confirmed, may_settle, patient
from attendance.services.asking import KINDS, Answer, CheckAsked, asking_of, check_asked, further_question, keep
from attendance.services.facts import Fact, facts_of
from attendance.services.settling import note_check, settle_seat
from attendance.services.telling import how_it_ended
from lms.access.rules import SYSTEM, Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, NotFoundError
from lms.planning.rules import StudyTerms

Outcome = PresenceCheck.Outcome
MOST_SWEPT = 200
LEFT_MS = 600_000
LONGEST_ANSWER = 2_000
RESULTS: dict[str, str] = {Outcome.PASSED: "passed", Outcome.RETRIED: "again"}


def own_fact(session: UUID, actor: Actor) -> Fact:
    """Return the facts of an own session. Raises NotFoundError for any other."""
    fact = facts_of({session}).get(session)
    if fact is None or fact.owner_id != actor.person_id:
        raise NotFoundError("没有找到这次学习，请重新打开课时。", code="session_not_found")
    return fact


@dataclass(frozen=True, slots=True)
class Answered:
    """How a check ended, and the seat as it is then (应答结果). `check`: the further question after a wrong answer.

    `detail`: what its learner is told: of a lost one why, what is withheld, how to go on, where and until when to appeal.
    """

    seat: SeatState
    outcome: str
    detail: str
    check: CheckAsked | None = None

    def fields(self) -> dict[str, Any]:
        """Return the words of the protocol, the same over HTTP and over the socket."""
        return {
            "result": RESULTS.get(self.outcome, "failed"),
            "detail": self.detail,
            "credited_seconds": confirmed(self.seat) // 1000,
            "pending_seconds": self.seat.pending // 1000,
            "check": self.check.fields() if self.check else None,
        }


def answer_check(*, session: UUID, number: int, answer: Answer, actor: Actor) -> Answered:
    """Answer an open check (抽查应答). An answer to a settled one hears how it ended; a late one finds it missed.

    Any own session may answer. What counts as late is said by the class in which the person sits, or sat last. Raises
    ConflictError for a check that was never asked, InvalidError for an answer that is none.
    """
    fact = own_fact(session, actor)
    with transaction.atomic():
        seat, now = stores.hold(fact.person_id), clock.now_ms()
        terms = terms_of_seat(seat)
        settled = PresenceCheck.objects.filter(person_id=seat.person, number=number).first()
        if settled is not None:
            return told(seat, terms, number, settled.outcome, now)
        if number != seat.check_no or not seat.check_due:
            raise ConflictError("这次抽查已经换成新的一次，请刷新页面。", code="check_changed")
        try:
            seat, outcome = judged(patient(seat, terms, now), terms, answer, now)
        except OverdueError:
            seat, outcome = settle_seat(seat, terms, outcome=Outcome.MISSED, now=now), str(Outcome.MISSED)
        stores.save(seat)
        if outcome in {Outcome.WRONG, Outcome.MISSED}:
            note_failure(fact.session_id, outcome, number)
    return told(seat, terms, number, outcome, now)


def ended_check(*, session: UUID, number: int, actor: Actor) -> Answered:
    """Return how a check of an own session's learner ended (抽查结果). Reads only, so that asking is no answer.

    Raises NotFoundError for one that was never asked, ConflictError for one that is open.
    """
    fact = own_fact(session, actor)
    seat = stores.load({fact.person_id})[fact.person_id]
    settled = PresenceCheck.objects.filter(person_id=fact.person_id, number=number).first()
    if settled is not None:
        return told(seat, fact.terms, number, settled.outcome, clock.now_ms())
    if number == seat.check_no and seat.check_due:
        raise ConflictError("这次抽查还没有结束，请先应答。", code="check_open")
    raise NotFoundError("没有找到这次抽查，请刷新页面。", code="check_not_found")


def told(seat: SeatState, terms: StudyTerms, number: int, outcome: str, now: int) -> Answered:
    """Return how a check ended; with the further question while that is open."""
    further = check_asked(seat, terms, now) if outcome == Outcome.RETRIED else None
    return Answered(seat, outcome, how_it_ended(seat.person, number, outcome), further)


def judged(seat: SeatState, terms: StudyTerms, answer: Answer, now: int) -> tuple[SeatState, str]:
    """Return the seat and how an answer in time ended: passed, wrong, or wrong with a further question."""
    asking = asking_of(seat, terms, now)
    is_right = KINDS[asking.kind].judge(asking, answer)
    further = None if is_right else further_question(seat, terms, asking)
    number = seat.check_no
    if further is not None:
        outcome = Outcome.RETRIED
        note_check(seat, terms, outcome, now)
        seat = replace(ask(seat, terms, now), ver=seat.ver + 1, rearms=seat.rearms)
        keep(seat, further, now, follows=number)
    else:
        outcome = Outcome.PASSED if is_right else Outcome.WRONG
        seat = settle_seat(seat, terms, outcome=outcome, now=now)
    CheckReply.objects.create(
        check_row=PresenceCheck.objects.get(person_id=seat.person, number=number),
        answer=json.dumps(answer if isinstance(answer, str) else list(answer), ensure_ascii=False)[:LONGEST_ANSWER],
        is_right=is_right,
        at_ms=now,
    )
    return seat, outcome


def expire(person: int) -> SeatState:
    """Settle a check whose time is up as missed: by the row, not by memory."""
    with transaction.atomic():
        seat, now = stores.hold(person), clock.now_ms()
        terms = terms_of_seat(seat)
        try:
            patient(seat, terms, now)
        except OverdueError:
            number, session = seat.check_no, seat.session
            seat = settle_seat(seat, terms, outcome=Outcome.MISSED, now=now)
            stores.save(seat)
            if session:
                note_failure(session, Outcome.MISSED, number)
    return seat


def auto_settle(fact: Fact) -> SeatState:
    """Post the running total to the ledger where the policy has no checks (无抽查口径)."""
    with transaction.atomic():
        seat = stores.hold(fact.person_id)
        if is_settled_by_time(fact, seat):
            seat = settle_seat(seat, fact.terms, outcome=Outcome.PASSED, now=clock.now_ms())
            stores.save(seat)
    return seat


def is_settled_by_time(fact: Fact, seat: SeatState) -> bool:
    """Return whether enough is pending to be posted without a check."""
    return seat.session == fact.session_id and may_settle(seat, fact.terms) and seat.pending >= AUTO_SETTLE_MS


def terms_of_seat(seat: SeatState) -> StudyTerms:
    """Return the terms of the class in which the person sits, or sat last."""
    sessions = StudySession.objects.filter(person_id=seat.person).select_related("enrolment__training_class")
    session = sessions.filter(pk=seat.session).first() or sessions.order_by("-pk").first()
    return session.enrolment.training_class.study_terms() if session else StudyTerms()


def note_failure(session_id: int, outcome: str, number: int) -> None:
    """Note a failed check in the operation log."""
    session = StudySession.objects.get(pk=session_id)
    record(SYSTEM, "attendance.check_failed", session, outcome=str(outcome), number=number)


def sweep(moment: datetime) -> int:
    """Settle what people left behind who do not come back; return how many seats (定时清理).

    A check that ran out is missed, a lease after its time; whoever had no contact since it was asked is asked again, and is
    passed over here. Where there are no checks the running total is posted, some minutes after the last contact.
    """
    now = int(moment.timestamp() * 1000)
    terms = StudyTerms()
    had_contact = Q(rearms=0) | Q(seen__gt=F("check_due") - terms.check_answer_ms)
    overdue = Seat.objects.filter(had_contact, check_due__gt=0, check_due__lt=now - terms.lease_ms)
    persons = list(overdue.values_list("person_id", flat=True)[:MOST_SWEPT])
    return sum(1 for person in persons if not give_up(person)) + sum(post_left(person, now) for person in who_left(now))


def who_left(now: int) -> list[int]:
    """Return who sits without checks, has time to be posted, and was not heard of for some minutes."""
    seats = Seat.objects.filter(session__gt=0, pending__gt=0, check_due=0, seen__lt=now - LEFT_MS)
    sessions = StudySession.objects.filter(pk__in=seats.values("session"))
    free = sessions.filter(enrolment__training_class__frozen_terms__check_min_ms=None)
    return list(free.values_list("person_id", flat=True)[:MOST_SWEPT])


def post_left(person: int, now: int) -> int:
    """Post a person's running total; return 1 if there was one."""
    with transaction.atomic():
        seat = stores.hold(person)
        terms = terms_of_seat(seat)
        if not (seat.pending and may_settle(seat, terms) and seat.seen < now - LEFT_MS):
            return 0
        stores.save(settle_seat(seat, terms, outcome=Outcome.PASSED, now=now))
        return 1


def give_up(person: int) -> int:
    """Settle a person's check as missed when the policy's patience is over; return the check still open, or 0."""
    with transaction.atomic():
        seat, now = stores.hold(person), clock.now_ms()
        terms = terms_of_seat(seat)
        if seat.check_due and now > seat.check_due + terms.lease_ms and not waits_for_first_contact(seat, terms, now):
            number, session = seat.check_no, seat.session
            seat = settle_seat(seat, terms, outcome=Outcome.MISSED, now=now)
            stores.save(seat)
            if session:
                note_failure(session, Outcome.MISSED, number)
    return seat.check_due


def waits_for_first_contact(seat: SeatState, terms: StudyTerms, now: int) -> bool:
    """Return whether the learner had no contact since the check was asked: it is asked again when they come back."""
    try:
        return patient(seat, terms, now).check_due != seat.check_due
    except OverdueError:
        return False
