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
from attendance.models import LessonProgress, PresenceCheck, SessionOrigin, StudySession
from attendance.rules import (
    Origin,
    OverdueError,
    SeatState,
    ask,
    day_of,
    may_settle,
    network_of,
    owes_check,
    patient,
    sit,
    unpack,
)
from attendance.services.beats import Ack, acknowledge
from attendance.services.checks import own_fact, terms_of_seat
from attendance.services.facing import refuse_faceless
from attendance.services.facts import Fact, draw_interval, fact_of, must_draw
from attendance.services.lives import followed_lives, played_replays, refuse_absent_live
from attendance.services.settling import end_sitting, settle_seat
from courses.models import LessonKind, LessonVersion
from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from lms.kernel.sealing import blind_index
from lms.live.models import Replay
from lms.people.queries import family_of
from lms.planning.rules import StudyTerms

ADMISSION: list[str] = []
LONGEST_KEY = 64
ELSEWHERE = {  # kinds that no session opens at: sentence, code
    LessonKind.QUIZ: ("测验按作答结果计，不计学习时长。", "lesson_has_no_hours"),
    LessonKind.PRACTICE: ("线下实操请到现场签到，由教师确认后计学时。", "lesson_is_at_a_place"),
}


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
    replay: Replay | None = None  # what is played of a live lesson that is over

    @property
    def length_ms(self) -> int:
        """Return how long it plays."""
        return self.replay.film_ms if self.replay else self.lesson.length_ms


def open_session(
    *,
    enrolment: Enrolment,
    lesson_uid: UUID,
    client: str,
    device: str,
    key: str,
    actor: Actor,
    origin: Origin | None = None,
) -> Opened:
    """Open a study session at a lesson, taking the seat over from another device (开始学习).

    `origin`: from which browser and address; marks of them are kept. The same key again gives the same session. Raises
    ForbiddenError `real_name_required`, `face_setup_required` or `face_required`, ConflictError `class_not_running` or
    `elsewhere`, NotFoundError, and whatever the admission rules raise.
    """
    require(actor, "study", enrolment)
    lesson = admitted_lesson(enrolment, lesson_uid, actor)
    if not 1 <= len(key) <= LONGEST_KEY or client not in StudySession.Client.values or "\x00" in device + key:
        raise InvalidError("打开学习的请求有误，请刷新页面重试。", code="open_invalid")
    with transaction.atomic():
        seat, others = held_seats(enrolment.person_id)
        now = clock.now_ms()
        session = StudySession.objects.filter(person_id=enrolment.person_id, open_key=key).first()
        if session is None:
            is_exempt = refuse_faceless(enrolment, lesson)
            seat = handed_over(seat, others, enrolment, now)
            seat, session = take_seat(seat, enrolment, lesson, now, client=client, device=device[:120], key=key)
            stores.save(seat)
            note_origin(session, origin)
            if is_exempt:
                record(actor, "attendance.opened_without_face", session)
        session = StudySession.objects.select_related("enrolment__training_class", "lesson", "person").get(
            pk=session.pk
        )
    replay = played_replays([session]).get(session.pk)
    fact = fact_of(session, followed_lives([session]).get(session.pk), replay)
    ack = acknowledge(fact, seat, now)
    resume = resume_ms(fact, seat) if seat.session == session.pk else 0
    return Opened(session.uid, session.lesson, resume, fact.terms.beat_ms, ack, replay)


def resume_ms(fact: Fact, seat: SeatState) -> int:
    """Return where a sitting goes on: behind what was reached; of a replay, at what was missed (续学位置)."""
    if fact.reel:
        return fact.reel.first_missed(seat.covered)
    return seat.reach if seat.reach < fact.length_ms and fact.live_id is None else 0


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
    if lesson.kind in ELSEWHERE:
        sentence, code = ELSEWHERE[LessonKind(lesson.kind)]
        raise InvalidError(sentence, code=code)
    if lesson.kind == LessonKind.LIVE:
        refuse_absent_live(enrolment, lesson, actor)
    for name in ADMISSION:
        ask: Callable[[Enrolment, LessonVersion, datetime], object] = import_string(name)
        ask(enrolment, lesson, clock.now())
    return lesson


def take_seat(
    seat: SeatState, enrolment: Enrolment, lesson: LessonVersion, now: int, *, client: str, device: str, key: str
) -> tuple[SeatState, StudySession]:
    """Seat a new session; settle an overdue check first, then end who sits."""
    terms = enrolment.training_class.study_terms()
    seat = vacated(seat, terms, now)
    if must_draw(seat, terms):
        seat = replace(seat, until_check=draw_interval(terms))
    if owes_check(seat, terms):
        seat = ask(seat, terms, now)
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


def vacated(seat: SeatState, terms: StudyTerms, now: int) -> SeatState:
    """Return the seat without who sat in it, for a sitting under these terms; an overdue check is settled first."""
    before = terms_of_seat(seat)
    try:
        seat = patient(seat, before, now)
    except OverdueError:
        seat = settle_seat(seat, before, outcome=PresenceCheck.Outcome.MISSED, now=now)
    if not seat.session:
        return seat
    if terms.second_device == "refuse" and now <= seat.seen + terms.lease_ms:
        raise ConflictError("您正在另一台设备上学习。请先在那里结束，或稍候一分钟再试。", code="elsewhere")
    return stand_up(seat, before, now, "takeover")


def held_seats(person: int) -> tuple[SeatState, list[SeatState]]:
    """Return a record's seat and those of the same person's other records, all held: one person sits once (A5).

    Raises ConflictError where records were merged or parted in this very moment.
    """
    family = family_of(person)
    seats = stores.hold_all(family)
    if family_of(person) != family:
        raise ConflictError("您的实名档案刚刚有变动，请刷新页面后重试。", code="records_changed")
    return seats.pop(person), list(seats.values())


def handed_over(seat: SeatState, others: list[SeatState], enrolment: Enrolment, now: int) -> SeatState:
    """Return the seat as the one that goes on: nobody sits at the others, nothing they decided is decided again (A1).

    What the day's cap counts goes over to the seat that is sat on: the sum of all seats stays what the person studied.
    """
    for other in others:
        left = vacated(other, enrolment.training_class.study_terms(), now)
        seat = replace(seat, cursor=max(seat.cursor, left.cursor))
        if left.day == day_of(now):
            so_far = seat.day_ms if seat.day == left.day else 0
            seat = replace(seat, day=left.day, day_ms=so_far + left.day_ms)
            left = replace(left, day_ms=0)
        if left != other:
            stores.save(replace(left, session=0, ver=left.ver + 1))
    return seat


def note_origin(session: StudySession, origin: Origin | None) -> None:
    """Keep marks of the browser and the network from which a session was opened (会话来源); never the address itself."""
    if origin is None:
        return
    network = network_of(origin.address)
    SessionOrigin.objects.create(
        session=session,
        device=blind_index(origin.device, "device") if origin.device else "",
        address=blind_index(origin.address, "address") if network else "",
        network=network,
    )


def stand_up(seat: SeatState, terms: StudyTerms, now: int, why: str) -> SeatState:
    """End the sitting; what needs no check is posted."""
    if may_settle(seat, terms):
        seat = settle_seat(seat, terms, outcome=PresenceCheck.Outcome.PASSED, now=now)
    return end_sitting(seat, now, why)


def close_session(*, session: UUID, actor: Actor) -> Ack:
    """End an own session (结束学习). Never needed for credit; what is pending stays pending until a check."""
    fact = own_fact(session, actor)
    with transaction.atomic():
        seat, now = stores.hold(fact.person_id), clock.now_ms()
        if seat.session == fact.session_id:
            seat = stand_up(seat, fact.terms, now, "closed")
            seat = replace(seat, ver=seat.ver + 1, session=0)
            stores.save(seat)
    return acknowledge(fact, seat, now)
