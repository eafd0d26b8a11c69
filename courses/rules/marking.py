"""Marking answers: of quizzes, and of questions inside a film. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courses.rules.questions import CHOICES, FILL, LETTERS, SHORT, as_number, folded, leaves, tolerance_of

Question = Mapping[str, Any]
LONGEST_ANSWER = {FILL: 100, SHORT: 2000}


@dataclass(frozen=True, slots=True)
class Marked:
    """A question's answer, marked (阅卷). `is_provisional`: a machine looked for key points, no person read it."""

    question_id: str
    chosen: tuple[str, ...]
    earned_percent: int
    points: int
    is_provisional: bool = False
    version: str = ""

    @property
    def is_correct(self) -> bool:
        """Return whether everything was earned."""
        return self.earned_percent == 100


def mark(questions: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> list[Marked]:
    """Return every question marked, a case part by part (阅卷).

    Choices earn all or nothing: all right options and no wrong one (全对得分). Blanks earn by their share, short answers
    by the weights of the key points that are found in them.
    """
    return [mark_one(leaf, answers.get(leaf["id"], ())) for leaf in leaves(questions)]


def mark_one(question: Question, given: Sequence[str]) -> Marked:
    """Return one question marked."""
    kind = question["kind"]
    chosen = tuple(dict.fromkeys(given)) if kind in CHOICES else tuple(given)
    earned = {FILL: fill_percent, SHORT: short_percent}.get(kind, choice_percent)(question, chosen)
    version = question.get("version", "")
    return Marked(question["id"], chosen, earned, question.get("points", 1), kind == SHORT, version)


def choice_percent(question: Question, chosen: Sequence[str]) -> int:
    """Return 100 for exactly the right options, else 0."""
    right = {option["id"] for option in question["options"] if option["correct"]}
    return 100 if set(chosen) == right else 0


def fill_percent(question: Question, texts: Sequence[str]) -> int:
    """Return the share of right blanks in percent, rounded down."""
    blanks = question["blanks"]
    right = sum(blank_accepts(blank, text) for blank, text in zip(blanks, texts, strict=False))
    return 100 * right // len(blanks)


def blank_accepts(blank: Mapping[str, Any], text: str) -> bool:
    """Return whether a blank accepts a text: width, case and blanks make no difference, numbers count by value (填空判分)."""
    answer, number = folded(text), as_number(text)
    for accepted in blank["accepts"]:
        target = as_number(accepted)
        if target is None or number is None:
            if answer == folded(accepted):
                return True
        elif abs(number - target) <= tolerance_of(blank["tolerance"], target):
            return True
    return False


def short_percent(question: Question, texts: Sequence[str]) -> int:
    """Return the share of the weights of the key points that stand in an answer, in percent, rounded down (得分点)."""
    answer, points = folded("".join(texts)), question["key_points"]
    found: int = sum(point["weight"] for point in points if any(folded(word) in answer for word in point["words"]))
    total: int = sum(point["weight"] for point in points)
    return 100 * found // total


def unknown_choices(questions: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a sentence for every answer that names no option, or too many for its question, or is too long."""
    wrong = {}
    known = {question["id"]: question for question in leaves(questions)}
    for question_id, chosen in answers.items():
        question = known.get(question_id)
        if sentence := unusable(question, chosen) if question else "这道题或选项不在本次测验中，请刷新页面。":
            wrong[question_id] = sentence
    return wrong


def unusable(question: Question, chosen: Sequence[str]) -> str:
    """Return why an answer cannot be marked, or nothing."""
    kind = question["kind"]
    if kind in CHOICES:
        if not set(chosen) <= {option["id"] for option in question["options"]}:
            return "这道题或选项不在本次测验中，请刷新页面。"
        return "这道题只能选一项。" if kind != "multiple" and len(chosen) > 1 else ""
    most = len(question["blanks"]) if kind == FILL else 1
    if len(chosen) > most:
        return "答案的个数与空的个数不符，请刷新页面。"
    longest = LONGEST_ANSWER[kind]
    return f"答案太长，最多{longest}个字。" if any(len(text) > longest for text in chosen) else ""


def missing_answers(questions: Sequence[Question], answers: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return a sentence for every question that is not answered, or not in all its blanks (漏答)."""
    missing = {}
    for question in leaves(questions):
        given = [text for text in answers.get(question["id"], ()) if text.strip()]
        wanted = len(question["blanks"]) if question["kind"] == FILL else 1
        if len(given) < wanted:
            missing[question["id"]] = "请选择答案。" if question["kind"] in CHOICES else "请填写答案。"
    return missing


def score_percent(marked: Sequence[Marked]) -> int:
    """Return the share of earned points, in whole percent, rounded down."""
    points = sum(one.points for one in marked)
    return sum(one.earned_percent * one.points for one in marked) // points if points else 0


def right_answer(question: Question) -> list[str]:
    """Return an answer that earns everything (标准答案)."""
    if question["kind"] == FILL:
        return [blank["accepts"][0] for blank in question["blanks"]]
    if question["kind"] == SHORT:
        return ["，".join(point["words"][0] for point in question["key_points"])]
    return [option["id"] for option in question["options"] if option["correct"]]


def answer_words(question: Question, chosen: Sequence[str]) -> list[str]:
    """Return what was answered as people read it: options by letter and text (作答文本)."""
    if question["kind"] not in CHOICES:
        return list(chosen)
    return [
        f"{LETTERS[place]}. {option['text']}"
        for place, option in enumerate(question["options"])
        if option["id"] in chosen
    ]
