"""Questions, polls and roll-calls of a room. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

MOST_OPTIONS, LONGEST_OPTION, LONGEST_POLL = 8, 60, 200
SLACK = timedelta(seconds=3)  # an answer that was given in time may arrive a little later
CODE_DIGITS = 4
ROLL = "roll:"
MOST_TRIES = 5  # wrong codes of one learner in one roll-call


class Roll(StrEnum):
    """How a roll-call ended for somebody (点名结果)."""

    ANSWERED = "answered"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class PollPlan:
    """What the class is asked (投票). `shows_results`: to everybody while it runs; when it is closed in any case."""

    text: str
    options: tuple[str, ...]
    is_multiple: bool = False
    shows_results: bool = True


def poll_problems(plan: PollPlan) -> dict[str, str]:
    """Return a sentence for every field of a poll that is wrong."""
    wrong = {}
    if not 2 <= len(plan.text.strip()) <= LONGEST_POLL:
        wrong["text"] = f"请填写要问的问题（2至{LONGEST_POLL}个字）。"
    filled = [option.strip() for option in plan.options]
    if not 2 <= len(filled) <= MOST_OPTIONS or not all(0 < len(option) <= LONGEST_OPTION for option in filled):
        wrong["options"] = f"请填写2至{MOST_OPTIONS}个选项，每个不超过{LONGEST_OPTION}个字。"
    elif len(set(filled)) < len(filled):
        wrong["options"] = "有两个选项相同，请改成不同的。"
    return wrong


def choices_problem(choices: Sequence[int], options: int, *, is_multiple: bool) -> str:
    """Return what is wrong with an answer to a poll, or nothing."""
    if not choices or len(set(choices)) < len(choices) or not all(0 <= one < options for one in choices):
        return "请先选择再提交。"
    return "这一题只能选一个。" if len(choices) > 1 and not is_multiple else ""


def tallies(answers: Iterable[Sequence[int]], options: int) -> list[int]:
    """Return how often each option was chosen (投票结果)."""
    counted = Counter(one for choices in answers for one in choices)
    return [counted[number] for number in range(options)]


def is_in_time(now: datetime, closes_at: datetime) -> bool:
    """Return whether an answer to a roll-call still counts; the server's clock decides."""
    return now <= closes_at + SLACK


def roll_subject(roll_call: UUID) -> str:
    """Return what a pass at a roll-call by face is bound to."""
    return f"{ROLL}{roll_call.hex}"


def missed(asked: Iterable[int], answered: Iterable[int]) -> list[int]:
    """Return who was there when the roll was called and did not answer, in order (未应答名单)."""
    return sorted(set(asked) - set(answered))
