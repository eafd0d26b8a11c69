"""What answers tell of a question: difficulty and discrimination (题目分析). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class ItemPolicy:
    """题目分析口径. From how many answers a figure is shown, and which share the upper and lower groups have."""

    effective_from: date
    least_answers: int
    group_percent: int
    source: str


# 示例口径: no document sets the least number; 27 % for both groups is Kelley's customary share.
POLICIES = (ItemPolicy(date(2020, 1, 1), 30, 27, "平台示例口径"),)


def item_policy_on(day: date) -> ItemPolicy:
    """Return the policy that holds on a day."""
    return max((one for one in POLICIES if one.effective_from <= day), key=lambda one: one.effective_from)


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """An answer with the score of the whole paper, both in percent. No paper: a question inside a film stands alone."""

    paper_percent: int | None
    earned_percent: int
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """The figures of a question. `difficulty` (P) and `discrimination` (D) in hundredths; nothing when too few answered.

    `on_papers`: how many of the answers stand on a paper; D is worked out of these alone.
    """

    answers: int
    least_answers: int
    difficulty: int | None
    discrimination: int | None
    chosen: dict[str, int] = field(default_factory=dict)
    on_papers: int = 0

    @property
    def is_enough(self) -> bool:
        """Return whether there are enough answers to say anything (样本是否足够)."""
        return self.answers >= self.least_answers


def item_figures(answers: Sequence[ItemAnswer], policy: ItemPolicy) -> ItemFigures:
    """Return the figures of one question (题目分析).

    P is the mean of what was earned; D is P of the upper group less P of the lower group, by the paper's score. Papers of
    equal score stand in the order in which they were given.
    """
    counts = Counter(option for answer in answers for option in answer.chosen)
    papers = [(one.paper_percent, one) for one in answers if one.paper_percent is not None]
    return ItemFigures(
        answers=len(answers),
        least_answers=policy.least_answers,
        difficulty=round(mean_earned(answers)) if len(answers) >= policy.least_answers else None,
        discrimination=discrimination(papers, policy) if len(papers) >= policy.least_answers else None,
        chosen=dict(counts),
        on_papers=len(papers),
    )


def discrimination(papers: Sequence[tuple[int, ItemAnswer]], policy: ItemPolicy) -> int:
    """Return D of answers with their papers' scores (区分度)."""
    ordered = [answer for _, answer in sorted(papers, key=lambda one: one[0], reverse=True)]
    size = max(1, len(ordered) * policy.group_percent // 100)
    return round(mean_earned(ordered[:size]) - mean_earned(ordered[-size:]))


def mean_earned(answers: Sequence[ItemAnswer]) -> float:
    """Return the mean of what was earned, in percent."""
    return sum(one.earned_percent for one in answers) / len(answers)
