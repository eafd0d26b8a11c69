"""Deciding an appeal: one proposes, another confirms; what is given back is computed by the server, never said by anybody."""

from __future__ import annotations

from io import BytesIO

from django.db import transaction

from attendance.services import restore_hours
from lms.access.rules import Actor, require
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.queries.records import newest_proposal, withdrawn_sessions
from lms.appeals.rules import Hand, may_become, words_problem
from lms.appeals.services.filing import add_step, lock_appeal
from lms.audit.services import record
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.vault import open_file
from lms.notifications.rules import Message
from lms.notifications.services import tell_persons

State, Kind, Outcome = HoursAppeal.State, AppealStep.Kind, AppealStep.Outcome


@transaction.atomic
def propose_opinion(*, appeal: HoursAppeal, grants: bool, reason: str, actor: Actor) -> AppealStep:
    """Say whether an appeal is well-founded (提出审核意见); another colleague confirms. Never on one's own appeal."""
    held = lock_undecided(appeal, actor, State.PROPOSED)
    if sentence := words_problem(reason, "office"):
        raise InvalidError("意见还没有提交，请按提示修改。", fields={"reason": sentence})
    if grants:
        check_no_case(held)
    outcome = Outcome.GRANTED if grants else Outcome.REFUSED
    return add_step(held, Kind.PROPOSED, State.PROPOSED, actor, outcome=outcome, words=reason)


@transaction.atomic
def confirm_opinion(*, appeal: HoursAppeal, agrees: bool, opinion: str, actor: Actor) -> AppealStep:
    """Agree to an opinion, which then holds, or send it back (复核). Never by who proposed it, by any of their accounts."""
    held = lock_undecided(appeal, actor, State.REFUSED)
    proposal = newest_proposal(held)
    if held.state != State.PROPOSED or proposal is None:
        raise ConflictError("这份申诉没有待复核的意见，请刷新页面。", code="appeal_state")
    if Hand(proposal.by_id, proposal.by.person_id).is_same(Hand(actor.user_id, actor.person_id)):
        raise ForbiddenError("提出意见的人不能自己复核，请由另一位同事办理。", code="maker_is_checker")
    if not agrees:
        if sentence := words_problem(opinion, "office"):
            raise InvalidError("还没有退回，请按提示修改。", fields={"opinion": sentence})
        return add_step(held, Kind.RETURNED, State.FILED, actor, answers=proposal, words=opinion)
    return carry_out(held, proposal, opinion, actor)


def carry_out(held: HoursAppeal, proposal: AppealStep, opinion: str, actor: Actor) -> AppealStep:
    """Have the opinion hold: what may be given back is given back now."""
    restored = None
    if proposal.outcome == Outcome.GRANTED:
        check_no_case(held)
        restored = restore_hours(entry=held.entry, reason=f"申诉{held.number}成立", actor=actor)
    about = {"answers": proposal, "outcome": proposal.outcome, "restored": restored}
    step = add_step(held, Kind.CONFIRMED, proposal.outcome, actor, words=opinion.strip()[:1000], **about)
    title = f"您的学时申诉{held.number}{proposal.get_outcome_display()}"
    message = Message(
        "appeal_decided", held.enrolment.uid, f"appeal:{held.pk}", title, "请在“我的学时申诉”中查看理由。"
    )
    tell_persons([held.enrolment.person_id], message)
    return step


def lock_undecided(appeal: HoursAppeal, actor: Actor, state: str) -> HoursAppeal:
    """Return an appeal, locked, if this actor may take it to a state."""
    held = lock_appeal(appeal)
    require(actor, "appeals.decide", held)
    if actor.person_id is not None and actor.person_id == held.access_scope().person_id:
        raise ForbiddenError("不能办理本人的申诉，请由其他同事办理。", code="own_appeal")
    if not may_become(held.state, state):
        sentence = f"申诉现在是“{held.get_state_display()}”，不能办理这一步。请刷新页面查看最新状态。"
        raise ConflictError(sentence, code="appeal_state")
    return held


def check_no_case(held: HoursAppeal) -> None:
    """Raise ConflictError while a case has withdrawn the credit of the same study: an appeal here must not undo it."""
    sessions = withdrawn_sessions(held.enrolment)
    if None in sessions or held.entry.session_id in sessions:
        sentence = (
            "这次学习的学时已按核查结论撤销，结论撤销前不能在这里恢复。请按“不成立”提出意见，并告知学员对结论申诉。"
        )
        raise ConflictError(sentence, code="credit_withdrawn_by_case")


def open_appeal_file(*, appeal: HoursAppeal, actor: Actor) -> tuple[str, BytesIO]:
    """Return name and content of what a learner brought (查看附件), noted in the operation log.

    Raises NotFoundError without one, or once it has expired.
    """
    require(actor, "appeals.decide", appeal)
    if actor.person_id is not None and actor.person_id == appeal.access_scope().person_id:
        raise ForbiddenError("不能办理本人的申诉，请由其他同事办理。", code="own_appeal")
    step = appeal.steps.filter(kind=Kind.FILED).select_related("file").first()
    if step is None or step.file is None:
        raise NotFoundError("这份申诉没有附件。", code="appeal_file_not_found")
    content = open_file(step.file)
    record(actor, "appeals.file_opened", appeal)
    return step.file.name, content
