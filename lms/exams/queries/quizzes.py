"""Reads of quizzes and their results."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from courses.models import LessonVersion
from courses.rules.questions import CHOICES, answer_lines
from lms.classes.models import Enrolment
from lms.exams.models import Answer, PopupAnswer, Sitting
from lms.planning.rules import StudyTerms


@dataclass(frozen=True, slots=True)
class QuizResult:
    """An enrolment's standing in a quiz (测验成绩): the best of its sittings."""

    best_percent: int
    is_passed: bool
    attempts: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A question of a submitted quiz, with what was answered and what is right (答案解析).

    `number`: 3, or 3.1 for a part of a case, whose `background` is the case's stem. `answers` and `right` are the words of
    questions without options.
    """

    number: str
    stem: str
    kind: str
    options: list[dict[str, Any]]
    is_correct: bool
    explanation: str
    earned_percent: int = 0
    is_provisional: bool = False
    answers: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    background: str = ""


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
    left = attempts_left(terms, len(taken))
    return QuizView(
        questions=[without_answers(question) for question in lesson.quiz],
        pass_percent=terms.quiz_pass_percent,
        attempts_left=left,
        result=result,
        last_percent=taken[-1].score_percent if taken else None,
        review=review_of(lesson, taken[-1], reveals=is_over(result, left)) if taken else [],
        reveals=is_over(result, left),
    )


def attempts_left(terms: StudyTerms, taken: int) -> int | None:
    """Return how often a quiz may still be taken; nothing where there is no limit (剩余次数)."""
    return None if terms.quiz_attempts is None else max(0, terms.quiz_attempts - taken)


def is_over(result: QuizResult | None, attempts_left: int | None) -> bool:
    """Return whether a quiz is passed, or may not be taken again."""
    return bool(result and result.is_passed) or attempts_left == 0


def without_answers(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question as it is asked: nothing of it tells what is right."""
    options = [{"id": option["id"], "text": option["text"]} for option in question["options"]]
    return {
        "id": question["id"],
        "kind": question["kind"],
        "stem": question["stem"],
        "options": options,
        "points": question.get("points", 1),
        "blanks": list(range(1, len(question.get("blanks", ())) + 1)),
        "image": question.get("image"),
        "audio": question.get("audio"),
        "parts": [without_answers(part) for part in question.get("parts", ())],
    }


def review_of(lesson: LessonVersion, sitting: Sitting, *, reveals: bool) -> list[ReviewedQuestion]:
    """Return a sitting's questions with what was chosen, and with what is right if it `reveals` that."""
    answers = {answer.question_id: answer for answer in sitting.answers.all()}
    reviewed = []
    for number, question in enumerate(lesson.quiz, 1):
        parts = question.get("parts", [])
        if not parts:
            reviewed.append(reviewed_question(str(number), question, answers.get(question["id"]), reveals=reveals))
        for place, part in enumerate(parts, 1):
            one = reviewed_question(f"{number}.{place}", part, answers.get(part["id"]), reveals=reveals)
            reviewed.append(replace(one, background=question["stem"] if place == 1 else ""))
    return reviewed


def reviewed_question(
    number: str, question: Mapping[str, Any], answer: Answer | PopupAnswer | None, *, reveals: bool
) -> ReviewedQuestion:
    """Return a question with its answer."""
    chosen = list(answer.chosen) if answer else []
    is_choice = question["kind"] in CHOICES
    options = [
        {**option, "correct": reveals and option["correct"], "is_chosen": option["id"] in chosen}
        for option in question["options"]
    ]
    return ReviewedQuestion(
        number=number,
        stem=question["stem"],
        kind=question["kind"],
        options=options,
        is_correct=bool(answer and answer.is_correct),
        explanation=question.get("explanation", "") if reveals else "",
        earned_percent=earned(answer),
        is_provisional=bool(answer and answer.is_provisional),
        answers=[] if is_choice else chosen,
        right=answer_lines(question) if reveals and not is_choice else [],
    )


def earned(answer: Answer | PopupAnswer | None) -> int:
    """Return what an answer earned, in percent (得分率)."""
    if answer is None:
        return 0
    if answer.earned_percent is None:
        return 100 if answer.is_correct else 0
    return answer.earned_percent


def sittings_of(enrolment: Enrolment) -> list[Sitting]:
    """Return an enrolment's sittings, newest first (测验记录)."""
    return list(Sitting.objects.filter(enrolment=enrolment).select_related("lesson").order_by("-submitted_at"))
