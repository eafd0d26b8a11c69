"""Who may come into a live lesson, as what, and why not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lms.live.rules.lifecycle import CANCELLED, ENDED, SCHEDULED


class Place(StrEnum):
    """As what somebody comes in (教室身份)."""

    TEACHER = "teacher"
    ASSISTANT = "assistant"
    LEARNER = "learner"
    INSPECTOR = "inspector"  # 巡课: sees and hears, is seen by nobody, is noted in the operation log


class Bar(StrEnum):
    """Why somebody may not come in (不能进入的原因)."""

    NOT_ON_ROSTER = "not_on_roster"
    NO_REAL_NAME = "no_real_name"
    WITHDRAWN = "withdrawn"
    TOO_EARLY = "too_early"
    CANCELLED = "live_cancelled"
    ENDED = "live_ended"


SENTENCES = {
    Bar.NOT_ON_ROSTER: "您不在这个班的学员名单中，不能进入直播课。如有疑问，请联系培训机构。",
    Bar.NO_REAL_NAME: "进入直播课前需要完成实名登记。请先在“我的”里登记实名。",
    Bar.WITHDRAWN: "您已不在这个班学习，不能进入直播课。如有疑问，请联系培训机构。",
    Bar.TOO_EARLY: "还没有到进入时间。请在页面上查看倒计时，开门后可以进入。",
    Bar.CANCELLED: "这次直播课已经取消，不用进入。请留意班级的直播安排。",
    Bar.ENDED: "这次直播课已经结束。请留意班级的下一次直播安排。",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of somebody at the door (来访)."""

    is_teacher: bool = False
    is_assistant: bool = False
    may_inspect: bool = False
    has_real_name: bool = False
    is_enrolled: bool = False
    has_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """How the lesson stands now."""

    state: str
    opens_at: datetime
    now: datetime


def place_of(visit: Visit) -> Place | None:
    """Return as what somebody may come in; nothing for a stranger. Who teaches is never counted as a learner."""
    if visit.is_teacher:
        return Place.TEACHER
    if visit.is_assistant:
        return Place.ASSISTANT
    if visit.is_enrolled:
        return Place.LEARNER
    return Place.INSPECTOR if visit.may_inspect else None


def bar_of(visit: Visit, moment: Moment) -> Bar | None:
    """Return why somebody may not come in now, or nothing (准入规则)."""
    place = place_of(visit)
    if place is None:
        return Bar.WITHDRAWN if visit.has_withdrawn else Bar.NOT_ON_ROSTER
    if place == Place.LEARNER and not visit.has_real_name:
        return Bar.NO_REAL_NAME
    if moment.state == CANCELLED:
        return Bar.CANCELLED
    if moment.state == ENDED:
        return Bar.ENDED
    if moment.state == SCHEDULED and moment.now < moment.opens_at:
        return Bar.TOO_EARLY
    return None
