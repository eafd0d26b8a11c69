"""Face checks: how one stands, moves to be made, pictures of them, another way."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.faces import (
    ExemptionIn,
    ExemptionOut,
    FaceAskIn,
    FaceChallengeOut,
    FaceResultOut,
    FaceStateOut,
    MoveOut,
)
from api.v1.schemas.study import AnswerOut
from attendance import services as study
from lms.access.views import SignedInRequest
from lms.classes.queries import own_enrolment
from lms.faces import services
from lms.faces.models import ExemptionRuling, FaceChallenge, FaceExemption
from lms.faces.queries import standing_of
from lms.faces.rules import MOVES, PROVIDERS
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError, InvalidError
from lms.live.queries.rooms import session_at_door

router = Router()
MOST_PICTURES = 9


@router.get("/me/face", response={200: FaceStateOut, **PROBLEMS}, summary="人脸核验状态")
def face_state(request: SignedInRequest) -> Any:
    """Return how one stands with face checks. Open to everybody with a real name."""
    person = own_person(request)
    standing = standing_of(person, clock.now())
    exempt = standing.exemption
    return FaceStateOut(
        consented=standing.consent is not None,
        enrolled_until=standing.reference.expires_at if standing.reference else None,
        exempt_until=exempt.ruling.until if exempt else None,
        exemption=state_of(standing.asked),
        can_check=standing.can_check,
        tries_left=standing.tries_left,
        provider=PROVIDERS.get(services.provider_for(person, standing.policy)),
    )


def state_of(asked: FaceExemption | None) -> Literal["waits", "granted", "refused"] | None:
    """Return how a request for another way stands."""
    if asked is None:
        return None
    ruling: ExemptionRuling | None = getattr(asked, "ruling", None)
    if ruling is None:
        return "waits"
    return "granted" if ruling.granted else "refused"


def own_person(request: SignedInRequest) -> Any:
    """Return who is signed in. Raises ForbiddenError without a real name."""
    if request.user.person is None:
        raise ForbiddenError("请先完成实名登记，再使用人脸核验。", code="real_name_required")
    return request.user.person


@router.post("/me/face/exemptions", response={201: ExemptionOut, **PROBLEMS}, summary="申请免人脸核验")
def ask_exemption(request: SignedInRequest, payload: ExemptionIn) -> Any:
    """Ask for another way than the face; the office decides. Open to everybody with a real name."""
    asked = services.ask_exemption(
        person=own_person(request), reason=payload.reason, words=payload.words, actor=actor_of(request)
    )
    return Status(201, ExemptionOut(id=asked.uid, reason=asked.reason, asked_at=asked.at))


@router.post(
    "/me/enrolments/{uuid:uid}/lessons/{uuid:lesson}/face",
    response={201: FaceChallengeOut, **PROBLEMS},
    summary="开始学习前的人脸核验",
)
def ask_for_start(request: HttpRequest, uid: UUID, lesson: UUID, payload: FaceAskIn) -> Any:
    """Draw the moves that open a lesson. Every draw is a try. Open to the learner of the enrolment."""
    actor = actor_of(request)
    drawn = study.ask_face_for_start(
        enrolment=own_enrolment(actor, uid), lesson_uid=lesson, capture=payload.capture, actor=actor
    )
    return Status(201, challenge_out(drawn))


@router.post(
    "/study-sessions/{uuid:session}/checks/{int:check}/face",
    response={201: FaceChallengeOut, **PROBLEMS},
    summary="应答人脸抽查",
)
def ask_for_check(request: HttpRequest, session: UUID, check: int, payload: FaceAskIn) -> Any:
    """Draw the moves that answer an open check of kind `face`. Open to the learner who opened the session."""
    drawn = study.ask_face_for_check(session=session, number=check, capture=payload.capture, actor=actor_of(request))
    return Status(201, challenge_out(drawn))


@router.post(
    "/live/{uuid:uid}/room/roll-calls/{uuid:roll_call}/face",
    response={201: FaceChallengeOut, **PROBLEMS},
    summary="人脸点名",
)
def ask_for_roll(request: HttpRequest, uid: UUID, roll_call: UUID, payload: FaceAskIn) -> Any:
    """Draw the moves that answer a roll-call of kind `face`; too late is 409 `roll_call_over`. Open to the room's learners."""
    drawn = study.ask_face_for_roll(
        session=session_at_door(uid), roll_call=roll_call, capture=payload.capture, actor=actor_of(request)
    )
    return Status(201, challenge_out(drawn))


def challenge_out(drawn: FaceChallenge) -> FaceChallengeOut:
    """Return a challenge's fields."""
    moves = [MoveOut(move=move, sentence=MOVES[move]) for move in drawn.moves]
    return FaceChallengeOut(id=drawn.uid, moves=moves, seconds=drawn.seconds, pictures=len(moves) + 1)


@router.post("/face-challenges/{uuid:uid}", response={200: FaceResultOut, **PROBLEMS}, summary="提交人脸核验")
def submit(
    request: HttpRequest,
    uid: UUID,
    pictures: File[list[UploadedFile]],
    at: Form[str],
) -> Any:
    """Judge the pictures of an act, once. Open to whoever asked for the moves.

    `pictures`: JPEG, in the order in which they were taken; `at`: their times in ms since the moves came, as `0,2750,5500`.
    """
    frames = [
        study.Taken(picture.read(), at_ms) for picture, at_ms in zip(pictures, times_of(at, len(pictures)), strict=True)
    ]
    ended = study.submit_face(challenge=uid, frames=frames, actor=actor_of(request))
    problem, answered = ended.problem, ended.answered
    return FaceResultOut(
        outcome=ended.verified.check.outcome,
        code=problem.code if problem else "",
        detail=problem.sentence if problem else "核验通过。",
        roll="answered" if ended.has_answered_roll else None,
        check=AnswerOut(**answered.fields()) if answered else None,
        appeal_days=ended.appeal_days,
    )


def times_of(text: str, count: int) -> list[int]:
    """Return the times of pictures. Raises InvalidError when they are none, or not as many."""
    parts = text.split(",")
    if (
        not 1 <= count <= MOST_PICTURES
        or len(parts) != count
        or not all(part.isascii() and part.isdigit() for part in parts)
    ):
        raise InvalidError(
            "照片和时间对不上，请重新核验。", code="pictures_unreadable", fields={"at": "时间和照片要一样多。"}
        )
    return [min(int(part[:12]), 10**12) for part in parts]
