"""When a course is fit to be submitted, and what a version is made of. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from courses.rules.questions import CHOICES, choice_problem


def quiz_problems(questions: list[dict[str, Any]]) -> list[str]:
    """Return what is wrong with a quiz, a sentence each (试题检查)."""
    problems = [] if questions else ["测验里还没有试题。"]
    for number, question in enumerate(questions, 1):
        if not question["stem"].strip():
            problems.append(f"第{number}题没有题干。")
        if question["kind"] in CHOICES and (wrong := choice_problem(question["kind"], question["options"])):
            problems.append(f"第{number}题：{wrong}。")
    return problems


def digest_of(lessons: list[dict[str, Any]]) -> str:
    """Return SHA-256 over the content of all lessons (内容摘要)."""
    return hashlib.sha256(json.dumps(lessons, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def slug_of(prefix: str, uid_hex: str) -> str:
    """Return an address part that is never Chinese: such addresses are ugly in WeChat and Wagtail refuses them blank."""
    return f"{prefix}-{uid_hex[:10]}"
