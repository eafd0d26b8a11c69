"""Answering a question inside a film."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from courses.models import LessonKind, LessonVersion
from courses.rules.marking import mark_one, missing_answers, unknown_choices
from lms.access.rules import Actor, require
from lms.classes.models import Enrolment
from lms.exams.models import PopupAnswer
from lms.exams.queries.popups import popup_answers_for, reach_in
from lms.exams.services.quizzes import check_open, lock_enrolment, marks_of
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError, NotFoundError

LEAD_MS = 60_000  # what a player may have played that has not reached the server yet


@transaction.atomic
def answer_popup(
    *, enrolment: Enrolment, lesson_uid: UUID, popup_id: str, answer: Sequence[str], actor: Actor
) -> PopupAnswer:
    """Take and mark the answer to a question inside a film (回答弹题). Once a version: again, it gives the first answer.

    It credits no time and is no presence check. Raises ConflictError for a place that the learner has not come to.
    """
    require(actor, "quiz.answer", enrolment)
    held = lock_enrolment(enrolment.pk)
    lesson = film_of(held, lesson_uid)
    popup = next((one for one in lesson.popups if one["id"] == popup_id), None)
    if popup is None:
        raise NotFoundError("这段视频里没有这道题，请刷新页面。", code="popup_not_found")
    question = popup["question"]
    asked = {"lesson_uid": lesson_uid, "popup_id": popup_id, "version_uid": question["version"]}
    known = popup_answers_for(held).filter(**asked).first()
    if known is not None:
        return known
    check_open(held, lesson)
    is_free = held.training_class.study_terms().skip_allowed
    if not is_free and popup["at_ms"] > reach_in(held, lesson) + LEAD_MS:
        raise ConflictError("还没有学到这道题，请先看视频。", code="popup_ahead")
    answers = {question["id"]: list(answer)}
    if wrong := missing_answers([question], answers) | unknown_choices([question], answers):
        raise InvalidError(wrong[question["id"]], fields={"answer": wrong[question["id"]]}, code="popup_incomplete")
    return PopupAnswer.objects.create(
        enrolment=held,
        lesson=lesson,
        answered_at=clock.now(),
        **asked,
        **marks_of(mark_one(question, list(answer))),
    )


def film_of(enrolment: Enrolment, lesson_uid: UUID) -> LessonVersion:
    """Return a film of the class's version."""
    version_id = enrolment.training_class.course_version_id
    lesson = LessonVersion.objects.filter(
        course_version_id=version_id, lesson_uid=lesson_uid, kind=LessonKind.VIDEO
    ).first()
    if lesson is None:
        raise NotFoundError("这个班的课程里没有这段视频，请从课程目录重新进入。", code="lesson_not_found")
    return lesson
