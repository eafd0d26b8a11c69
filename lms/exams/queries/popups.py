"""Reads of the questions inside films and of what was answered to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from attendance.queries import lessons_studied
from courses.models import LessonVersion
from courses.rules.questions import without_answers
from lms.classes.models import Enrolment
from lms.exams.models import PopupAnswer
from lms.exams.queries.quizzes import ReviewedQuestion, reviewed_question
from lms.exams.queries.results import Secrets, counts_for, open_quiz_questions, quiz_results


@dataclass(frozen=True, slots=True)
class PopupView:
    """A question of a film as a learner stands to it (弹题). `review`: what was answered and what is right; else nothing."""

    id: str
    at_ms: int
    question: dict[str, Any]
    review: ReviewedQuestion | None


def popups_for(enrolment: Enrolment, lesson: LessonVersion) -> list[PopupView]:
    """Return the questions of a film without their answers, those that were answered with them, by time (视频弹题).

    An answer belongs to the version of the question that was asked: after an upgrade (换版) a changed one is asked again.
    Of two that a person gave under two records, the first one stands.
    """
    if not lesson.popups:
        return []
    found = popup_answers_for(enrolment).filter(lesson_uid=lesson.lesson_uid)
    answers = {(answer.popup_id, str(answer.version_uid)): answer for answer in found.reverse()}
    secrets = open_quiz_questions(enrolment, quiz_results([enrolment.pk])) if answers else {}
    return [
        popup_view(popup, answers.get((popup["id"], popup["question"]["version"])), secrets) for popup in lesson.popups
    ]


def popup_answers_for(enrolment: Enrolment) -> QuerySet[PopupAnswer]:
    """Return what was answered inside films and counts for an enrolment, oldest first (计入的弹题作答)."""
    return PopupAnswer.objects.filter(counts_for([enrolment.pk])).order_by("answered_at", "pk")


def popup_view(popup: Mapping[str, Any], answer: PopupAnswer | None, secrets: Secrets) -> PopupView:
    """Return a question of a film, with what was answered to it."""
    question = popup["question"]
    review = None if answer is None else reviewed_question("", question, answer, secrets)
    return PopupView(id=popup["id"], at_ms=popup["at_ms"], question=without_answers(question), review=review)


def reach_in(enrolment: Enrolment, lesson: LessonVersion) -> int:
    """Return how far the learner has come in a film, in ms, as the server knows it (学到的位置)."""
    studied = lessons_studied([enrolment.pk]).get((enrolment.pk, lesson.lesson_uid))
    return studied.reach_ms if studied else 0
