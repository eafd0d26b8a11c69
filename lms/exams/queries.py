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
    """What a learner sees of a quiz (随堂测验).

    After a submission it tells which questions were right. The right answers are shown once they cannot be copied any
    more: after passing, or after the last attempt.
    """

    questions: list[dict[str, Any]]
    pass_percent: int
    attempts_left: int | None
    result: QuizResult | None
    last_percent: int | None = None
    reveals: bool = False
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
    """Return a quiz without its answers; the last submission with them once nothing is left to be won by them."""
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
        last_percent=taken[-1].score_percent if taken else None,
        review=review_of(lesson, taken[-1], reveals=is_over(result, left)) if taken else [],
        reveals=is_over(result, left),
    )


def is_over(result: QuizResult | None, attempts_left: int | None) -> bool:
    """Return whether a quiz is passed, or may not be taken again."""
    return bool(result and result.is_passed) or attempts_left == 0


def without_answers(question: dict[str, Any]) -> dict[str, Any]:
    """Return a question as it is asked."""
    options = [{"id": option["id"], "text": option["text"]} for option in question["options"]]
    return {"id": question["id"], "kind": question["kind"], "stem": question["stem"], "options": options}


def review_of(lesson: LessonVersion, sitting: Sitting, *, reveals: bool) -> list[ReviewedQuestion]:
    """Return a sitting's questions with what was chosen, and with what is right if it `reveals` that."""
    answers = {answer.question_id: answer for answer in sitting.answers.all()}
    reviewed = []
    for number, question in enumerate(lesson.quiz, 1):
        answer = answers.get(question["id"])
        chosen = set(answer.chosen) if answer else set()
        options = [
            {**option, "correct": reveals and option["correct"], "is_chosen": option["id"] in chosen}
            for option in question["options"]
        ]
        right = bool(answer and answer.is_correct)
        explanation = question.get("explanation", "") if reveals else ""
        reviewed.append(ReviewedQuestion(number, question["stem"], question["kind"], options, right, explanation))
    return reviewed


def sittings_of(enrolment: Enrolment) -> list[Sitting]:
    """Return an enrolment's sittings, newest first (测验记录)."""
    return list(Sitting.objects.filter(enrolment=enrolment).select_related("lesson").order_by("-submitted_at"))
