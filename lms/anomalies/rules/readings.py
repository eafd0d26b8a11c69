"""How much there is to read in a quiz. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def characters_of(questions: Iterable[Mapping[str, Any]]) -> int:
    """Return how many characters somebody reads who answers these questions: stems, options, parts of cases (题目字数)."""
    return sum(
        len(question["stem"])
        + sum(len(option["text"]) for option in question.get("options", ()))
        + characters_of(question.get("parts", ()))
        for question in questions
    )
