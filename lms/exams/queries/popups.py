"""Reads of the questions inside films and of what was answered to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from attendance.queries import lessons_studied
from courses.models import LessonKind, LessonVersion
from courses.rules.questions import leaves
from lms.classes.models import Enrolment
from lms.exams.models import PopupAnswer
from lms.exams.queries.quizzes import (
    ReviewedQuestion,
    attempts_left,
    is_over,
    quiz_results,
    reviewed_question,
    without_answers,
)


@dataclass(frozen=True, slots=True)
class PopupView:
    """A question of a film as a learner stands to it (弹题). `review`: what was answered and what is right; else nothing."""

    id: str
    at_ms: int
    question: dict[str, Any]
    review: ReviewedQuestion | None


def popups_for(enrolment: Enrolment, lesson: LessonVersion) -> list[PopupView]:
    """Return the questions of a film without their answers, those that were answered with them, by time (视频弹题)."""
    if not lesson.popups:
        return []
    found = PopupAnswer.objects.filter(enrolment=enrolment, lesson_uid=lesson.lesson_uid)
    answers = {answer.popup_id: answer for answer in found}
    secret = open_quiz_questions(enrolment) if answers else set()
    return [
        PopupView(
            id=popup["id"],
            at_ms=popup["at_ms"],
            question=without_answers(popup["question"]),
            review=review_of_popup(popup["question"], answers.get(popup["id"]), secret),
        )
        for popup in lesson.popups
    ]


def review_of_popup(
    question: Mapping[str, Any], answer: PopupAnswer | None, secret: set[str]
) -> ReviewedQuestion | None:
    """Return how a question was answered; what is right stays hidden while a quiz still asks the same (答案保密)."""
    if answer is None:
        return None
    return reviewed_question("", question, answer, reveals=question.get("question") not in secret)


def open_quiz_questions(enrolment: Enrolment) -> set[str]:
    """Return the bank's questions that stand in a quiz which the learner can still win something by (未结束测验的试题)."""
    terms = enrolment.training_class.study_terms()
    results = quiz_results([enrolment.pk])
    version_id = enrolment.training_class.course_version_id
    secret: set[str] = set()
    for quiz in LessonVersion.objects.filter(course_version_id=version_id, kind=LessonKind.QUIZ):
        result = results.get((enrolment.pk, quiz.lesson_uid))
        if not is_over(result, attempts_left(terms, result.attempts if result else 0)):
            secret |= {one["question"] for one in leaves(quiz.quiz) if "question" in one}
    return secret


def popups_taught(enrolment: Enrolment, lesson: LessonVersion, *, within_ms: int | None = None) -> list[dict[str, Any]]:
    """Return the questions on what the learner was just taught, the newest first (刚学过的题).

    That is: those of the film up to where the learner has come, within the last `within_ms` of it if that is given.
    """
    reach = reach_in(enrolment, lesson)
    first = 0 if within_ms is None else reach - within_ms
    return [popup for popup in reversed(lesson.popups) if first <= popup["at_ms"] <= reach]


def reach_in(enrolment: Enrolment, lesson: LessonVersion) -> int:
    """Return how far the learner has come in a film, in ms, as the server knows it (学到的位置)."""
    studied = lessons_studied([enrolment.pk]).get((enrolment.pk, lesson.lesson_uid))
    return studied.reach_ms if studied else 0
