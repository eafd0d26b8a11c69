"""Presence checks: answered, missed, swept. Rich and rare: the seat is held."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from attendance import stores
from attendance.models import PresenceCheck, Seat, StudySession
from attendance.rules import OverdueError, SeatState, patient
from attendance.services.facts import Fact, facts_of
from attendance.services.settling import settle_seat
from lms.access.rules import SYSTEM, Actor
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, NotFoundError
from lms.planning.rules import StudyTerms

Outcome = PresenceCheck.Outcome
MOST_SWEPT = 200


def own_fact(session: UUID, actor: Actor) -> Fact:
    """Return the facts of an own session. Raises NotFoundError for any other."""
    fact = facts_of({session}).get(session)
    if fact is None or fact.person_id != actor.person_id:
        raise NotFoundError("没有找到这次学习，请重新打开课时。", code="session_not_found")
    return fact


def answer_check(*, session: UUID, number: int, answer: str, actor: Actor) -> SeatState:
    """Answer an open check (抽查应答). The same answer again gets the same seat; a late one finds it settled as missed."""
    fact = own_fact(session, actor)
    with transaction.atomic():
        seat, now = stores.hold(fact.person_id), clock.now_ms()
        if seat.session != fact.session_id and not seat.check_due:
            return seat
        if number != seat.check_no:
            raise ConflictError("这次抽查已经换成新的一次，请刷新页面。", code="check_changed")
        if not seat.check_due:
            return seat
        try:
            seat, outcome = patient(seat, fact.terms, now), Outcome.PASSED if answer == "here" else Outcome.WRONG
        except OverdueError:
            outcome = Outcome.MISSED
        seat = settle_seat(seat, fact.terms, outcome=outcome, now=now)
        stores.save(seat)
        if outcome != Outcome.PASSED:
            note_failure(fact.session_id, outcome, number)
    return seat


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
        if seat.until_check <= 0 and seat.session == fact.session_id:
            seat = settle_seat(seat, fact.terms, outcome=Outcome.PASSED, now=clock.now_ms())
            stores.save(seat)
    return seat


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
    """Settle checks of people who left and never came back; a lease after their time. Returns how many (定时清理)."""
    now = int(moment.timestamp() * 1000)
    overdue = Seat.objects.filter(check_due__gt=0, check_due__lt=now - StudyTerms().lease_ms)
    persons = list(overdue.values_list("person_id", flat=True)[:MOST_SWEPT])
    return sum(1 for person in persons if not give_up(person))


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
