"""Deciding a case: an outcome with its reason and measures; what takes credit or bars somebody needs a second pair of eyes."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from attendance.services import withdraw_hours
from lms.access.rules import Actor
from lms.anomalies.models import AnomalyCase, CaseStep, Measure, Withdrawal
from lms.anomalies.queries.cases import evidence_sessions, newest_step
from lms.anomalies.queries.policies import terms_on
from lms.anomalies.rules.cases import MeasurePlan, ruling_problems
from lms.anomalies.services.handling import checked_reason, kept_words, lock_handled, move, persons_in
from lms.anomalies.services.telling import tell_ruled
from lms.audit.services import record
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError

State, Kind = AnomalyCase.State, CaseStep.Kind


@transaction.atomic
def propose_ruling(
    *, case: AnomalyCase, outcome: str, reason: str, actor: Actor, plans: Sequence[MeasurePlan] = ()
) -> CaseStep:
    """Say how a case ends and what shall follow (提出结论). Without measures it is closed at once.

    Raises InvalidError with every wrong field, ConflictError when the case is in another state.
    """
    held = lock_handled(case, actor, State.RULED if plans else State.CLOSED)
    wrong = ruling_problems(outcome, reason, plans, terms_on(clock.today()), clock.today())
    wrong |= {} if concerns_only(held, plans) else {"measures": "处理措施只能针对这个案件涉及的学员和培训机构。"}
    if wrong:
        raise InvalidError("结论还不能提交，请按提示修改。", fields=wrong)
    ruling = CaseStep.objects.create(
        case=held, kind=Kind.RULED, outcome=outcome, by_id=actor.user_id, **kept_words(held, reason)
    )
    for plan in plans:
        Measure.objects.create(
            ruling=ruling,
            kind=plan.kind,
            person_id=plan.person,
            institution_id=plan.institution,
            enrolment_id=plan.enrolment,
            is_whole=plan.is_whole,
            until=plan.until,
        )
    if plans:
        move(held, State.RULED, actor, outcome=outcome)
    else:
        CaseStep.objects.create(case=held, kind=Kind.CONFIRMED, answers=ruling, outcome=outcome, by_id=actor.user_id)
        move(held, State.CLOSED, actor, outcome=outcome, due_on=None)
    return ruling


def concerns_only(held: AnomalyCase, plans: Sequence[MeasurePlan]) -> bool:
    """Return whether all measures hit only whom the case concerns: its persons in their enrolments, its institution."""
    persons = persons_in(held)
    enrolments = dict(
        Enrolment.objects.filter(pk__in=[plan.enrolment for plan in plans if plan.enrolment]).values_list(
            "pk", "person_id"
        )
    )
    return all(
        plan.institution == held.institution_id and plan.institution is not None
        if plan.kind == "suspend"
        else plan.person in persons and (plan.kind == "bar" or enrolments.get(plan.enrolment or 0) == plan.person)
        for plan in plans
    )


@transaction.atomic
def confirm_ruling(*, case: AnomalyCase, agrees: bool, opinion: str, actor: Actor) -> CaseStep:
    """Agree to a proposed outcome, whose measures then hold, or send it back (复核). Never by who proposed it."""
    held = lock_handled(case, actor, State.CLOSED if agrees else State.REVIEWING)
    ruling = newest_step(held, Kind.RULED)
    if held.state != State.RULED or ruling is None:
        raise ConflictError("这个案件没有待复核的结论，请刷新页面。", code="anomaly_case_state")
    if actor.user_id == ruling.by_id:
        raise ForbiddenError("提出结论的人不能自己复核，请由另一位同事办理。", code="maker_is_checker")
    words = opinion if agrees else checked_reason(opinion, "opinion")
    made = CaseStep.objects.create(
        case=held,
        kind=Kind.CONFIRMED if agrees else Kind.REFUSED,
        answers=ruling,
        outcome=ruling.outcome,
        by_id=actor.user_id,
        **kept_words(held, words),
    )
    if agrees:
        carry_out(held, ruling, actor)
        move(held, State.CLOSED, actor, due_on=None)
    else:
        move(held, State.REVIEWING, actor, outcome="")
    return made


def carry_out(held: AnomalyCase, ruling: CaseStep, actor: Actor) -> None:
    """Have the measures take effect: hours are taken back now; bars and suspensions hold from their row."""
    named = evidence_sessions(held)
    for measure in ruling.measures.select_related("enrolment__training_class__programme").order_by("pk"):
        if measure.enrolment is not None:
            entries = withdraw_hours(
                enrolment=measure.enrolment,
                sessions=None if measure.is_whole else named,
                reason=f"案件{held.number}",
                actor=actor,
            )
            Withdrawal.objects.bulk_create(Withdrawal(measure=measure, entry=entry) for entry in entries)
        record(actor, f"anomalies.measure_{measure.kind}", measure, case=str(held.uid))
    tell_ruled(ruling)
