"""Opening, taking over and closing study sessions."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.module_loading import import_string

from attendance import stores
from attendance.models import LessonProgress, PresenceCheck, StudySession
from attendance.rules import OverdueError, SeatState, patient, sit, unpack
from attendance.services.beats import Ack, acknowledge
from attendance.services.checks import own_fact
from attendance.services.facts import draw_interval, fact_of, longest_interval
from attendance.services.settling import end_sitting, settle_seat
from courses.models import LessonKind, LessonVersion
from lms.access.rules import Actor, require
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError

ADMISSION: list[str] = []
LONGEST_KEY = 64


def when_admitted(function: str) -> None:
    """Have `function(enrolment, lesson, moment)` asked before a session opens; it may raise a DomainError."""
    if function not in ADMISSION:
        ADMISSION.append(function)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open session: where to resume, and its first acknowledgement."""

    session: UUID
    lesson: LessonVersion
    resume_ms: int
    beat_ms: int
    ack: Ack


def open_session(*, enrolment: Enrolment, lesson_uid: UUID, client: str, device: str, key: str, actor: Actor) -> Opened:
    """Open a study session at a lesson, taking the seat over from another device (开始学习).

    The same key again gives the same session. Raises ForbiddenError `real_name_required`, ConflictError `class_not_running`
    or `elsewhere`, NotFoundError, and whatever the admission rules raise.
    """
    require(actor, "study", enrolment)
    lesson = admitted_lesson(enrolment, lesson_uid, actor)
    if not 1 <= len(key) <= LONGEST_KEY or client not in StudySession.Client.values:
        raise InvalidError("打开学习的请求有误，请刷新页面重试。", code="open_invalid")
    with transaction.atomic():
        seat, now = stores.hold(enrolment.person_id), clock.now_ms()
        session = StudySession.objects.filter(person_id=enrolment.person_id, open_key=key).first()
        if session is None:
            seat, session = take_seat(seat, enrolment, lesson, now, client=client, device=device[:120], key=key)
            stores.save(seat)
        session = StudySession.objects.select_related("enrolment__training_class", "lesson").get(pk=session.pk)
    fact = fact_of(session)
    ack = acknowledge(fact, seat, now)
    resume = seat.reach if seat.session == session.pk and seat.reach < fact.length_ms else 0
    return Opened(session.uid, session.lesson, resume, fact.terms.beat_ms, ack)


def admitted_lesson(enrolment: Enrolment, lesson_uid: UUID, actor: Actor) -> LessonVersion:
    """Return the lesson's version if this person may study it now."""
    training_class = enrolment.training_class
    if enrolment.state != Enrolment.State.ACTIVE:
        raise ConflictError("您在这个班的学籍已结束，不能再计学时。", code="enrolment_closed")
    today = clock.today()
    running = training_class.state == TrainingClass.State.OPEN
    if not running or not training_class.starts_on <= today <= training_class.ends_on:
        raise ConflictError(
            f"班级学习时间为{training_class.starts_on}至{training_class.ends_on}，现在不能计学时。",
            code="class_not_running",
        )
    if enrolment.person.assurance < training_class.study_terms().minimum_assurance:
        raise ForbiddenError("请先完成实名登记，再开始学习。", code="real_name_required")
    lesson = LessonVersion.objects.filter(
        course_version_id=training_class.course_version_id, lesson_uid=lesson_uid
    ).first()
    if lesson is None:
        raise NotFoundError("这个班的课程里没有这一课，请从课程目录重新进入。", code="lesson_not_found")
    if lesson.kind == LessonKind.QUIZ:
        raise InvalidError("测验按作答结果计，不计学习时长。", code="lesson_has_no_hours")
    for name in ADMISSION:
        ask: Callable[[Enrolment, LessonVersion, datetime], object] = import_string(name)
        ask(enrolment, lesson, clock.now())
    return lesson


def take_seat(
    seat: SeatState, enrolment: Enrolment, lesson: LessonVersion, now: int, *, client: str, device: str, key: str
) -> tuple[SeatState, StudySession]:
    """Seat a new session; settle an overdue check first, then end who sits."""
    terms = enrolment.training_class.study_terms()
    try:
        seat = patient(seat, terms, now)
    except OverdueError:
        seat = settle_seat(seat, terms, outcome=PresenceCheck.Outcome.MISSED, now=now)
    if seat.session:
        if terms.second_device == "refuse" and now <= seat.seen + terms.lease_ms:
            raise ConflictError("您正在另一台设备上学习。请先在那里结束，或稍候一分钟再试。", code="elsewhere")
        end_sitting(seat, now, "takeover")
    if seat.ver == 0 or seat.until_check > longest_interval(terms):
        seat = replace(seat, until_check=draw_interval(terms))
    session = StudySession.objects.create(
        person_id=enrolment.person_id,
        enrolment=enrolment,
        lesson=lesson,
        client=client,
        device=device,
        nonce=secrets.token_hex(16),
        open_key=key,
        opened_ms=now,
    )
    done = LessonProgress.objects.filter(enrolment=enrolment, lesson_uid=lesson.lesson_uid).first()
    covered, reach, credited = (unpack(done.covered), done.reach, done.credited_ms) if done else ((), 0, 0)
    return sit(seat, session.pk, now, covered=covered, reach=reach, lesson_ms=credited), session


def close_session(*, session: UUID, actor: Actor) -> Ack:
    """End an own session (结束学习). Never needed for credit; what is pending stays pending until a check."""
    fact = own_fact(session, actor)
    with transaction.atomic():
        seat, now = stores.hold(fact.person_id), clock.now_ms()
        if seat.session == fact.session_id:
            if fact.terms.check_min_ms is None:
                seat = settle_seat(seat, fact.terms, outcome=PresenceCheck.Outcome.PASSED, now=now)
            end_sitting(seat, now, "closed")
            seat = replace(seat, ver=seat.ver + 1, session=0)
            stores.save(seat)
    return acknowledge(fact, seat, now)
