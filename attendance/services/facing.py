"""The face before a lesson, in checks and at roll-calls: who must show it, what a pass opens or answers (学习中的人脸核验)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from attendance import stores
from attendance.models import CheckAsking, PresenceCheck
from attendance.services.asking import (
    CHECK_SUBJECT,
    FACE,
    TAP,
    Answer,
    CheckKind,
    Prepared,
    Taught,
    add_kind,
    face_subject,
    question,
    taught_to,
)
from attendance.services.checks import Answered, answer_check, own_fact
from attendance.services.telling import LOST
from courses.models import LessonVersion
from lms.access.rules import Actor, require
from lms.classes.models import Enrolment
from lms.faces.models import FaceChallenge, FaceCheck
from lms.faces.queries import acts_for, exemption_of, has_passed, standing_of
from lms.faces.rules import Problem
from lms.faces.services import (
    OTHER_WAY,
    Taken,
    Verified,
    challenge_of,
    start_challenge,
    submit_verification,
)
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.live.models import LiveSession
from lms.live.rules.activities import ROLL, roll_subject
from lms.live.services import answer_roll_of_face, asked_by_face
from lms.people.queries import owner_of
from lms.planning.rules import StudyTerms

Purpose = FaceCheck.Purpose
FAILED, LATE = "face_check_failed", "face_check_late"
NO_POLICY = "本班要核验人脸，但区办还没有发布人脸核验口径，暂时不能开始学习。请联系培训机构或区办。"
SETUP = "本班学习要核验人脸。请先到“人脸核验”页面阅读告知书、登记参考照片；没有摄像头、不便或不同意的，可在那里申请免人脸核验。"
REQUIRED = "开始学习前请先核验人脸，通过后{minutes}分钟内可以打开这一课。"
TRIED = "这次点名可试的次数已经用完。请在聊天或提问里告诉老师。"
CAMERA_ONLY = "本班只接受页面摄像头拍摄的画面。请换用带摄像头的设备或浏览器；没有摄像头的，可以申请免人脸核验。"


def start_subject(enrolment: Enrolment, lesson_uid: UUID) -> str:
    """Return what a pass before a lesson is bound to."""
    return f"start:{enrolment.uid.hex}:{lesson_uid.hex}"


def refuse_faceless(enrolment: Enrolment, lesson: LessonVersion) -> bool:
    """Raise when a face is asked for and was not shown; return whether the person is exempt from showing it."""
    terms, person, moment = enrolment.training_class.study_terms(), enrolment.person.owner, clock.now()
    if not terms.asks_for_face:
        return False
    standing = standing_of(person, moment)
    if standing.exemption is not None:
        return True
    if standing.policy is None:
        raise ConflictError(NO_POLICY, code="policy_missing")
    if not standing.can_check:
        raise ForbiddenError(SETUP, code="face_setup_required")
    since = moment - timedelta(minutes=terms.face_start_minutes)
    subject = start_subject(enrolment, lesson.lesson_uid)
    if terms.face_at_start and not has_passed(person, subject, since, terms.face_captures):
        raise ForbiddenError(REQUIRED.format(minutes=terms.face_start_minutes), code="face_required")
    return False


def face(taught: Sequence[Taught], asked: Collection[UUID]) -> Prepared:
    """Return a face check; whoever is exempt is asked what the policy names instead."""
    if not taught:
        return Prepared()
    last = taught[-1]
    if exemption_of(owner_of(last.person_id), clock.now()) is None:
        return Prepared(FACE, right=())
    asks = last.terms.face_instead == "question"
    return (question(taught, asked) or question(taught, ()) if asks else None) or Prepared(TAP)


def is_shown(asking: CheckAsking, answer: Answer) -> bool:
    """Return whether the moves were made by the person for this very check; what is posted as an answer says nothing.

    Raises ConflictError while it may still be tried: that costs nothing.
    """
    person, subject = owner_of(asking.person_id), face_subject(asking.number)
    terms = terms_of(asking)
    if has_passed(person, subject, clock.from_ms(asking.asked_ms), terms.face_captures):
        return True
    if acts_for(person, subject) >= terms.face_tries:
        return False
    raise ConflictError("请对着摄像头按提示做动作，核验通过才算确认。" + OTHER_WAY, code="face_needed")


def terms_of(asking: CheckAsking) -> StudyTerms:
    """Return the terms of the class in which a check was asked."""
    return asking.session.enrolment.training_class.study_terms()


add_kind(FACE, CheckKind(face, is_shown))


def accepted(capture: str, terms: StudyTerms) -> str:
    """Return a way of taking pictures that a class accepts. Raises InvalidError for another."""
    if capture not in terms.face_captures:
        raise InvalidError(CAMERA_ONLY, code="face_camera_needed", fields={"capture": CAMERA_ONLY})
    return capture


def ask_face_for_start(*, enrolment: Enrolment, lesson_uid: UUID, capture: str, actor: Actor) -> FaceChallenge:
    """Draw the moves that open a lesson (开始学习前的人脸核验). Raises what `start_challenge` raises."""
    require(actor, "study", enrolment)
    terms = enrolment.training_class.study_terms()
    if not terms.face_at_start:
        raise ConflictError("本班开始学习前不用核验人脸，请直接开始学习。", code="face_not_asked")
    return start_challenge(
        person=enrolment.person.owner,
        purpose=Purpose.START,
        subject=start_subject(enrolment, lesson_uid),
        capture=accepted(capture, terms),
        actor=actor,
    )


def ask_face_for_check(*, session: UUID, number: int, capture: str, actor: Actor) -> FaceChallenge:
    """Draw the moves that answer an open check (应答人脸抽查). Raises ConflictError for one that is not open."""
    fact = own_fact(session, actor)
    related = "session__enrolment__training_class"
    asked = CheckAsking.objects.filter(person_id=fact.person_id, number=number, kind=FACE)
    asking = asked.select_related(related, "person").first()
    settled = PresenceCheck.objects.filter(person_id=fact.person_id, number=number).exists()
    if asking is None or settled:
        raise ConflictError("这次抽查已经结束或换成新的一次，请刷新页面。", code="check_changed")
    seat = stores.load({fact.person_id})[fact.person_id]
    is_end = any(one.terms.face_at_end and one.is_ending for one in taught_to(seat))
    return start_challenge(
        person=asking.person.owner,
        purpose=Purpose.END if is_end else Purpose.RANDOM,
        subject=face_subject(number),
        capture=accepted(capture, terms_of(asking)),
        actor=actor,
        session_uid=session,
    )


def ask_face_for_roll(*, session: LiveSession, roll_call: UUID, capture: str, actor: Actor) -> FaceChallenge:
    """Draw the moves that answer a roll-call by face (人脸点名). Raises ConflictError when it is over, or no try is left."""
    roll, person = asked_by_face(session, roll_call, actor)
    subject = roll_subject(roll.uid)
    if acts_for(person, subject) >= session.terms.face_tries:
        raise ConflictError(TRIED, code="face_tries_used")
    return start_challenge(
        person=person,
        purpose=Purpose.RANDOM,
        subject=subject,
        capture=accepted(capture, session.terms),
        actor=actor,
    )


@dataclass(frozen=True, slots=True)
class FaceAnswered:
    """How an act ended, and how it answered its check, if that is settled (核验应答).

    `lost`: what happened and what to do next where the check is over and was not passed. `appeal_days`: for how long what it
    withheld may be appealed.
    """

    verified: Verified
    answered: Answered | None = None
    lost: Problem | None = None
    appeal_days: int | None = None
    has_answered_roll: bool = False

    @property
    def problem(self) -> Problem | None:
        """Return what to say where it did not pass: of an act that lost its check, that nothing is to be tried again."""
        return self.lost or self.verified.problem


def submit_face(*, challenge: UUID, frames: Sequence[Taken], actor: Actor) -> FaceAnswered:
    """Judge an act, and answer the check that it was asked for: passed, or failed when no try is left (提交人脸核验)."""
    held = challenge_of(challenge, actor)
    verified = submit_verification(challenge=challenge, frames=frames, actor=actor)
    if held.subject.startswith(ROLL) and verified.has_passed:
        return answer_roll(held, verified, actor)
    if held.session_uid is None or not held.subject.startswith(CHECK_SUBJECT):
        return FaceAnswered(verified)
    number = int(held.subject.removeprefix(CHECK_SUBJECT))
    try:
        answered = answer_check(session=held.session_uid, number=number, answer=FACE, actor=actor)
    except ConflictError as error:
        if error.code != "face_needed":
            raise
        return FaceAnswered(verified)
    if answered.outcome not in LOST:
        return FaceAnswered(verified, answered)
    return lost(verified, answered, number)


def answer_roll(held: FaceChallenge, verified: Verified, actor: Actor) -> FaceAnswered:
    """Answer the roll-call that an act was made for; of one that is over, say so."""
    try:
        answer_roll_of_face(held.subject, actor)
    except ConflictError as error:
        return FaceAnswered(verified, lost=Problem(error.code, error.message))
    return FaceAnswered(verified, has_answered_roll=True)


def lost(verified: Verified, answered: Answered, number: int) -> FaceAnswered:
    """Return how an act lost its check."""
    asking = CheckAsking.objects.select_related("session__enrolment__training_class").get(
        person_id=answered.seat.person, number=number
    )
    code = LATE if answered.outcome == PresenceCheck.Outcome.MISSED else FAILED
    return FaceAnswered(verified, answered, Problem(code, answered.detail), terms_of(asking).appeal_days)
