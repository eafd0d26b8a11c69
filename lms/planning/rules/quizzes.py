"""What a quiz asks of learners (测验规则), as a class's terms say it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar


class Placed(Protocol):
    """A quiz with its place in the course."""

    position: int


Quiz = TypeVar("Quiz", bound=Placed)


@dataclass(frozen=True, slots=True)
class QuizRules:
    """The rules of one quiz; nothing where there is none.

    `wait_hours`: between two sittings; `ready_percent`: of the class's hours that must count before it opens.
    """

    pass_percent: int
    attempts: int | None
    is_exam: bool = False
    wait_hours: int | None = None
    ready_percent: int | None = None

    def left(self, taken: int) -> int | None:
        """Return how often a quiz may still be taken; nothing where there is no limit (剩余次数)."""
        return None if self.attempts is None else max(0, self.attempts - taken)

    def opens_at(self, last_at: datetime | None) -> datetime | None:
        """Return from when on it may be taken again after a sitting (补考时间); nothing where nobody has to wait."""
        return last_at + timedelta(hours=self.wait_hours) if self.wait_hours and last_at else None

    def is_ready(self, confirmed_ms: int, required_ms: int) -> bool:
        """Return whether enough hours count (参加条件)."""
        return self.ready_percent is None or 100 * confirmed_ms >= self.ready_percent * required_ms


def exam_among(quizzes: Sequence[Quiz]) -> Quiz | None:
    """Return which of a course's quizzes is its final test where the terms have one: the last (结业测试)."""
    return max(quizzes, key=lambda one: one.position, default=None)
