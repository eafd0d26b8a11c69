"""What the office sees of a class beside the decision (开班审批)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from lms.access.rules import Actor, is_permitted
from lms.classes.models import TrainingClass
from lms.classes.queries import decision_obstacle
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.planning.queries import policy_for
from lms.planning.rules import RuleLine, describe_terms


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A class that waits for a decision (待审核行)."""

    uid: UUID
    name: str
    institution: str
    roster_count: int
    submitted_at: datetime | None
    starts_on: date
    is_urgent: bool
    wait: str


@dataclass(frozen=True, slots=True)
class DecisionBar:
    """What may be decided here, or why not (审核栏)."""

    obstacle: str
    may_decide: bool
    may_close: bool
    policy: str = ""
    source: str = ""
    rules: list[RuleLine] = field(default_factory=list)
    warning: str = ""


def waiting_line(training_class: TrainingClass, *, today: date) -> WaitingLine:
    """Return a waiting class. It is urgent when it is to start within three days or should have started."""
    days = (training_class.starts_on - today).days
    opening = "今天开班" if days == 0 else f"{days}天后开班"
    return WaitingLine(
        uid=training_class.uid,
        name=training_class.name,
        institution=str(training_class.institution),
        roster_count=getattr(training_class, "roster_count", 0),
        submitted_at=getattr(training_class, "submitted_at", None),
        starts_on=training_class.starts_on,
        is_urgent=days <= 3,
        wait=f"已过开班日期{-days}天" if days < 0 else opening,
    )


def decision_bar(actor: Actor, training_class: TrainingClass) -> DecisionBar:
    """Return the terms that approval would freeze, or those that were frozen, and whether this actor may decide."""
    obstacle = decision_obstacle(actor, training_class)
    if training_class.policy is not None:
        policy, rules, warning = training_class.policy, describe_terms(training_class.study_terms()), ""
    else:
        try:
            policy = policy_for(training_class.programme.policy_name, on=training_class.starts_on)
        except ConflictError as error:
            return DecisionBar(obstacle, may_decide=not obstacle, may_close=False, warning=error.message)
        rules, warning = describe_terms(policy.study_terms()), late(training_class)
    return DecisionBar(
        obstacle=obstacle,
        may_decide=not obstacle,
        may_close=may_close(actor, training_class),
        policy=str(policy),
        source=policy.source,
        rules=rules,
        warning=warning,
    )


def late(training_class: TrainingClass) -> str:
    """Return a sentence when a class waits beyond its first day."""
    if training_class.state == TrainingClass.State.SUBMITTED and training_class.starts_on < clock.today():
        return "开班日期已过。批准后学员从批准时起学习，此前的时间不会计入学时。"
    return ""


def may_close(actor: Actor, training_class: TrainingClass) -> bool:
    """Return whether this actor may close this class now."""
    return training_class.state == TrainingClass.State.OPEN and is_permitted(actor, "classes.decide", training_class)
