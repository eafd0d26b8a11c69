"""Quizzes of a room, as rules."""

from __future__ import annotations

import pytest

from courses.rules.questions import frozen
from lms.live.rules.quizzes import answer_problems, asked, quiz_problems, reserved, tallied
from tests.questions import case, fill, multiple, single

QUESTIONS = [frozen(make(), f"q{number}") for number, make in enumerate((single, multiple, fill), 1)]
RIGHT = {"q1": ["a"], "q2": ["a", "b"], "q3": ["36", "100"]}


@pytest.mark.parametrize(
    ("chosen", "seconds", "wrong"),
    [
        pytest.param(["a"], 20, set(), id="one question, the shortest time"),
        pytest.param(list(range(10)), 1800, set(), id="ten questions, half an hour"),
        pytest.param([], 60, {"questions"}, id="nothing was chosen"),
        pytest.param(list(range(11)), 60, {"questions"}, id="too many were chosen"),
        pytest.param(["a", "a"], 60, {"questions"}, id="one was chosen twice"),
        pytest.param(["a"], 19, {"seconds"}, id="no time"),
        pytest.param(["a"], 1801, {"seconds"}, id="too long"),
    ],
)
def test_what_a_quiz_needs(chosen, seconds, wrong):
    assert set(quiz_problems(chosen, seconds)) == wrong


@pytest.mark.parametrize(
    ("answers", "is_partial", "wrong"),
    [
        pytest.param(RIGHT, False, set(), id="all are answered"),
        pytest.param({"q1": ["a"]}, False, {"q2", "q3"}, id="two are missing"),
        pytest.param({"q1": ["a"]}, True, set(), id="the time is up"),
        pytest.param({}, True, set(), id="the time is up and nothing is there"),
        pytest.param(RIGHT | {"q1": ["x"]}, True, {"q1"}, id="no such option"),
        pytest.param(RIGHT | {"q9": ["a"]}, True, {"q9"}, id="no such question"),
        pytest.param(RIGHT | {"q3": ["36"]}, False, {"q3"}, id="a blank is empty"),
    ],
)
def test_what_can_be_handed_in(answers, is_partial, wrong):
    assert set(answer_problems(QUESTIONS, answers, is_partial=is_partial)) == wrong


def test_nothing_tells_what_is_right_before_the_end():
    while_open, over = asked(QUESTIONS, with_solutions=False), asked(QUESTIONS, with_solutions=True)

    assert [one["solution"] for one in while_open] == [None, None, None]
    assert "correct" not in str(while_open)
    assert "accepts" not in str(while_open)
    assert [one["solution"]["right"] for one in over] == [["a"], ["a", "b"], ["36", "100"]]
    assert over[1]["solution"]["words"] == ["A. 面罩", "B. 手套"]


def test_tallies_go_by_option_and_count_who_was_right():
    given = [(RIGHT, {"q1": 100, "q2": 100, "q3": 100}), ({"q2": ["a", "a"]}, {"q1": 0, "q2": 0, "q3": 50})]

    assert tallied(QUESTIONS, given) == [
        {"options": [1, 0], "right": 1}, {"options": [2, 1, 0], "right": 1}, {"options": [], "right": 1},
    ]  # fmt: skip


def test_what_quizzes_of_the_course_ask_is_reserved_also_in_parts_of_a_case():
    pinned = frozen(case(), "c1")
    pinned["parts"] = [part | {"question": "u1"} for part in pinned["parts"]]

    assert reserved([[pinned, frozen(single(), "q") | {"question": "u2"}], [frozen(single(), "own")]]) == {"u1", "u2"}
