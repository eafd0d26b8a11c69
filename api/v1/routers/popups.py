"""/me/enrolments/…/popups: the questions inside a film, without their answers until they were answered."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Router, Status

from api.v1.auth import actor_of
from api.v1.errors import PROBLEMS
from api.v1.schemas.learning import PartOut
from api.v1.schemas.popups import PopupAnswerIn, PopupOut, PopupReviewOut
from lms.access.views import SignedInRequest
from lms.classes.queries import own_enrolment
from lms.exams.queries.popups import PopupView, popups_for
from lms.exams.services.popups import answer_popup, film_of

router = Router()


def popup_out(popup: PopupView) -> PopupOut:
    """Return a question's fields."""
    review = None
    if popup.review is not None:
        review = PopupReviewOut(
            is_correct=popup.review.is_correct,
            earned_percent=popup.review.earned_percent,
            is_provisional=popup.review.is_provisional,
            chosen=[option["id"] for option in popup.review.options if option["is_chosen"]] or popup.review.answers,
            right_options=[option["id"] for option in popup.review.options if option["correct"]],
            right_words=popup.review.right,
            explanation=popup.review.explanation,
            asked_in=popup.review.asked_in,
        )
    return PopupOut(id=popup.id, at=popup.at_ms, question=PartOut(**popup.question), review=review)


@router.get(
    "/me/enrolments/{uuid:uid}/popups/{uuid:lesson}", response={200: list[PopupOut], **PROBLEMS}, summary="视频弹题"
)
def popups(request: SignedInRequest, uid: UUID, lesson: UUID) -> Any:
    """Return the questions of a film by time. Open to the learner of the enrolment."""
    enrolment = own_enrolment(actor_of(request), uid)
    return [popup_out(one) for one in popups_for(enrolment, film_of(enrolment, lesson))]


@router.post(
    "/me/enrolments/{uuid:uid}/popups/{uuid:lesson}/{popup}",
    response={201: PopupOut, **PROBLEMS},
    summary="回答弹题",
)
def answer(request: SignedInRequest, uid: UUID, lesson: UUID, popup: str, payload: PopupAnswerIn) -> Any:
    """Answer a question of a film, once: again it gives the first answer. Open to the learner of the enrolment."""
    actor = actor_of(request)
    enrolment = own_enrolment(actor, uid)
    answer_popup(enrolment=enrolment, lesson_uid=lesson, popup_id=popup, answer=payload.answer, actor=actor)
    found = popups_for(enrolment, film_of(enrolment, lesson))
    return Status(201, popup_out(next(one for one in found if one.id == popup)))
