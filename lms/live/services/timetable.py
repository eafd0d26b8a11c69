"""The timetable of live lessons: made ahead, changed and cancelled with a reason, closed by the clock when nobody ends them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from lms.access.rules import SYSTEM, Actor, Role, require
from lms.audit.services import record
from lms.classes.models import TrainingClass
from lms.classes.queries import clash_of, lock_teachers, teachers_of
from lms.classes.services import tell_learners
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.texts import check_reason, check_text
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.rooms import terms_at
from lms.live.queries.sessions import given_lesson, live_lessons
from lms.live.rules.lifecycle import Event, after, is_overdue
from lms.live.services.rooms import tell_standing
from lms.notifications.rules import Message
from lms.people.models import User

SHORTEST, LONGEST = timedelta(minutes=10), timedelta(hours=6)
MOST_ASSISTANTS = 5
State = LiveSession.State


@dataclass(frozen=True, slots=True)
class Plan:
    """What is taught live, when and by whom (直播安排)."""

    title: str
    starts_at: datetime
    ends_at: datetime
    teacher: User
    assistants: tuple[User, ...] = ()
    lesson_uid: UUID | None = None  # without one it is shown, and counts for nothing


@transaction.atomic
def plan_live(*, training_class: TrainingClass, plan: Plan, actor: Actor) -> LiveSession:
    """Put a live lesson into a class's timetable, before it begins (安排直播课).

    Raises ConflictError `class_not_running`, and InvalidError at every field that is wrong.
    """
    held = TrainingClass.objects.select_for_update(of=("self",)).select_related("programme").get(pk=training_class.pk)
    require_hand(actor, held)
    lock_teachers([plan.teacher.pk, *(one.pk for one in plan.assistants)])
    checked_plan(held, plan, None)
    session = LiveSession.objects.create(training_class=held, filed_by_id=actor.user_id, **fields_of(plan))
    session.assistants.set(plan.assistants)
    record(actor, "live.planned", session, **told(plan))
    return session


@transaction.atomic
def change_live(*, session: LiveSession, plan: Plan, reason: str, actor: Actor) -> LiveSession:
    """Change a live lesson that nobody opened yet (调整直播课); learners read the reason."""
    held = lock_live(session)
    require_hand(actor, held.training_class, held)
    if held.state != State.SCHEDULED:
        raise ConflictError(
            "这次直播课已经开始、结束或取消，不能再调整。如需加课，请另行安排一次。", code="live_started"
        )
    words = check_reason(reason)
    lock_teachers([plan.teacher.pk, *(one.pk for one in plan.assistants)])
    checked_plan(held.training_class, plan, held)
    for name, value in (fields_of(plan) | {"reason": words, "reminded_at": None}).items():
        setattr(held, name, value)
    held.save(update_fields=[*fields_of(plan), "reason", "reminded_at"])
    held.assistants.set(plan.assistants)
    record(actor, "live.changed", held, reason=words, **told(plan))
    tell_changed(held, f"直播课“{held.title}”改到{clock.local(held.starts_at):%-m月%-d日%H:%M}")
    return held


@transaction.atomic
def cancel_live(*, session: LiveSession, reason: str, actor: Actor) -> LiveSession:
    """Cancel a live lesson before its picture began (取消直播课); learners read the reason."""
    held = lock_live(session)
    require_hand(actor, held.training_class, held)
    words = check_reason(reason)
    state = after(held.state, Event.CANCEL)
    if state is None:
        raise ConflictError("已经开播、结束或取消的直播课不能取消。正在直播的，请由教师结束。", code="live_started")
    held.state, held.reason = state, words
    held.save(update_fields=["state", "reason"])
    tell_standing(held)
    record(actor, "live.cancelled", held, reason=words)
    tell_changed(held, f"{clock.local(held.starts_at):%-m月%-d日%H:%M}的直播课“{held.title}”已取消")
    return held


def tell_changed(held: LiveSession, title: str) -> None:
    """Tell the class of a change, with its reason (通知调课)."""
    key = f"live:{held.pk}:{clock.now_ms()}"
    tell_learners(held.training_class, Message("live_changed", held.uid, key, title, f"原因：{held.reason}"))


def close_overdue(moment: datetime) -> int:
    """End what nobody ended, and what nobody came to (超时自动结束). Returns how many."""
    late = LiveSession.objects.exclude(state__in=[State.ENDED, State.CANCELLED]).filter(ends_at__lte=moment)
    return sum(close_if_overdue(session, moment) for session in late if is_left(session, moment))


def is_left(session: LiveSession, moment: datetime) -> bool:
    """Return whether nobody will end a lesson any more, by the policy of its day."""
    terms = terms_at(session)
    return is_overdue(session.state, session.ends_at, moment, patience=terms.patience, overrun=terms.overrun)


@transaction.atomic
def close_if_overdue(session: LiveSession, moment: datetime) -> bool:
    """End one whose time is over."""
    held = lock_live(session)
    if not is_left(held, moment):
        return False
    held.state, held.ended_at = State.ENDED, moment
    held.save(update_fields=["state", "ended_at"])
    held.broadcasts.filter(ended_at=None).update(ended_at=moment, end=Broadcast.End.LOST)
    tell_standing(held)
    record(SYSTEM, "live.ended", held, reason="超过计划结束时间，系统自动结束")
    return True


def require_hand(actor: Actor, training_class: TrainingClass, session: LiveSession | None = None) -> None:
    """Raise ForbiddenError unless the actor is the institution's staff, or teaches the class or the lesson."""
    require(actor, "live.plan", training_class)
    if training_class.institution_id in actor.units(Role.INSTITUTION):
        return
    if actor.user_id not in {training_class.teacher_id, session.teacher_id if session else None}:
        raise ForbiddenError("这个班的直播课由任课教师、主讲教师或机构工作人员安排。", code="not_the_teacher")


def lock_live(session: LiveSession) -> LiveSession:
    """Return the lesson, locked: what happens to one happens one after another."""
    related = ("training_class__programme", "training_class__institution")
    return LiveSession.objects.select_for_update(of=("self",)).select_related(*related).get(pk=session.pk)


def fields_of(plan: Plan) -> dict[str, object]:
    """Return a plan's values as columns."""
    return {
        "title": plan.title.strip(), "starts_at": plan.starts_at, "ends_at": plan.ends_at, "teacher": plan.teacher,
        "lesson_uid": plan.lesson_uid,
    }  # fmt: skip


def told(plan: Plan) -> dict[str, Any]:
    """Return what the operation log keeps of a plan."""
    return {
        "title": plan.title.strip(),
        "starts_at": plan.starts_at.isoformat(),
        "ends_at": plan.ends_at.isoformat(),
        "teacher": str(plan.teacher.uid),
        "lesson": str(plan.lesson_uid or ""),
        "assistants": [str(one.uid) for one in plan.assistants],
    }


def checked_plan(training_class: TrainingClass, plan: Plan, own: LiveSession | None) -> None:
    """Raise InvalidError with every field that is wrong; ConflictError when the class does not run."""
    if training_class.state != TrainingClass.State.OPEN:
        raise ConflictError("班级批准开班后才能安排直播课；已结班的不能再安排。", code="class_not_running")
    wrong = wrong_times(training_class, plan)
    if not 2 <= len(check_text(plan.title, "title").strip()) <= 60:
        wrong["title"] = "请填写直播课的标题（2至60个字），例如：第三章答疑。"
    wrong |= wrong_people(training_class, plan) | wrong_lesson(training_class, plan, own)
    if not wrong:
        wrong = conflicts(plan, own)
    if wrong:
        raise InvalidError("安排有几处需要改正，请按提示修改。", fields=wrong)


def wrong_times(training_class: TrainingClass, plan: Plan) -> dict[str, str]:
    """Return what is wrong with date and hours."""
    begin = clock.local(plan.starts_at)
    if begin.date() != clock.local(plan.ends_at).date() or not SHORTEST <= plan.ends_at - plan.starts_at <= LONGEST:
        return {"ends_at": "结束时间应在同一天内，晚于开始时间10分钟至6小时。"}
    if not training_class.starts_on <= begin.date() <= training_class.ends_on:
        return {"starts_at": f"日期应在班级培训时间内：{training_class.starts_on}至{training_class.ends_on}。"}
    if plan.starts_at <= clock.now():
        return {"starts_at": "直播课应在开始之前安排，请选择以后的时间。"}
    return {}


def wrong_lesson(training_class: TrainingClass, plan: Plan, own: LiveSession | None) -> dict[str, str]:
    """Return what is wrong with the lesson that is taught: none of the course, or one that is given already."""
    if plan.lesson_uid is None:
        return {}
    if not live_lessons(training_class).filter(lesson_uid=plan.lesson_uid).exists():
        return {"lesson": "请选择本班课程里的直播课时。课程里没有的，请先在课程中添加并送审。"}
    other = given_lesson(training_class, plan.lesson_uid)
    if other is not None and (own is None or other.pk != own.pk):
        return {"lesson": f"这个直播课时已安排在“{other.title}”，一个课时只上一次。请换一个课时，或先取消那一次。"}
    return {}


def wrong_people(training_class: TrainingClass, plan: Plan) -> dict[str, str]:
    """Return what is wrong with teacher and assistants."""
    known = set(teachers_of([training_class.institution_id]).values_list("pk", flat=True))
    helpers = {one.pk for one in plan.assistants}
    wrong = {}
    if plan.teacher.pk not in known:
        wrong["teacher"] = "只能选择本机构的讲师。"
    if not helpers <= known:
        wrong["assistants"] = "助教只能选择本机构的讲师。"
    elif plan.teacher.pk in helpers:
        wrong["assistants"] = "主讲教师不用再选为助教。"
    elif len(helpers) > MOST_ASSISTANTS:
        wrong["assistants"] = f"助教最多{MOST_ASSISTANTS}人。"
    return wrong


def conflicts(plan: Plan, own: LiveSession | None) -> dict[str, str]:
    """Return who of the plan teaches something else at the time, and what (教师时间冲突)."""
    found: dict[str, str] = {}
    for name, person in [("teacher", plan.teacher), *(("assistants", one) for one in plan.assistants)]:
        clash = clash_of(person, plan.starts_at, plan.ends_at, but=own.uid if own else None)
        if clash:
            found.setdefault(name, clash)
    return found
