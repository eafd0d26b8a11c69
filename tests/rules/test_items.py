"""Difficulty and discrimination against values worked out by hand."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from lms.exams.rules.items import ItemAnswer, ItemPolicy, item_figures, item_policy_on

POLICY = ItemPolicy(date(2020, 1, 1), 10, 27, "示例")


def answers_of(*pairs):
    return [ItemAnswer(paper, earned, ("a" if earned else "b",)) for paper, earned in pairs]


def test_figures_are_those_worked_out_by_hand():
    # 11 papers, 27 % are 2 (rounded down). Upper: 100 and 95, both right. Lower: 20 and 10, one right. 7 of 11 right.
    papers = [(100, 100), (95, 100), (90, 100), (80, 100), (70, 0), (60, 100), (50, 100), (40, 0), (30, 0)]

    found = item_figures(answers_of(*papers, (20, 100), (10, 0)), POLICY)

    assert (found.answers, found.difficulty, found.discrimination) == (11, 64, 50)
    assert found.chosen == {"a": 7, "b": 4}


def test_answers_without_a_paper_count_for_difficulty_only():
    alone = [ItemAnswer(None, 100)] * 5

    few = item_figures(answers_of(*[(50, 0)] * 5) + alone, POLICY)
    enough = item_figures(answers_of(*[(100, 100)] * 5, *[(10, 0)] * 5) + alone, POLICY)

    assert (few.answers, few.on_papers, few.difficulty, few.discrimination) == (10, 5, 50, None)
    assert (enough.answers, enough.on_papers, enough.difficulty, enough.discrimination) == (15, 10, 67, 100)


def test_too_few_answers_give_no_figure():
    found = item_figures(answers_of(*[(100, 100)] * 9), POLICY)

    assert (found.is_enough, found.difficulty, found.discrimination) == (False, None, None)


def test_exactly_enough_answers_give_one():
    assert item_figures(answers_of(*[(100, 100)] * 10), POLICY).difficulty == 100


def test_a_policy_holds_from_its_day():
    assert item_policy_on(date(2026, 5, 1)).least_answers == 30


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=10, max_size=60))
def test_figures_stay_within_their_bounds(pairs):
    found = item_figures(answers_of(*pairs), POLICY)

    assert 0 <= found.difficulty <= 100
    assert -100 <= found.discrimination <= 100
