"""/live/{id}/room: quizzes: questions of the bank for a time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from ninja import Router

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.room_quizzes import (
    BankPageOut,
    OwnRoomQuizOut,
    RoomQuizAnswersIn,
    RoomQuizIn,
    RoomQuizOut,
    RoomQuizRowOut,
)
from lms.access.views import SignedInRequest
from lms.kernel.numbers import page_number
from lms.live import services
from lms.live.queries.quizzes import answer_data, bank_for, bank_row, quiz_data, quiz_rows
from lms.live.queries.rooms import leader_at, reader_at, session_at_door

router = Router()
ROOM = "/live/{uuid:uid}/room"
PAGE_SIZE = 20


@router.get(f"{ROOM}/bank", response={200: BankPageOut, **PROBLEMS}, summary="可选试题")
def bank(request: SignedInRequest, uid: UUID, q: str = "", cursor: str = "") -> Any:
    """Return questions of the institution's bank that the room may be asked: those marked at once, in no quiz of the course.

    Open to the lesson's teacher and assistants.
    """
    found = bank_for(leader_at(actor_of(request), uid).session, q)
    page = Paginator(found, PAGE_SIZE).get_page(page_number(cursor))
    return {
        "items": [bank_row(one) for one in page.object_list],
        "next_cursor": str(page.next_page_number()) if page.has_next() else None,
    }


@router.post(f"{ROOM}/quizzes", response={200: RoomQuizOut, **PROBLEMS}, summary="发起小测")
def open_quiz(request: SignedInRequest, uid: UUID, payload: RoomQuizIn) -> Any:
    """Ask the class questions of the bank; one quiz at a time. Open to the lesson's teacher and assistants."""
    return quiz_data(
        services.open_quiz(
            session=session_at_door(uid), questions=payload.questions, seconds=payload.seconds, actor=actor_of(request)
        )
    )


@router.post(f"{ROOM}/quizzes/{{uuid:quiz}}/answers", response={200: OwnRoomQuizOut, **PROBLEMS}, summary="提交小测")
def answer_quiz(request: SignedInRequest, uid: UUID, quiz: UUID, payload: RoomQuizAnswersIn) -> Any:
    """Hand in a quiz, once; sent again, the first answers come back. Too late is 409 `quiz_over`. Open to the room's learners."""
    made = services.answer_quiz(
        session=session_at_door(uid), quiz=quiz, answers=payload.answers, is_partial=payload.is_partial,
        actor=actor_of(request),
    )  # fmt: skip
    return answer_data(made)


@router.post(f"{ROOM}/quizzes/{{uuid:quiz}}/end", response={200: RoomQuizOut, **PROBLEMS}, summary="结束小测")
def close_quiz(request: SignedInRequest, uid: UUID, quiz: UUID) -> Any:
    """End a quiz and show everybody what is right. Open to the lesson's teacher and assistants."""
    return quiz_data(services.close_quiz(session=session_at_door(uid), quiz=quiz, actor=actor_of(request)))


@router.get(f"{ROOM}/quizzes/{{uuid:quiz}}", response={200: list[RoomQuizRowOut], **PROBLEMS}, summary="小测成绩")
def results(request: SignedInRequest, uid: UUID, quiz: UUID) -> Any:
    """Return how everybody did, the best first. Open to the lesson's teacher, assistants and inspectors."""
    return quiz_rows(reader_at(actor_of(request), uid), quiz)
