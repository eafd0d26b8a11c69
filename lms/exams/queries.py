"""Reads of quizzes and their results."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from courses.models import LessonVersion
from lms.classes.models import Enrolment
from lms.exams.models import Sitting


@dataclass(frozen=True, slots=True)
class QuizResult:
    """An enrolment's standing in a quiz (测验成绩): the best of its sittings."""

    best_percent: int
    is_passed: bool
    attempts: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A question of a submitted quiz, with what was chosen and what is right (答案解析)."""

    number: int
    stem: str
    kind: str
    options: list[dict[str, Any]]
    is_correct: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class QuizView:
    """What a learner sees of a quiz (随堂测验). The right answers are shown only after a submission."""

    questions: list[dict[str, Any]]
    pass_percent: int
    attempts_left: int | None
    result: QuizResult | None
    review: list[ReviewedQuestion] = field(default_factory=list)


def quiz_results(enrolment_ids: Collection[int]) -> dict[tuple[int, UUID], QuizResult]:
    """Return results by (enrolment, lesson uid). One query."""
    found: dict[tuple[int, UUID], QuizResult] = {}
    for sitting in Sitting.objects.filter(enrolment_id__in=enrolment_ids).order_by("attempt"):
        key = (sitting.enrolment_id, sitting.lesson_uid)
        known = found.get(key)
        found[key] = QuizResult(
            best_percent=max(sitting.score_percent, known.best_percent if known else 0),
            is_passed=sitting.is_passed or bool(known and known.is_passed),
            attempts=sitting.attempt,
            last_at=sitting.submitted_at,
        )
    return found


def quiz_for(enrolment: Enrolment, lesson: LessonVersion) -> QuizView:
    """Return a quiz without its answers, and after a submission the last one with them."""
    terms = enrolment.training_class.study_terms()
    sittings = Sitting.objects.filter(enrolment=enrolment, lesson_uid=lesson.lesson_uid).prefetch_related("answers")
    taken = list(sittings.order_by("attempt"))
    result = quiz_results([enrolment.pk]).get((enrolment.pk, lesson.lesson_uid))
    left = None if terms.quiz_attempts is None else max(0, terms.quiz_attempts - len(taken))
    return QuizView(
        questions=[without_answers(question) for question in lesson.quiz],
        pass_percent=terms.quiz_pass_percent,
        attempts_left=left,
        result=result,
        review=review_of(lesson, taken[-1]) if taken else [],
    )


def without_answers(question: dict[str, Any]) -> dict[str, Any]:
    """Return a question as it is asked."""
    options = [{"id": option["id"], "text": option["text"]} for option in question["options"]]
    return {"id": question["id"], "kind": question["kind"], "stem": question["stem"], "options": options}


def review_of(lesson: LessonVersion, sitting: Sitting) -> list[ReviewedQuestion]:
    """Return a sitting's questions with what was chosen and what is right."""
    answers = {answer.question_id: answer for answer in sitting.answers.all()}
    reviewed = []
    for number, question in enumerate(lesson.quiz, 1):
        answer = answers.get(question["id"])
        chosen = set(answer.chosen) if answer else set()
        options = [{**option, "is_chosen": option["id"] in chosen} for option in question["options"]]
        right = bool(answer and answer.is_correct)
        explanation = question.get("explanation", "")
        reviewed.append(ReviewedQuestion(number, question["stem"], question["kind"], options, right, explanation))
    return reviewed


def sittings_of(enrolment: Enrolment) -> list[Sitting]:
    """Return an enrolment's sittings, newest first (测验记录)."""
    return list(Sitting.objects.filter(enrolment=enrolment).select_related("lesson").order_by("-submitted_at"))
