"""Questions, polls and roll-calls: what is asked properly, what counts as an answer, and who missed it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lms.kernel import clock
from lms.live.rules.activities import PollPlan, choices_problem, is_in_time, missed, poll_problems, tallies

CLOSES = datetime(2026, 5, 6, 19, 1, tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize(
    ("text", "options", "wrong"),
    [
        pytest.param("焊条要烘干吗", ("要", "不要"), set(), id="a question with two options"),
        pytest.param(" 焊 ", ("要", "不要"), {"text"}, id="too short to be a question"),
        pytest.param("焊条要烘干吗", ("要",), {"options"}, id="one option is no choice"),
        pytest.param("焊条要烘干吗", ("要", " "), {"options"}, id="an empty option"),
        pytest.param("焊条要烘干吗", ("要", " 要 "), {"options"}, id="the same option twice"),
        pytest.param("焊条要烘干吗", tuple(map(str, range(8))), set(), id="eight options"),
        pytest.param("焊条要烘干吗", tuple(map(str, range(9))), {"options"}, id="nine are too many"),
    ],
)
def test_polls_that_make_no_sense_are_named(text, options, wrong):
    assert set(poll_problems(PollPlan(text, options))) == wrong


@pytest.mark.parametrize(
    ("choices", "is_multiple", "words"),
    [
        ([1], False, ""),
        ([0, 2], True, ""),
        ([0, 2], False, "这一题只能选一个。"),
        ([], True, "请先选择再提交。"),
        ([3], False, "请先选择再提交。"),
        ([-1], False, "请先选择再提交。"),
        ([1, 1], True, "请先选择再提交。"),
    ],
)
def test_answers_to_a_poll(choices, is_multiple, words):
    assert choices_problem(choices, 3, is_multiple=is_multiple) == words


def test_tallies_count_every_choice():
    assert tallies([[0], [0, 2], [2]], 4) == [2, 0, 2, 0]


@pytest.mark.parametrize(("seconds", "counts"), [(-1, True), (3, True), (3.1, False)])
def test_an_answer_may_arrive_a_little_later(seconds, counts):
    assert is_in_time(CLOSES + timedelta(seconds=seconds), CLOSES) is counts


def test_who_was_there_and_did_not_answer_missed_it():
    assert missed([3, 1, 2], [2, 9]) == [1, 3]
