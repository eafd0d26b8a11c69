"""Signing in and out: the code on the screen, the scan's ticket, the signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from attendance.rules import Origin, network_of
from lms.access.rules import Actor, require
from lms.audit.models import AuditEntry
from lms.audit.services import record
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.sealing import blind_index
from lms.practice.models import PracticeSession, Signature, TimetableStep
from lms.practice.queries.sessions import step_now
from lms.practice.rules.codes import IN, OUT, WAY_NAMES, Code, code_at, matching_step, open_from_to, step_of
from lms.practice.rules.places import Fix, nearness
from lms.practice.services.timetable import lock_session, require_hand

SALT = "practice.ticket"
TICKET_MS = 120_000  # how long a learner may take to confirm what was scanned
MOST_WRONG, WRONG_WITHIN = 5, timedelta(minutes=1)  # six digits are not to be found by trying
REFUSED = "practice.code_refused"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code that somebody scanned in time (扫码凭据): bound to the account, stamped by the server."""

    session: UUID
    way: str
    step: int
    user_id: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a teacher's screen shows now: the code and for how long it still stands."""

    code: Code
    left_ms: int
    seconds: int


def code_key() -> bytes:
    """Return the key of all codes; it never leaves the server."""
    return salted_hmac("practice.code", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()


def code_now(*, session: PracticeSession, way: str, actor: Actor) -> Shown:
    """Return the code that the teacher's screen shows now (当前签到码). Raises ConflictError outside of its hours."""
    step = step_now(session)
    require_hand(actor, "practice.file", session.training_class, step)
    ensure_open(step, session.training_class, way)
    seconds, now = session.training_class.study_terms().practice_code_seconds, clock.now_ms()
    at = step_of(now, seconds)
    return Shown(code_at(code_key(), session.uid, way, at), (at + 1) * seconds * 1000 - now, seconds)


def ensure_open(step: TimetableStep, training_class: TrainingClass, way: str) -> None:
    """Raise ConflictError unless codes of this way are taken now, InvalidError for another way."""
    if way not in {IN, OUT}:
        raise InvalidError("请选择签到或签退。", code="practice_way")
    if step.is_cancelled:
        raise ConflictError("这次实操课已取消，不能签到。如有疑问，请联系带班教师。", code="practice_cancelled")
    hours, door = step.hours(), training_class.study_terms().practice_door_minutes * 60_000
    begin, end = open_from_to(way, hours.starts_ms, hours.ends_ms, door)
    if not begin <= clock.now_ms() <= end:
        times = [f"{clock.local(clock.from_ms(one)):%m月%d日%H:%M}" for one in (begin, end)]
        raise ConflictError(f"{WAY_NAMES[way]}时间为{times[0]}至{times[1]}，现在不能办理。", code="practice_door_shut")


def ticket_for(*, session: PracticeSession, way: str, given: str, enrolment: Enrolment, actor: Actor) -> str:
    """Return a signed ticket for a code that is good now (扫码). A wrong code is noted and refused.

    Raises InvalidError `code_expired`, ForbiddenError `too_many_codes`, ConflictError outside of the hours.
    """
    require(actor, "practice.sign", enrolment)
    training_class = session.training_class
    ensure_open(step_now(session), training_class, way)
    since = clock.now() - WRONG_WITHIN
    wrong = AuditEntry.objects.filter(user_id=actor.user_id or 0, action=REFUSED, at__gte=since)
    if wrong.count() >= MOST_WRONG:
        raise ForbiddenError("签到码输错次数太多，请一分钟后再试，或请教师帮助登记。", code="too_many_codes")
    now = clock.now_ms()
    seconds = training_class.study_terms().practice_code_seconds
    step = matching_step(code_key(), session.uid, way, given.strip(), now_ms=now, seconds=seconds)
    if step is None:
        record(actor, REFUSED, session, way=way)
        raise InvalidError(
            f"签到码不对或已过期。请对准现场屏幕上正在显示的{WAY_NAMES[way]}码再试一次。", code="code_expired"
        )
    return signing.dumps([str(session.uid), way, step, actor.user_id, now], salt=SALT)


def signed_ticket(text: str, actor: Actor) -> Ticket:
    """Return the ticket of a text. Raises InvalidError for what is old, changed or somebody else's."""
    try:
        uid, way, step, user_id, at_ms = signing.loads(text, salt=SALT)
    except signing.BadSignature as error:
        raise InvalidError("签到信息有误，请重新扫码。", code="ticket_invalid") from error
    if user_id != actor.user_id or not 0 <= clock.now_ms() - at_ms <= TICKET_MS:
        raise InvalidError("扫码后过了太久，请重新扫码。", code="ticket_expired")
    return Ticket(UUID(uid), way, step, user_id, at_ms)


def sign(
    *,
    session: PracticeSession,
    enrolment: Enrolment,
    ticket: str,
    actor: Actor,
    fix: Fix | None = None,
    origin: Origin | None = None,
    method: str = Signature.Method.SCAN,
) -> Signature:
    """Sign in or out with a ticket, at the moment of the scan (签到、签退). The same code again gives the same signature.

    A place that is far away or withheld refuses nothing: it is kept for the teacher. Raises ConflictError `practice_full`.
    """
    require(actor, "practice.sign", enrolment)
    held = signed_ticket(ticket, actor)
    if held.session != session.uid or enrolment.training_class_id != session.training_class_id:
        raise InvalidError("这是另一次课的签到码，请扫描本次课屏幕上的码。", code="ticket_of_another")
    ensure_learner(enrolment)
    same = Signature.objects.filter(session=session, enrolment=enrolment, way=held.way, step=held.step)
    if (made := same.first()) is not None:
        return made
    try:
        return write_signature(session, enrolment, held, fix, origin or Origin(), method, actor)
    except IntegrityError:
        return same.get()


def ensure_learner(enrolment: Enrolment) -> None:
    """Raise unless somebody learns in the class, with the real name that the policy asks for."""
    if enrolment.state != Enrolment.State.ACTIVE:
        raise ConflictError("您在这个班的学籍已结束，不能签到。", code="enrolment_closed")
    if enrolment.training_class.state != TrainingClass.State.OPEN:
        raise ConflictError("班级没有开班或已结班，不能签到。", code="class_not_running")
    if enrolment.person.assurance < enrolment.training_class.study_terms().minimum_assurance:
        raise ForbiddenError("请先完成实名登记，再签到。现场可请教师登记。", code="real_name_required")


@transaction.atomic
def write_signature(
    session: PracticeSession, enrolment: Enrolment, held: Ticket, fix: Fix | None, origin: Origin, method: str,
    actor: Actor,
) -> Signature:  # fmt: skip
    """Write a signature; of the place only how near it was, of device and address only marks."""
    locked = lock_session(session)
    step = step_now(locked)
    present = set(locked.signatures.values_list("enrolment_id", flat=True))
    if enrolment.pk not in present and len(present) >= step.capacity:
        raise ConflictError(f"本次课名额{step.capacity}人已满，不能再签到。请联系现场教师。", code="practice_full")
    if locked.lists.exists():
        raise ConflictError("本次课的名单已经提交，不能再签到。漏签的请现场教师登记。", code="practice_listed")
    near, network = nearness(step.point(), step.radius_m, fix), network_of(origin.address)
    made = Signature.objects.create(
        session=locked,
        enrolment=enrolment,
        way=held.way,
        step=held.step,
        method=method,
        at_ms=held.at_ms,
        place=near.verdict,
        distance_m=near.distance_m,
        accuracy_m=near.accuracy_m,
        device=blind_index(origin.device, "device") if origin.device else "",
        address=blind_index(origin.address, "address") if network else "",
        network=network,
    )
    record(actor, f"practice.signed_{held.way}", locked, place=near.verdict)
    return made
