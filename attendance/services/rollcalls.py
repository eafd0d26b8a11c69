"""Roll-calls (点名): everybody who sits at a lesson of a class is asked at once, as the teacher of a live lesson does."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from attendance import stores
from attendance.models import Seat, StudySession
from attendance.rules import ask
from attendance.services.asking import HERE, TAP, asking_of
from attendance.services.checks import Outcome, answer_check
from attendance.stores import Move
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.live.models import LiveSession

MOST_ROUNDS = 10  # seats that moved meanwhile are read and asked again


def call_roll(*, training_class: TrainingClass, lesson_uid: UUID, actor: Actor) -> int:
    """Open a check for everybody who sits at the lesson and has none open; return how many were asked (点名).

    They hear of it with their next beat. It is answered, missed and settled like any other check and does not redraw the
    schedule. Raises ConflictError `checks_off` where the class was approved without checks.
    """
    require(actor, "attendance.call_roll", training_class)
    terms, now = training_class.study_terms(), clock.now_ms()
    if terms.check_min_ms is None:
        raise ConflictError(
            "这个班的学时口径不设抽查，不能点名。如需点名，请在申报下一个班时选用有抽查的口径。", code="checks_off"
        )
    sessions = StudySession.objects.filter(enrolment__training_class=training_class, lesson__lesson_uid=lesson_uid)
    sitting = sessions.filter(pk__in=Seat.objects.filter(session__gt=0).values("session"))
    session_of = dict(sitting.values_list("person_id", "pk"))
    left, asked = set(session_of), 0
    for _ in range(MOST_ROUNDS):
        seats = stores.load(left) if left else {}
        free = [seat for seat in seats.values() if seat.session == session_of[seat.person] and not seat.check_due]
        moves = [Move(seat.ver, replace(ask(seat, terms, now), ver=seat.ver + 1), []) for seat in free]
        won = stores.commit(sorted(moves, key=lambda move: move.seat.person))
        asked, left = asked + len(won), {seat.person for seat in free} - won
    record(actor, "attendance.roll_called", training_class, lesson=str(lesson_uid), asked=asked)
    return asked


def call_live_roll(session: LiveSession, actor: Actor) -> int:
    """Ask everybody who sits at what a live lesson teaches, as its teacher calls the roll; return how many (直播点名).

    A lesson that counts for nothing, or a class without checks, has nobody to ask: the roll of the room is called all the same.
    """
    training_class = session.training_class
    if session.lesson_uid is None or training_class.study_terms().check_min_ms is None:
        return 0
    return call_roll(training_class=training_class, lesson_uid=session.lesson_uid, actor=actor)


def answer_live_roll(session: LiveSession, actor: Actor) -> bool:
    """Answer the open check of who answered the roll in the room, where it asks no more than a tap (应答点名). Says whether."""
    sitting = Seat.objects.filter(person_id=actor.person_id or 0, check_due__gt=0, session__gt=0).first()
    lesson = {"enrolment__training_class": session.training_class_id, "lesson__lesson_uid": session.lesson_uid}
    found = StudySession.objects.filter(pk=sitting.session, **lesson).first() if sitting else None
    if sitting is None or found is None:
        return False
    seat = stores.load([sitting.person_id])[sitting.person_id]
    if asking_of(seat, session.terms, clock.now_ms()).kind != TAP:
        return False
    return answer_check(session=found.uid, number=seat.check_no, answer=HERE, actor=actor).outcome == Outcome.PASSED
