"""Appeals: one round, by whom the outcome concerns, decided by somebody who took no part in it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from attendance.models import HoursEntry
from attendance.services import reinstate_hours, restore_hours
from lms.access.rules import Actor, require
from lms.anomalies.models import AnomalyCase, CaseStep, Measure, Withdrawal
from lms.anomalies.queries.cases import Party
from lms.anomalies.queries.policies import terms_on
from lms.anomalies.rules.cases import appeal_ends
from lms.anomalies.services.handling import checked_reason, kept_words, lock_case, move, statement_problem
from lms.anomalies.services.telling import tell_appeal_decided
from lms.audit.services import record
from lms.classes.services import enrol_from_rosters
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.people.models import Person

State, Kind = AnomalyCase.State, CaseStep.Kind


@transaction.atomic
def appeal(*, ruling: CaseStep, text: str, party: Party, actor: Actor) -> CaseStep:
    """Appeal an outcome that hits oneself or one's institution (申诉): once, within the policy's days.

    The measures stay in force until the appeal is decided. Raises InvalidError, ConflictError, NotFoundError.
    """
    held = lock_case(ruling.case)
    confirmed = CaseStep.objects.filter(answers=ruling, kind=Kind.CONFIRMED).first()
    whose = appellant(held, ruling, party)
    if confirmed is None or not whose:
        raise NotFoundError("没有找到可以申诉的结论，可能不是针对您的。", code="case_step_not_found")
    if CaseStep.objects.filter(answers=ruling, kind=Kind.APPEALED, **whose).exists():
        raise ConflictError("您已经提出过申诉。每个结论可以申诉一次，结果会显示在本页。", code="appealed_already")
    last = appeal_ends(clock.local(confirmed.at).date(), terms_on(clock.today()))
    if clock.today() > last:
        raise ConflictError(f"申诉期限到{last}为止，已经过期。如有新的证据，请联系区办。", code="appeal_too_late")
    if sentence := statement_problem(text):
        raise InvalidError(sentence, fields={"text": sentence})
    kept = kept_words(held, text, whose.get("person_id"))
    made = CaseStep.objects.create(case=held, kind=Kind.APPEALED, answers=ruling, by_id=actor.user_id, **whose, **kept)
    move(held, State.APPEALED, actor)
    return made


def appellant(held: AnomalyCase, ruling: CaseStep, party: Party) -> dict[str, int]:
    """Return as whom a party appeals: as the person, or as the institution, that the outcome names or hits."""
    hit = list(ruling.measures.values_list("person_id", "institution_id"))
    for person in (*(person for person, _ in hit), held.person_id):
        if person is not None and party.is_person(person):
            return {"person_id": person}  # the record that was hit: by it the appeal lifts what hit it
    return next(({"institution_id": unit} for _, unit in hit if party.is_institution(unit)), {})


@transaction.atomic
def decide_appeal(*, asked: CaseStep, grants: bool, opinion: str, actor: Actor) -> CaseStep:
    """Decide an appeal (申诉处理): granted, the measures that hit the appellant are lifted and hours are given back.

    Never by who proposed or confirmed the outcome. Raises InvalidError, ConflictError, ForbiddenError.
    """
    held = lock_case(asked.case)
    require(actor, "anomalies.handle", held)
    ruling = asked.answers
    if ruling is None or held.state != State.APPEALED or asked.answered.exists():
        raise ConflictError("这份申诉已经处理过，请刷新页面。", code="appeal_decided")
    deciders = {ruling.by_id, *ruling.answered.filter(kind=Kind.CONFIRMED).values_list("by_id", flat=True)}
    if actor.user_id in deciders:
        raise ForbiddenError("提出或复核原结论的人不能处理申诉，请由另一位同事办理。", code="decider_decides_again")
    made = CaseStep.objects.create(
        case=held,
        kind=Kind.GRANTED if grants else Kind.UPHELD,
        answers=asked,
        person_id=asked.person_id,
        institution_id=asked.institution_id,
        by_id=actor.user_id,
        **kept_words(held, checked_reason(opinion, "opinion"), asked.person_id),
    )
    tell_appeal_decided(made)
    if grants:
        lift(held, ruling, asked, actor)
    waiting = held.steps.filter(kind=Kind.APPEALED).exclude(answered__kind__in=[Kind.GRANTED, Kind.UPHELD]).exists()
    move(held, State.APPEALED if waiting else State.CLOSED, actor)
    return made


def lift(held: AnomalyCase, ruling: CaseStep, asked: CaseStep, actor: Actor) -> None:
    """Undo what hit the appellant: hours are given back; bars and suspensions end by the row that grants the appeal."""
    whose = {"person_id": asked.person_id} if asked.person_id else {"institution_id": asked.institution_id}
    measures = ruling.measures.filter(**whose)
    give_back(Withdrawal.objects.filter(measure__in=measures), f"案件{held.number}申诉成立", actor)
    for measure in measures:
        record(actor, "anomalies.measure_lifted", measure, case=str(held.uid))
    if measures.filter(kind=Measure.Kind.BAR).exists():
        enrol_from_rosters(Person.objects.get(pk=asked.person_id or 0))


def give_back(withdrawals: QuerySet[Withdrawal], reason: str, actor: Actor) -> None:
    """Give back what measures took: what was confirmed counts again, what waited for a check counts as restored."""
    taken = HoursEntry.objects.filter(pk__in=withdrawals.values("entry")).select_related("enrolment").order_by("pk")
    reinstate_hours(entries=[one for one in taken if one.kind != HoursEntry.Kind.WITHHELD], reason=reason, actor=actor)
    for entry in taken:
        if entry.kind == HoursEntry.Kind.WITHHELD:
            restore_hours(entry=entry, reason=reason, actor=actor)
