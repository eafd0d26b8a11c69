"""Looking into a case: taking it up, asking for statements, giving them."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from lms.access.rules import Actor, require
from lms.anomalies.models import AnomalyCase, CaseStep
from lms.anomalies.queries.cases import Party, persons_named
from lms.anomalies.queries.policies import terms_on
from lms.anomalies.rules.cases import may_become, reason_problem
from lms.anomalies.services.telling import tell_asked
from lms.audit.services import record
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.people.services import KeptWords, keep_words

State, Kind = AnomalyCase.State, CaseStep.Kind
LONGEST = 1000


def lock_case(case: AnomalyCase) -> AnomalyCase:
    """Return a case, locked."""
    return AnomalyCase.objects.select_for_update(of=("self",)).get(pk=case.pk)


def lock_handled(case: AnomalyCase, actor: Actor, state: str) -> AnomalyCase:
    """Return a case, locked, if this actor may take it to a state."""
    held = lock_case(case)
    require(actor, "anomalies.handle", held)
    if not may_become(held.state, state):
        raise ConflictError(
            f"案件现在是“{held.get_state_display()}”，不能办理这一步。请刷新页面查看最新状态。",
            code="anomaly_case_state",
        )
    return held


def move(held: AnomalyCase, state: str, actor: Actor, **changes: object) -> None:
    """Take a case to a state."""
    held.state = state
    for name, value in changes.items():
        setattr(held, name, value)
    held.save(update_fields=["state", *changes])
    record(actor, f"anomalies.case_{state}", held)


def kept_words(held: AnomalyCase, words: str, person_id: int | None = None) -> KeptWords:
    """Seal what was said in a case for as long as the policy says; of it the evidence keeps a digest.

    It ends with whom it is said of or to, be that the case's person or one of several.
    """
    days = terms_on(clock.today()).words_days
    return keep_words(words.strip()[:LONGEST], about=person_id or held.person_id, days=days)


@transaction.atomic
def take_up(*, case: AnomalyCase, actor: Actor) -> CaseStep:
    """Begin to look into a case (开始核查)."""
    held = lock_handled(case, actor, State.REVIEWING)
    if held.state != State.OPEN:
        raise ConflictError("这个案件已经有人在核查。", code="anomaly_case_state")
    move(held, State.REVIEWING, actor, handler_id=actor.user_id)
    return CaseStep.objects.create(case=held, kind=Kind.TAKEN, by_id=actor.user_id)


@transaction.atomic
def ask_for_statement(
    *,
    case: AnomalyCase,
    question: str,
    due_on: date | None,
    actor: Actor,
    party: str = "person",
    person_id: int | None = None,
) -> CaseStep:
    """Ask the person or the institution for a statement by a day (要求说明); without a day, by the policy's.

    `person_id`: who is asked where the case is about a device or an address that several use.
    """
    held = lock_handled(case, actor, State.ASKED)
    today = clock.today()
    due = due_on or today + timedelta(days=terms_on(today).statement_days)
    wrong = {}
    if len(question.strip()) < 10:
        wrong["question"] = "请写明要说明什么（至少10个字），对方会看到这段话。"
    if due <= today:
        wrong["due_on"] = "说明期限最早是明天。"
    asked = asked_party(held, party, person_id)
    if not asked:
        wrong["party"] = "请选择由谁说明。"
    if wrong:
        raise InvalidError("还不能发出，请按提示修改。", fields=wrong)
    move(held, State.ASKED, actor, due_on=max(due, held.due_on or due))
    kept = kept_words(held, question, asked.get("person_id"))
    step = CaseStep.objects.create(case=held, kind=Kind.ASKED, due_on=due, by_id=actor.user_id, **asked, **kept)
    tell_asked(step)
    return step


def asked_party(held: AnomalyCase, party: str, person_id: int | None) -> dict[str, int]:
    """Return whom a request is addressed to: only those whom the case concerns."""
    if party == "institution":
        return {"institution_id": held.institution_id} if held.institution_id else {}
    person = held.person_id or person_id
    return {"person_id": person} if person is not None and person in persons_in(held) else {}


def persons_in(held: AnomalyCase) -> set[int]:
    """Return the persons whom a case concerns: its own, or who studied in the sessions that its flags name."""
    return {person.pk for person in persons_named(held)}


@transaction.atomic
def give_statement(*, request: CaseStep, text: str, party: Party, actor: Actor) -> CaseStep:
    """Answer what one was asked (提交说明): once, while the case is not decided; late is better than never.

    Raises InvalidError, ConflictError, NotFoundError when somebody else was asked.
    """
    if request.kind != Kind.ASKED or not party.owns(request):
        raise NotFoundError("没有找到这项核查，可能已经办结，或不是发给您的。", code="case_step_not_found")
    held = lock_case(request.case)
    if held.state not in {State.ASKED, State.REVIEWING}:
        raise ConflictError("案件已经进入结论阶段，不能再补充说明。对结论有异议可以申诉。", code="anomaly_case_state")
    if CaseStep.objects.filter(answers=request, kind=Kind.STATED).exists():
        raise ConflictError("您已经提交过说明，核查人员正在查看。", code="statement_given")
    if sentence := statement_problem(text):
        raise InvalidError(sentence, fields={"text": sentence})
    made = CaseStep.objects.create(
        case=held,
        kind=Kind.STATED,
        answers=request,
        person_id=request.person_id,
        institution_id=request.institution_id,
        by_id=actor.user_id,
        **kept_words(held, text, request.person_id),
    )
    if not owes_statement(held):
        move(held, State.REVIEWING, actor, due_on=None)
    record(actor, "anomalies.statement_given", held)
    return made


def owes_statement(held: AnomalyCase) -> bool:
    """Return whether somebody who was asked has not answered yet."""
    return held.steps.filter(kind=Kind.ASKED).exclude(answered__kind=Kind.STATED).exists()


def statement_problem(text: str) -> str:
    """Return what is wrong with a statement, or nothing."""
    if len(text.strip()) < 10:
        return "请写明当时的情况（至少10个字），例如在哪里、用什么设备、和谁一起学习。"
    return "" if len(text.strip()) <= LONGEST else f"最多{LONGEST}个字，请写短一些。"


def checked_reason(text: str, field: str) -> str:
    """Return a reason. Raises InvalidError at its field."""
    if sentence := reason_problem(text):
        raise InvalidError(sentence, fields={field: sentence})
    return text.strip()[:LONGEST]
