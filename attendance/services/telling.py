"""How a check ended, in the words that every door says (抽查结果说明): from the evidence, so that asking again hears the same."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max, Sum

from attendance.models import HoursEntry, PresenceCheck
from attendance.rules.words import CONFIRMED, FURTHER, LostCheck, lost_check
from attendance.services.asking import FACE, face_subject
from lms.classes.models import TrainingClass
from lms.faces.queries import last_act
from lms.kernel import clock
from lms.people.queries import owner_of

Outcome = PresenceCheck.Outcome
LOST = {Outcome.WRONG, Outcome.MISSED}


def how_it_ended(person: int, number: int, outcome: str) -> str:
    """Return what is said of a settled check."""
    if outcome in LOST:
        return lost_words(person, number)
    return FURTHER if outcome == Outcome.RETRIED else CONFIRMED


def lost_words(person: int, number: int) -> str:
    """Return why a check was lost and what to do next, by the terms of the class where the learner sat. Two queries, or four."""
    related = "session__enrolment__training_class__institution"
    check = PresenceCheck.objects.select_related(related).get(person_id=person, number=number)
    training_class = check.session.enrolment.training_class
    terms = training_class.study_terms()
    taken = HoursEntry.objects.filter(person_id=person, check_no=number, kind=HoursEntry.Kind.WITHHELD)
    withheld = taken.aggregate(ms=Sum("ms"), at=Max("at"))
    settled = clock.from_ms(check.settled_ms)
    act = last_act(owner_of(person), face_subject(number)) if check.kind == FACE else None
    due = clock.from_ms(check.asked_ms + terms.check_answer_ms)
    lost = LostCheck(
        kind=check.kind,
        is_missed=check.outcome == Outcome.MISSED,
        withheld_ms=withheld["ms"] or 0,
        withheld_on=clock.local(withheld["at"] or settled).date(),
        contact=contact_of(training_class),
        problem=act.problem if act else "",
        is_late=act is not None and act.at > due,
    )
    return lost_check(lost, terms)


def contact_of(training_class: TrainingClass) -> str:
    """Return whom learners of a class ask, with the telephone where there is one."""
    institution = training_class.institution
    return f"{institution.name}（电话{institution.contact_phone}）" if institution.contact_phone else institution.name


def lost_in(session: UUID) -> str:
    """Return how the check ended that ended a session."""
    lost = PresenceCheck.objects.filter(session__uid=session, outcome__in=LOST).latest("number")
    return lost_words(lost.person_id, lost.number)
