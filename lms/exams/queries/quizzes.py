"""Reads of quizzes and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from courses.models import LessonVersion
from courses.rules.questions import CHOICES, answer_lines, without_answers
from lms.classes.models import Enrolment
from lms.exams.models import Answer, PopupAnswer, Sitting
from lms.exams.queries.results import (
    QuizResult,
    Secrets,
    is_over,
    known_by,
    open_quiz_questions,
    quiz_results,
    rules_of,
    sittings_for,
)
from lms.kernel import clock


@dataclass(frozen=True, slots=True)
class ReviewedQuestion:
    """A question of a submitted quiz, with what was answered and what is right (答案解析).

    `number`: 3, or 3.1 for a part of a case; the first part has the `case` as it was asked. `answers` and `right` are the
    words of questions without options. `reveals`: what is right may be shown. If only another quiz that still asks it forbids that,
    `asked_in` is its title.
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
    image: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    case: dict[str, Any] | None = None
    reveals: bool = False
    asked_in: str = ""


@dataclass(frozen=True, slots=True)
class QuizView:
    """What a learner sees of a quiz (随堂测验).

    After a submission it tells which questions were right. The right answers are shown once they cannot be copied any
    more: after passing, or after the last attempt, and when no other quiz of the class still asks the same.
    `opens_at`: from when on it may be taken again, while one has to wait.
    """

    questions: list[dict[str, Any]]
    pass_percent: int
    attempts_left: int | None
    result: QuizResult | None
    is_exam: bool = False
    opens_at: datetime | None = None
    last_percent: int | None = None
    reveals: bool = False
    review: list[ReviewedQuestion] = field(default_factory=list)


def quiz_for(enrolment: Enrolment, lesson: LessonVersion) -> QuizView:
    """Return a quiz without its answers; the last submission with them once nothing is left to be won by them.

    The submission is shown beside the questions that it answered, which the class may have left by an upgrade (换版).
    """
    terms = enrolment.training_class.study_terms()
    sittings = sittings_for([enrolment.pk]).filter(lesson_uid=lesson.lesson_uid)
    taken = list(sittings.select_related("lesson").prefetch_related("answers"))
    results = quiz_results([enrolment.pk])
    result = results.get((enrolment.pk, lesson.lesson_uid))
    rules = rules_of(terms, lesson)
    left = rules.left(len(taken))
    reveals = is_over(result, left)
    secrets = open_quiz_questions(enrolment, results) if taken and reveals else {}
    return QuizView(
        questions=[without_answers(question) for question in lesson.quiz],
        pass_percent=rules.pass_percent,
        attempts_left=left,
        result=result,
        is_exam=rules.is_exam,
        opens_at=None if reveals else still_to_come(rules.opens_at(taken[-1].submitted_at if taken else None)),
        last_percent=taken[-1].score_percent if taken else None,
        review=review_of(taken[-1], secrets, is_over=reveals) if taken else [],
        reveals=reveals,
    )


def still_to_come(moment: datetime | None) -> datetime | None:
    """Return a moment that has not come yet."""
    return moment if moment and moment > clock.now() else None


def review_of(sitting: Sitting, secrets: Secrets, *, is_over: bool) -> list[ReviewedQuestion]:
    """Return a sitting's questions with what was chosen; with what is right once its quiz is over and none asks it still."""
    answers = {answer.question_id: answer for answer in sitting.answers.all()}
    reviewed = []
    for number, question in enumerate(sitting.lesson.quiz, 1):
        parts = question.get("parts", [])
        for place, leaf in enumerate(parts or [question], 1):
            name = f"{number}.{place}" if parts else str(number)
            one = reviewed_question(name, leaf, answers.get(leaf["id"]), secrets, is_over=is_over)
            reviewed.append(replace(one, case=without_answers(question)) if parts and place == 1 else one)
    return reviewed


def reviewed_question(
    number: str,
    question: Mapping[str, Any],
    answer: Answer | PopupAnswer | None,
    secrets: Secrets,
    *,
    is_over: bool = True,
) -> ReviewedQuestion:
    """Return a question with its answer; what is right stays hidden while a quiz still asks the same (答案保密)."""
    asked_in = secrets.get(known_by(question), "") if is_over else ""
    reveals = is_over and not asked_in
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
        image=question.get("image"),
        audio=question.get("audio"),
        reveals=reveals,
        asked_in=asked_in,
    )


def earned(answer: Answer | PopupAnswer | None) -> int:
    """Return what an answer earned, in percent (得分率)."""
    if answer is None:
        return 0
    if answer.earned_percent is None:
        return 100 if answer.is_correct else 0
    return answer.earned_percent


def sittings_of(enrolment: Enrolment) -> list[Sitting]:
    """Return the sittings that count for an enrolment, newest first (测验记录)."""
    return list(sittings_for([enrolment.pk]).select_related("lesson").order_by("-submitted_at"))
