"""Marking a quiz: all right options and no wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exams.rules import mark, score_percent, unknown_choices


def question(name: str, right: str, *, options: str = "abcd", kind: str = "single"):
    return {
        "id": name,
        "kind": kind,
        "stem": "题干",
        "options": [{"id": one, "text": one, "correct": one in right} for one in options],
    }


SINGLE, MULTIPLE = question("q1", "a"), question("q2", "bd", kind="multiple")
JUDGEMENT = question("q3", "b", options="ab", kind="judgement")
PAPER = [SINGLE, MULTIPLE, JUDGEMENT]


@pytest.mark.parametrize(
    ("asked", "chosen", "is_right"),
    [
        pytest.param(SINGLE, ["a"], True, id="the right one"),
        pytest.param(SINGLE, ["b"], False, id="a wrong one"),
        pytest.param(SINGLE, [], False, id="nothing"),
        pytest.param(MULTIPLE, ["d", "b"], True, id="all right ones, in any order"),
        pytest.param(MULTIPLE, ["b", "d", "b"], True, id="a right one said twice counts once"),
        pytest.param(MULTIPLE, ["b"], False, id="one of two earns nothing"),
        pytest.param(MULTIPLE, ["a", "b", "d"], False, id="everything right and one wrong earns nothing"),
        pytest.param(MULTIPLE, ["a", "b", "c", "d"], False, id="ticking everything earns nothing"),
        pytest.param(JUDGEMENT, ["b"], True, id="a judgement that holds"),
        pytest.param(JUDGEMENT, ["a"], False, id="a judgement that does not hold"),
    ],
)
def test_a_question_is_right_as_a_whole_or_not(asked, chosen, is_right):
    (marked,) = mark([asked], {asked["id"]: chosen})

    assert marked.is_correct is is_right


def test_a_question_left_out_is_wrong_and_noted():
    marked = mark(PAPER, {"q1": ["a"]})

    assert [(one.question_id, one.chosen, one.is_correct) for one in marked] == [
        ("q1", ("a",), True),
        ("q2", (), False),
        ("q3", (), False),
    ]


@pytest.mark.parametrize(
    ("answers", "percent"),
    [
        pytest.param({"q1": ["a"], "q2": ["b", "d"], "q3": ["b"]}, 100, id="all"),
        pytest.param({"q1": ["a"], "q2": ["b", "d"]}, 66, id="two of three are 66, not 67"),
        pytest.param({"q1": ["a"]}, 33, id="one of three"),
        pytest.param({}, 0, id="none"),
    ],
)
def test_the_score_is_rounded_down(answers, percent):
    assert score_percent(mark(PAPER, answers)) == percent


def test_a_quiz_without_questions_scores_nothing():
    assert score_percent(mark([], {})) == 0


@pytest.mark.parametrize(
    ("answers", "wrong"),
    [
        pytest.param({"q1": ["a"], "q2": ["a", "b"]}, {}, id="several where several are asked"),
        pytest.param({"q1": ["z"]}, {"q1": "不在本次测验中"}, id="an option of nowhere"),
        pytest.param({"q9": ["a"]}, {"q9": "不在本次测验中"}, id="a question of nowhere"),
        pytest.param({"q1": ["a", "b"]}, {"q1": "只能选一项"}, id="two in a single choice"),
        pytest.param({"q3": ["a", "b"]}, {"q3": "只能选一项"}, id="both sides of a judgement"),
    ],
)
def test_unusable_answers_are_named(answers, wrong):
    found = unknown_choices(PAPER, answers)

    assert found.keys() == wrong.keys()
    assert all(words in found[name] for name, words in wrong.items())


@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=1, max_size=12), st.data())
def test_exactly_the_key_earns_everything(keys, data):
    paper = [question(f"q{n}", "".join(right), kind="multiple") for n, right in enumerate(keys)]
    chosen = {one["id"]: data.draw(st.lists(st.sampled_from("abcd"))) for one in paper}
    right = sum(set(chosen[f"q{n}"]) == key for n, key in enumerate(keys))

    assert score_percent(mark(paper, chosen)) == 100 * right // len(paper)
    assert (score_percent(mark(paper, chosen)) == 100) == (right == len(paper))
