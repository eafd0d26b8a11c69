"""Whether a face may be looked at now, and how it is written what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lms.access.rules import Actor
from lms.audit.services import record
from lms.faces.models import FaceCheck, FacePolicy, FaceReference
from lms.faces.queries import PROVIDER, consent_of, policy_on, reference_of, tries_of
from lms.faces.rules import FAILED, FaceTerms, verdict
from lms.faces.services.pictures import OTHER_WAY, Reading, Shot, sealed
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.people.models import Person


class TooManyTriesError(ConflictError):
    """A person's face was looked at too often in an hour (核验次数过多)."""

    code = "too_many_tries"
    status = 429

    def __init__(self) -> None:
        super().__init__("一小时内核验次数过多，请稍后再试。" + OTHER_WAY)


def admitted(person: Person, moment: datetime) -> FacePolicy:
    """Return the policy by which a person's face may be looked at now. Raises ConflictError."""
    if consent_of(person) is None:
        raise ConflictError("人脸核验需要您的单独同意。" + OTHER_WAY, code="consent_needed")
    policy = policy_on(clock.local(moment).date())
    if policy is None:
        raise ConflictError("区办还没有发布人脸核验口径，暂时不能核验。" + OTHER_WAY, code="policy_missing")
    if tries_of(person, moment) >= policy.face_terms().tries_per_hour:
        raise TooManyTriesError
    return policy


def reference_for(person: Person, moment: datetime) -> FaceReference:
    """Return the face that a person is held against. Raises ConflictError when there is none."""
    reference = reference_of(person, moment)
    if reference is None:
        raise ConflictError("还没有有效的参考照片，请先登记参考照片。" + OTHER_WAY, code="reference_needed")
    return reference


def noted(
    person: Person, shot: Shot, policy: FacePolicy, reading: Reading, reference: FaceReference | None, actor: Actor
) -> FaceCheck:
    """Write how a picture was judged, and keep the picture for as long as the policy says."""
    terms = policy.face_terms()
    check = FaceCheck(
        person=person,
        reference=reference,
        policy=policy,
        purpose=shot.purpose,
        session_uid=shot.session_uid,
        capture=shot.capture,
        outcome=outcome_of(reading, terms),
        refusal=reading.refusal.code if reading.refusal else doubt_of(reading),
        score_permille=permille(reading.score),
        model_id=reading.model_id,
        picture_hash=shot.digest,
        picture=None if reading.refusal else sealed(shot, timedelta(hours=terms.image_hours), actor),
        at=clock.now(),
    )
    return written(check, terms, actor)


def written(check: FaceCheck, terms: FaceTerms, actor: Actor) -> FaceCheck:
    """Write a check with the score that it is held to, and note it."""
    check.threshold_permille = round(terms.pass_score * 1000)
    check.save(force_insert=True)
    record(actor, "faces.checked", check, purpose=check.purpose, outcome=check.outcome)
    return check


def permille(value: float | None) -> int | None:
    """Return a score in thousandths."""
    return None if value is None else round(value * 1000)


def doubt_of(reading: Reading) -> str:
    """Return by which code people look at what a provider could not settle, or nothing."""
    return f"{PROVIDER}{reading.asked.answer}" if reading.asked and reading.asked.is_for_people else ""


def outcome_of(reading: Reading, terms: FaceTerms) -> str:
    """Return how a check ends; an enrolment of a usable picture has nothing to fail against."""
    if reading.refusal:
        return FaceCheck.Outcome.REFUSED
    if reading.asked and reading.asked.answer == FAILED:
        return FaceCheck.Outcome.FAILED
    if doubt_of(reading) and (reading.score is None or verdict(reading.score, terms) != FAILED):
        return FaceCheck.Outcome.UNCLEAR
    return FaceCheck.Outcome.PASSED if reading.score is None else verdict(reading.score, terms)
