"""Moves drawn by the server, made before a camera, judged together with whose face it is: one act, once (活体核验)."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from lms.access.rules import Actor, require
from lms.faces.gateways.contract import FacesDownError, IdentityGateway, PictureError, gateway
from lms.faces.models import Capture, FaceAct, FaceChallenge, FaceCheck, FaceFrame, FaceReference
from lms.faces.queries import challenges_of, is_repeated, reference_of
from lms.faces.rules import (
    FAILED,
    MISSED,
    MOVES,
    UNCLEAR,
    FaceTerms,
    Frame,
    Problem,
    challenge_problem,
    likeness,
    possible_sequences,
    verdict,
)
from lms.faces.services.checking import TooManyTriesError, admitted, permille, reference_for, written
from lms.faces.services.pictures import OTHER_WAY, Shot, sealed
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError
from lms.kernel.models import SealedFile
from lms.people.models import Person

KEPT = timedelta(days=1)
CLOCK_SLACK_MS = 2_000  # a browser's timer may run ahead of ours by so much
REPEATED = Problem("picture_repeated", "这些照片里有已经使用过的，请用摄像头重新拍摄。")
ANOTHER = Problem("not_alike", "画面中的人与登记的参考照片不一致，请由本人重新核验。")
UNSURE = Problem("unclear", "相似度不够确定，已转人工核对。请摘下口罩和帽子，在光线均匀处再试一次。")


@dataclass(frozen=True, slots=True)
class Taken:
    """A picture of an act: when it was taken, in ms since the challenge, by the browser's timer."""

    content: bytes
    at_ms: int

    @property
    def digest(self) -> str:
        """Return the picture's SHA-256."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in the pictures of an act: whether it passes, or why not."""

    outcome: str
    problem: Problem | None = None
    score: float | None = None
    frames: Sequence[Frame] = field(default=())


@dataclass(frozen=True, slots=True)
class Verified:
    """How an act ended (核验结果). `problem`: what to do next where it did not pass."""

    check: FaceCheck
    problem: Problem | None

    @property
    def has_passed(self) -> bool:
        """Return whether moves and face were right."""
        return self.check.outcome == FaceCheck.Outcome.PASSED


@transaction.atomic
def start_challenge(
    *, person: Person, purpose: str, subject: str, capture: str, actor: Actor, session_uid: UUID | None = None
) -> FaceChallenge:
    """Draw moves for one act (出活体动作). Raises ConflictError without consent or reference, or after too many tries.

    Every challenge is a try, also one that is never taken: nobody draws until easy moves come.
    """
    require(actor, "faces.check", person)
    if capture not in Capture.values:
        raise InvalidError("不支持这种采集方式，请刷新页面重试。", code="capture_unknown")
    locked, moment = Person.objects.select_for_update().get(pk=person.pk), clock.now()
    policy = admitted(locked, moment)
    terms = policy.face_terms()
    reference_for(locked, moment)
    if challenges_of(locked, moment) >= terms.tries_per_hour:
        raise TooManyTriesError
    sequences = possible_sequences(terms.moves_for(capture))
    return FaceChallenge.objects.create(
        person=locked,
        policy=policy,
        purpose=purpose,
        subject=subject,
        session_uid=session_uid,
        capture=capture,
        moves=list(sequences[secrets.randbelow(len(sequences))]),
        issued_at=moment,
    )


def submit_verification(*, challenge: UUID, frames: Sequence[Taken], actor: Actor) -> Verified:
    """Judge the pictures of an act: the moves and the likeness together, once (提交活体核验).

    Raises NotFoundError for a challenge of somebody else, ConflictError for one that was taken or ran out, FacesDownError
    when nobody can compare: then the challenge may be sent again.
    """
    held = challenge_of(challenge, actor)
    require(actor, "faces.check", held.person)
    moment = clock.now()
    admitted(held.person, moment)
    reference = reference_for(held.person, moment)
    claim(held, moment)
    try:
        looked = look(held, frames, reference, moment)
    except FacesDownError:
        FaceChallenge.objects.filter(pk=held.pk).update(taken_at=None)
        raise
    return keep(held, frames, looked, reference, actor)


def challenge_of(uid: UUID, actor: Actor) -> FaceChallenge:
    """Return an own challenge. Raises NotFoundError for any other."""
    held = (
        FaceChallenge.objects.filter(uid=uid, person_id=actor.person_id or 0).select_related("person", "policy").first()
    )
    if held is None:
        raise NotFoundError("没有找到这次核验，请重新开始。", code="challenge_not_found")
    return held


def claim(held: FaceChallenge, moment: datetime) -> None:
    """Take a challenge before anything costly is done: of two that send at once, one wins. Raises ConflictError."""
    latest = timedelta(seconds=held.seconds + held.policy.face_terms().upload_seconds)
    if moment > held.issued_at + latest:
        raise ConflictError("这次核验已经超时，请重新开始。", code="challenge_expired")
    if not FaceChallenge.objects.filter(pk=held.pk, taken_at=None).update(taken_at=moment):
        raise ConflictError("这次核验已经提交过，请重新开始。", code="challenge_used")


def look(held: FaceChallenge, taken: Sequence[Taken], reference: FaceReference, moment: datetime) -> Looked:
    """Return what the pictures show. Outside any transaction: it takes its time. Raises FacesDownError."""
    terms, engine = held.policy.face_terms(), gateway()
    if len(taken) != len(held.moves) + 1:
        return Looked(FAILED, MISSED)
    digests = {one.digest for one in taken}
    if len(digests) < len(taken) or is_repeated(held.person, *digests):
        return Looked(FAILED, REPEATED)
    if reference.model_id != engine.model_id:
        raise ConflictError("比对模型已更换，请撤回同意后重新登记参考照片。", code="reference_outdated")
    try:
        frames = read_frames(engine, held, taken, reference, terms)
    except PictureError as error:
        return Looked(FaceCheck.Outcome.REFUSED, Problem(error.code, error.message))
    except OSError as error:
        raise FacesDownError("人脸核验服务暂时不可用，本次没有记录，请稍后再试。" + OTHER_WAY) from error
    return judge(held, frames, terms, moment)


def read_frames(
    engine: IdentityGateway, held: FaceChallenge, taken: Sequence[Taken], reference: FaceReference, terms: FaceTerms
) -> list[Frame]:
    """Return each picture as the rule sees it. Raises PictureError that names the move."""
    moves = ["centre", *held.moves]
    portraits = []
    for move, one in zip(moves, taken, strict=True):
        try:
            portraits.append(engine.portrait(one.content, terms))
        except PictureError as error:
            raise PictureError(f"“{MOVES[move]}”这张：{error.message}", code=error.code) from error
    template = b64decode(str(reference.template))
    before = [portraits[0], *portraits]
    return [
        Frame(
            move,
            one.at_ms,
            portrait.turn,
            portrait.share,
            engine.similarity(template, portrait.template),
            engine.similarity(previous.template, portrait.template),
        )
        for move, one, portrait, previous in zip(moves, taken, portraits, before, strict=False)
    ]


def judge(held: FaceChallenge, frames: Sequence[Frame], terms: FaceTerms, moment: datetime) -> Looked:
    """Return whether it is the person and whether the moves were made. No picture is newer than its arrival."""
    score = likeness(frames, terms)
    says = verdict(score, terms)
    if says == FAILED:
        return Looked(FAILED, ANOTHER, score, frames)
    if problem := challenge_problem(held.moves, frames, terms, held.seconds):
        return Looked(FAILED, problem, score, frames)
    passed_ms = (moment - held.issued_at) / timedelta(milliseconds=1)
    if frames[-1].at_ms > passed_ms + CLOCK_SLACK_MS:
        return Looked(FAILED, Problem("moves_late", "动作的时间对不上，请重新开始。"), score, frames)
    return Looked(says, UNSURE if says == UNCLEAR else None, score, frames)


@transaction.atomic
def keep(
    held: FaceChallenge, taken: Sequence[Taken], looked: Looked, reference: FaceReference, actor: Actor
) -> Verified:
    """Write the evidence of an act; consent, limit and reference are asked again under the lock."""
    locked, moment = Person.objects.select_for_update().get(pk=held.person_id), clock.now()
    admitted(locked, moment)
    if reference_of(locked, moment) != reference:
        raise ConflictError("参考照片刚才已变更，请重新核验。", code="reference_changed")
    if looked.frames and is_repeated(locked, *(one.digest for one in taken)):
        looked = Looked(FAILED, REPEATED)
    terms, problem = held.policy.face_terms(), looked.problem
    check = written(
        FaceCheck(
            person=locked,
            reference=reference,
            policy=held.policy,
            purpose=held.purpose,
            session_uid=held.session_uid,
            capture=held.capture,
            outcome=looked.outcome,
            refusal=problem.code if problem else "",
            score_permille=permille(looked.score),
            model_id=reference.model_id,
            picture_hash=taken[0].digest if taken else "",
            picture=front(held, taken, terms, actor) if looked.frames else None,
            at=moment,
        ),
        terms,
        actor,
    )
    act = FaceAct.objects.create(
        check_row=check,
        person=locked,
        uid=held.uid,
        subject=held.subject,
        moves=",".join(held.moves),
        problem=check.refusal,
        issued_at=held.issued_at,
        at=moment,
    )
    keep_frames(act, taken, looked.frames)
    return Verified(check, problem)


def front(held: FaceChallenge, taken: Sequence[Taken], terms: FaceTerms, actor: Actor) -> SealedFile:
    """Keep the picture that looks straight, encrypted, as long as the policy says; the others are not kept."""
    shot = Shot(taken[0].content, held.purpose, held.capture)
    return sealed(shot, timedelta(hours=terms.image_hours), actor)


def keep_frames(act: FaceAct, taken: Sequence[Taken], frames: Sequence[Frame]) -> None:
    """Write the digests of the pictures that were looked at, with what was read, so that none serves again."""
    seen = dict(enumerate(frames))
    FaceFrame.objects.bulk_create(
        FaceFrame(
            act=act,
            person_id=act.person_id,
            place=place,
            digest=one.digest,
            at_ms=one.at_ms,
            turn_permille=permille(seen[place].turn),
            share_permille=permille(seen[place].share),
            reference_permille=permille(seen[place].to_reference),
            previous_permille=permille(seen[place].to_previous),
        )
        for place, one in itertools.islice(enumerate(taken), len(seen))
    )


def purge_challenges(moment: datetime) -> int:
    """Delete challenges that are a day old; what came of them stays. Returns how many (清理过期挑战)."""
    return FaceChallenge.objects.filter(issued_at__lt=moment - KEPT).delete()[0]
