"""What the office may do on the pages of supervision, or why not (机构管理)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lms.access.rules import Actor, is_oneself, is_permitted
from lms.filing.models import FilingApplication, FilingStep
from lms.filing.rules.life import CHECKED, SUBMITTED
from lms.people.models import User
from lms.portal.workspaces import staff_name


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """What was proposed or reported and waits (待办). `hindrance`: why who looks may not decide it."""

    step: FilingStep
    unit: str
    what: str
    by: str
    due_on: date | None
    hindrance: str


def waiting_step(actor: Actor, step: FilingStep) -> WaitingStep:
    """Return what waits; load unit and author with it."""
    what = "整改报告" if step.kind == FilingStep.Kind.REPORTED else f"拟{step.get_measure_display()}"
    return WaitingStep(
        step, str(step.organisation), what, staff_name(step.by), step.due_on, step_hindrance(actor, step)
    )


def step_hindrance(actor: Actor, step: FilingStep) -> str:
    """Return why the actor cannot decide what waits, with who can."""
    is_report = step.kind == FilingStep.Kind.REPORTED
    if not is_permitted(actor, "filing.check" if is_report else "filing.accept"):
        return "等区办验收。" if is_report else "等区办复核人复核。"
    if step.by and is_oneself(actor, user_id=step.by_id, person_id=step.by.person_id):
        return "这一件是您提出的，须由另一位同事办理。"
    return ""


def review_hindrance(actor: Actor, held: FilingApplication) -> str:
    """Return why the actor cannot decide an application now, with who can."""
    if held.state not in {SUBMITTED, CHECKED}:
        return f"申请现在是“{held.get_state_display()}”，不需要区办办理。"
    if held.state == CHECKED and not is_permitted(actor, "filing.accept"):
        return "初审已通过，等区办复核人复核。"
    if not is_permitted(actor, "filing.check"):
        return "等区办初审。"
    hands: list[User | None] = [held.created_by, held.submitted_by, held.checked_by]
    if any(one and is_oneself(actor, user_id=one.pk, person_id=one.person_id) for one in hands):
        return "您填报、提交或初审过这份申请，须由另一位同事办理这一步。"
    return ""
