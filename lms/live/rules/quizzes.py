"""Quizzes in the room: questions of the bank asked at once for a time (随堂小测). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from courses.rules.marking import answer_words, missing_answers, right_answer, unknown_choices
from courses.rules.questions import CHOICES, FILL, leaves, without_answers

KINDS = frozenset(CHOICES | {FILL})  # what is marked at once and needs no reading by people
MOST_QUESTIONS = 10
SHORTEST, LONGEST = 20, 1800  # seconds

Question = Mapping[str, Any]
Answers = Mapping[str, Sequence[str]]


class Tally(TypedDict):
    """How a question was answered (各选项人数): by option in their order, and how many were right."""

    options: list[int]
    right: int


def quiz_problems(chosen: Sequence[object], seconds: int) -> dict[str, str]:
    """Return a sentence for every field of a quiz that is wrong."""
    wrong = {}
    if not 1 <= len(chosen) <= MOST_QUESTIONS:
        wrong["questions"] = f"请从题库选择1至{MOST_QUESTIONS}道题。"
    elif len(set(chosen)) < len(chosen):
        wrong["questions"] = "有一道题选了两次，请去掉一次。"
    if not SHORTEST <= seconds <= LONGEST:
        wrong["seconds"] = f"作答时间应在{SHORTEST}秒至{LONGEST // 60}分钟之间。"
    return wrong


def reserved(quizzes: Iterable[Sequence[Question]]) -> set[str]:
    """Return the bank's questions that quizzes of a course ask: their solutions are not shown to a room (本班测验用题)."""
    return {str(leaf["question"]) for quiz in quizzes for leaf in leaves(quiz) if "question" in leaf}


def answer_problems(questions: Sequence[Question], answers: Answers, *, is_partial: bool) -> dict[str, str]:
    """Return a sentence for every answer that cannot be taken. `is_partial`: the time is up, what is there is handed in."""
    missing = {} if is_partial else missing_answers(questions, answers)
    return missing | unknown_choices(questions, answers)


def tallied(questions: Sequence[Question], given: Iterable[tuple[Answers, Mapping[str, int]]]) -> list[Tally]:
    """Return how every question was answered. `given`: what each learner answered, and what that earned."""
    chosen: Counter[tuple[str, str]] = Counter()
    right: Counter[str] = Counter()
    for answers, earned in given:
        chosen.update((question, one) for question, found in answers.items() for one in set(found))
        right.update(question for question, percent in earned.items() if percent == 100)
    return [
        {"options": [chosen[one["id"], option["id"]] for option in one["options"]], "right": right[one["id"]]}
        for one in questions
    ]


def asked(questions: Sequence[Question], *, with_solutions: bool) -> list[dict[str, Any]]:
    """Return questions as the room sees them; once the quiz is over with what is right, and why."""
    found = []
    for one in questions:
        solution = {"right": right_answer(one), "words": right_words(one), "explanation": one["explanation"]}
        found.append(without_answers(one) | {"solution": solution if with_solutions else None})
    return found


def right_words(question: Question) -> list[str]:
    """Return what is right as people read it (正确答案)."""
    return answer_words(question, right_answer(question))
