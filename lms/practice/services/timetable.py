"""The timetable of practice: made ahead, changed by steps, frozen once somebody signed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor, Role, require
from lms.audit.services import record
from lms.classes.models import TrainingClass
from lms.classes.queries import clash_of, lock_teachers, teachers_of
from lms.classes.services import tell_learners
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.texts import check_reason
from lms.notifications.rules import Message
from lms.people.models import User
from lms.practice.models import PracticeSession, TimetableStep
from lms.practice.queries.sessions import has_attendance, practice_lessons, step_now
from lms.practice.rules.places import Point, is_point

LEAST_RADIUS_M, MOST_RADIUS_M = 20, 5000


@dataclass(frozen=True, slots=True)
class Plan:
    """Where, when, for which lesson and with whom a session is (课次安排)."""

    lesson_uid: UUID
    starts_at: datetime
    ends_at: datetime
    place: str
    teacher: User
    capacity: int
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    radius_m: int | None = None


@transaction.atomic
def plan_practice(*, training_class: TrainingClass, plan: Plan, actor: Actor) -> PracticeSession:
    """Put a session into a class's timetable, before it begins (安排实操课).

    Raises ConflictError `class_not_running`, and InvalidError at every field that is wrong.
    """
    held = TrainingClass.objects.select_for_update(of=("self",)).select_related("programme").get(pk=training_class.pk)
    require_hand(actor, "practice.plan", held)
    checked_plan(held, plan, None)
    session = PracticeSession.objects.create(training_class=held, filed_by_id=actor.user_id, filed_at=clock.now())
    add_step(session, plan, 1, "", actor)
    record(actor, "practice.planned", session)
    return session


@transaction.atomic
def change_practice(*, session: PracticeSession, plan: Plan, reason: str, actor: Actor) -> TimetableStep:
    """Change a session that nobody attended yet (调整实操课); the steps before stay."""
    held, last = changeable(session, actor)
    if clock.now() >= last.starts_at:
        raise ConflictError("这次课已经开始，不能再调整。确需更换时间，请取消后另行安排。", code="practice_started")
    words = check_reason(reason)
    checked_plan(held.training_class, plan, held)
    step = add_step(held, plan, last.number + 1, words, actor)
    record(actor, "practice.changed", held, reason=words)
    when = f"改为{clock.local(plan.starts_at):%-m月%-d日%H:%M}在{plan.place}"
    tell_changed(step, f"线下实操时间或地点有调整：{when}")
    return step


@transaction.atomic
def cancel_practice(*, session: PracticeSession, reason: str, actor: Actor) -> TimetableStep:
    """Cancel a session that nobody attended (取消实操课)."""
    held, last = changeable(session, actor)
    words = check_reason(reason)
    plan = Plan(
        last.lesson_uid, last.starts_at, last.ends_at, last.place, last.teacher, last.capacity, last.latitude,
        last.longitude, last.radius_m,
    )  # fmt: skip
    step = add_step(held, plan, last.number + 1, words, actor, is_cancelled=True)
    record(actor, "practice.cancelled", held, reason=words)
    tell_changed(step, f"{clock.local(last.starts_at):%-m月%-d日%H:%M}的线下实操已取消")
    return step


def tell_changed(step: TimetableStep, title: str) -> None:
    """Tell the class of a change, with its reason (通知调课)."""
    held = step.session
    message = Message("practice_changed", held.uid, f"practice:{step.pk}", title, f"原因：{step.reason}")
    tell_learners(held.training_class, message)


def require_hand(
    actor: Actor, permission: str, training_class: TrainingClass, step: TimetableStep | None = None
) -> None:
    """Raise ForbiddenError unless the actor is the institution's staff, or the teacher of the class or of the session."""
    require(actor, permission, training_class)
    if training_class.institution_id in actor.units(Role.INSTITUTION):
        return
    if actor.user_id not in {training_class.teacher_id, step.teacher_id if step else None}:
        raise ForbiddenError("这个班的实操课由任课教师、实操教师或机构工作人员办理。", code="not_the_teacher")


def lock_session(session: PracticeSession) -> PracticeSession:
    """Return the session, locked: signatures, lists and steps of one session come one after another."""
    related = ("training_class__programme", "training_class__institution", "training_class__course_version")
    return PracticeSession.objects.select_for_update(of=("self",)).select_related(*related).get(pk=session.pk)


def changeable(session: PracticeSession, actor: Actor) -> tuple[PracticeSession, TimetableStep]:
    """Return a session, locked, and its newest step, if it may still be changed."""
    held = lock_session(session)
    last = step_now(held)
    require_hand(actor, "practice.plan", held.training_class, last)
    if last.is_cancelled:
        raise ConflictError("这次课已经取消。如需恢复，请另行安排一次。", code="practice_cancelled")
    if has_attendance(held):
        raise ConflictError(
            "已经有人签到，这次课的时间、地点和课时不能再改。到场情况有误的，请在名单中更正。", code="practice_frozen"
        )
    return held, last


def checked_plan(training_class: TrainingClass, plan: Plan, own: PracticeSession | None) -> None:
    """Raise InvalidError with every field that is wrong; ConflictError when the class does not run."""
    if training_class.state != TrainingClass.State.OPEN:
        raise ConflictError("班级批准开班后才能安排实操课；已结班的不能再安排。", code="class_not_running")
    wrong = wrong_times(training_class, plan) | wrong_place(plan)
    if not practice_lessons(training_class).filter(lesson_uid=plan.lesson_uid).exists():
        wrong["lesson"] = "请选择本班课程里的线下实操课时。课程里没有的，请先在课程中添加并送审。"
    if not 1 <= plan.capacity <= 500:
        wrong["capacity"] = "人数上限应在1至500之间。"
    if not teachers_of([training_class.institution_id]).filter(pk=plan.teacher.pk).exists():
        wrong["teacher"] = "只能选择本机构的讲师。"
    elif not wrong.keys() & {"starts_at", "ends_at"}:
        lock_teachers([plan.teacher.pk])
        clash = clash_of(plan.teacher, plan.starts_at, plan.ends_at, but=own.uid if own else None)
        wrong |= {"teacher": clash} if clash else {}
    if wrong:
        raise InvalidError("安排有几处需要改正，请按提示修改。", fields=wrong)


def wrong_times(training_class: TrainingClass, plan: Plan) -> dict[str, str]:
    """Return what is wrong with date and hours."""
    begin, end = clock.local(plan.starts_at), clock.local(plan.ends_at)
    if plan.ends_at <= plan.starts_at or begin.date() != end.date():
        return {"ends_at": "结束时间应晚于开始时间，且在同一天内。"}
    if not training_class.starts_on <= begin.date() <= training_class.ends_on:
        return {"starts_at": f"日期应在班级培训时间内：{training_class.starts_on}至{training_class.ends_on}。"}
    if plan.starts_at <= clock.now():
        return {"starts_at": "实操课应在开始之前安排，不能补登已经过去的时间。"}
    return {}


def wrong_place(plan: Plan) -> dict[str, str]:
    """Return what is wrong with the place."""
    wrong = {} if 2 <= len(plan.place.strip()) <= 80 else {"place": "请填写地点（2至80个字），写到楼层和房间。"}
    given = [plan.latitude, plan.longitude, plan.radius_m]
    if all(one is None for one in given):
        return wrong
    if plan.latitude is None or plan.longitude is None or plan.radius_m is None:
        return wrong | {"radius_m": "经度、纬度和半径要么都填，要么都不填。"}
    if not is_point(Point(float(plan.latitude), float(plan.longitude))):
        wrong["latitude"] = "纬度应在-90至90之间，经度应在-180至180之间。"
    if not LEAST_RADIUS_M <= plan.radius_m <= MOST_RADIUS_M:
        wrong["radius_m"] = f"半径应在{LEAST_RADIUS_M}至{MOST_RADIUS_M}米之间。"
    return wrong


def add_step(
    session: PracticeSession, plan: Plan, number: int, reason: str, actor: Actor, *, is_cancelled: bool = False
) -> TimetableStep:
    """Write a step."""
    values = {one.name: getattr(plan, one.name) for one in fields(plan)} | {"place": plan.place.strip()}
    return TimetableStep.objects.create(
        session=session, number=number, reason=reason, is_cancelled=is_cancelled, by_id=actor.user_id, at=clock.now(),
        **values,
    )  # fmt: skip
