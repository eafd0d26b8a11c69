"""The picture that others are held against: taken for the first time, held against an ID card, replaced (登记参考照片)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction

from lms.access.rules import Actor, require
from lms.audit.services import record
from lms.faces.gateways.contract import FacesDownError, PictureError, gateway
from lms.faces.models import Capture, FaceCheck, FacePolicy, FaceReference
from lms.faces.queries import reference_of
from lms.faces.rules import FAILED, HELD, PASSED, PROVIDER_NOTICES, FaceTerms, Problem, verdict, weighed
from lms.faces.services.checking import admitted, noted, reference_for
from lms.faces.services.pictures import OTHER_WAY, Reading, Shot, read
from lms.faces.services.providing import asked_provider
from lms.faces.services.references import enrolled, erase_reference
from lms.faces.services.wording import kept_words
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.people.models import DocumentType, Person, User
from lms.people.services import note_provider_check, read_identity_card

LEAST_REASON = 5
NOT_THE_CARD = Problem("not_the_card", "这张照片与身份证上的照片不像同一个人，没有登记。请由本人重新拍摄。" + OTHER_WAY)
NOT_THE_SAME = Problem(
    "not_alike",
    "新照片与原来的参考照片不够相像，没有更换。请在光线均匀处正对镜头再拍一次；外貌变化较大的，可以撤回同意后重新登记，由区办核对。",
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """How an enrolment ended (登记结果). `problem`: why the picture is not held, and what to do."""

    check: FaceCheck
    problem: Problem | None
    notice: str = HELD

    @property
    def is_held(self) -> bool:
        """Return whether later pictures are held against this one."""
        return self.problem is None


def enrol(*, person: Person, shot: Shot, actor: Actor, card: bytes | None = None, may_ask: bool = False) -> Enrolled:
    """Keep a person's face as what later ones are held against (登记参考照片).

    `card`: a picture of the own ID card; it is compared in memory and dropped. Raises InvalidError at the field `card`.
    `may_ask`: the person lets name, number and picture be sent to the provider, where the policy asks for one.
    """
    require(actor, "faces.check", person)
    policy = admitted(person, clock.now())
    if reference_of(person, clock.now()) is not None:
        raise ConflictError("您已登记过参考照片。如需更换，请用“更换参考照片”。", code="reference_held")
    known_capture(shot)
    terms = policy.face_terms()
    reading = read(shot, terms, None, person)
    if card and not reading.refusal:
        reading = replace(reading, score=card_score(person, card, reading.template, terms, actor))
    if enrolment_problem(reading, terms, is_renewal=False) is None:
        asked = asked_provider(person, shot, policy, actor, may_ask=may_ask)
        reading = replace(reading, asked=asked and weighed(asked, reading.score, terms))
    return settled(person, shot, policy, reading, None, "", actor)


def replace_reference(*, person: Person, shot: Shot, reason: str, actor: Actor) -> Enrolled:
    """Put a newer picture of the same person in the place of the held one (更换参考照片).

    It is held against the old one first: a helper would put their own face there. Raises InvalidError without a reason.
    """
    require(actor, "faces.check", person)
    if not LEAST_REASON <= len(reason.strip()) <= 200:
        sentence = "请写明更换的原因（5至200个字），它将留痕备查。"
        raise InvalidError(sentence, fields={"reason": sentence}, code="reason_needed")
    policy = admitted(person, clock.now())
    known_capture(shot)
    former = reference_for(person, clock.now())
    return settled(person, shot, policy, read(shot, policy.face_terms(), former, person), former, reason, actor)


def known_capture(shot: Shot) -> None:
    """Raise InvalidError for a way of taking pictures that does not exist."""
    if shot.capture not in Capture.values:
        raise InvalidError("不支持这种采集方式，请刷新页面重试。", code="capture_unknown")


def card_score(person: Person, card: bytes, template: bytes, terms: FaceTerms, actor: Actor) -> float:
    """Return how alike a face is to that of the person's own ID card. Raises InvalidError, FacesDownError."""
    if person.document_type != DocumentType.RESIDENT_ID:
        raise card_problem("只有居民身份证可以比对。其他证件请不要上传，直接登记即可。")
    user = User.objects.get(pk=actor.user_id or 0)
    try:
        facts = read_identity_card(user=user, picture=card, actor=actor)
    except InvalidError as error:
        raise card_problem(error.message) from error
    if facts.document_number != str(person.document_number):
        raise card_problem("这张身份证的号码与您的实名信息不一致，请拍摄您本人的身份证。")
    engine = gateway()
    try:
        return engine.similarity(engine.portrait(card, terms).template, template)
    except PictureError as error:
        raise card_problem("没有看清身份证上的照片：请让证件占满画面，避免反光，再拍一次；也可以不上传。") from error
    except OSError as error:
        raise FacesDownError("人脸核验服务暂时不可用，本次没有记录，请稍后再试。" + OTHER_WAY) from error


def card_problem(sentence: str) -> InvalidError:
    """Return a refusal at the picture of the card."""
    return InvalidError(sentence, fields={"card": sentence}, code="card_unusable")


@transaction.atomic
def settled(
    person: Person,
    shot: Shot,
    policy: FacePolicy,
    reading: Reading,
    former: FaceReference | None,
    reason: str,
    actor: Actor,
) -> Enrolled:
    """Write how an enrolment ended; what is asked before is asked again under the lock."""
    locked, moment, terms = Person.objects.select_for_update().get(pk=person.pk), clock.now(), policy.face_terms()
    admitted(locked, moment)
    if reference_of(locked, moment) != former:
        raise ConflictError("参考照片刚才已变更，请刷新页面查看。", code="reference_changed")
    problem = enrolment_problem(reading, terms, is_renewal=former is not None)
    if problem is not None:
        return Enrolled(noted(locked, shot, policy, reading, former, actor), problem)
    if former is not None:
        erase_reference(former, "replaced", moment, actor)
    made = enrolled(locked, shot, reading, terms, actor)
    if former is not None:
        record(actor, "faces.reference_replaced", made, **kept_words(locked, reason[:200]))
    check = noted(locked, shot, policy, reading, made, actor)
    if reading.asked is None:
        return Enrolled(check, None)
    if reading.asked.answer == PASSED:
        note_provider_check(person=locked, actor=actor)
    return Enrolled(check, None, PROVIDER_NOTICES[reading.asked.answer])


def enrolment_problem(reading: Reading, terms: FaceTerms, *, is_renewal: bool) -> Problem | None:
    """Return why a picture is not held: nothing unclear takes the place of what is held, a first one is looked at later."""
    if reading.refusal:
        return Problem(reading.refusal.code, reading.refusal.message)
    if reading.asked and reading.asked.answer == FAILED:
        return Problem("provider_failed", f"没有登记。{reading.asked.sentence}")
    if reading.score is None:
        return None
    if is_renewal:
        return NOT_THE_SAME if reading.score < terms.pass_score else None
    return NOT_THE_CARD if verdict(reading.score, terms) == FAILED else None
