"""Marking quizzes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Question = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Marked:
    """A question's answer, marked (阅卷)."""

    question_id: str
    chosen: tuple[str, ...]
    is_correct: bool


def mark(questions: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> list[Marked]:
    """Return each question marked: all right options and no wrong one, or nothing (全对得分)."""
    marked = []
    for question in questions:
        right = {option["id"] for option in question["options"] if option["correct"]}
        chosen = tuple(dict.fromkeys(answers.get(question["id"], ())))
        marked.append(Marked(question["id"], chosen, set(chosen) == right))
    return marked


def unknown_choices(questions: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a sentence for every answer that names no option, or too many for its question."""
    wrong = {}
    known = {question["id"]: question for question in questions}
    for question_id, chosen in answers.items():
        question = known.get(question_id)
        options = {option["id"] for option in question["options"]} if question else set()
        if question is None or not set(chosen) <= options:
            wrong[question_id] = "这道题或选项不在本次测验中，请刷新页面。"
        elif question["kind"] != "multiple" and len(chosen) > 1:
            wrong[question_id] = "这道题只能选一项。"
    return wrong


def score_percent(marked: Sequence[Marked]) -> int:
    """Return the share of right answers, in whole percent, rounded down."""
    return 100 * sum(one.is_correct for one in marked) // len(marked) if marked else 0
