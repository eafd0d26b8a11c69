"""Marking a quiz: all right options and no wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.marking import mark, right_answer, score_percent, unknown_choices
from courses.rules.questions import frozen, leaves
from tests.questions import contents


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


def fill_of(*blanks):
    return {"id": "q", "kind": "fill", "stem": "___", "options": [], "blanks": list(blanks)}


@pytest.mark.parametrize(
    ("accepts", "tolerance", "text", "is_right"),
    [
        pytest.param(["CO2"], "", "ｃｏ２", True, id="another width and case"),
        pytest.param(["电弧焊"], "", " 电 弧 焊 ", True, id="blanks"),
        pytest.param(["电弧焊", "弧焊"], "", "弧焊", True, id="another accepted answer"),
        pytest.param(["电弧焊"], "", "电焊", False, id="another word"),
        pytest.param(["36"], "", "36.0", True, id="the same number"),
        pytest.param(["36"], "", "36.1", False, id="another number"),
        pytest.param(["1,000"], "", "1000", True, id="thousands parted by a comma"),
        pytest.param(["100"], "0.5", "100.5", True, id="at the edge of the tolerance"),
        pytest.param(["100"], "0.5", "100.51", False, id="beyond the tolerance"),
        pytest.param(["-200"], "2%", "-204", True, id="percent of a negative number"),
        pytest.param(["-200"], "2%", "-204.1", False, id="beyond the percent"),
        pytest.param(["0"], "2%", "0.01", False, id="percent of nothing is nothing"),
        pytest.param(["100"], "5%", "一百", False, id="no number"),
        pytest.param(["100"], "5%", "1e2", False, id="no plain number"),
    ],
)
def test_a_blank_accepts(accepts, tolerance, text, is_right):
    (marked,) = mark([fill_of({"accepts": accepts, "tolerance": tolerance})], {"q": [text]})

    assert marked.is_correct is is_right


@given(contents(("single", "multiple", "judgement", "fill", "short", "case")))
def test_the_right_answer_of_any_question_earns_everything(content):
    paper = [frozen(content, "q")]
    answers = {leaf["id"]: right_answer(leaf) for leaf in leaves(paper)}

    assert unknown_choices(paper, answers) == {}
    assert score_percent(mark(paper, answers)) == 100


@given(contents(), st.lists(st.text(max_size=20), max_size=9))
def test_any_answer_earns_between_nothing_and_everything(content, words):
    paper = [frozen(content, "q")]

    for one in mark(paper, {leaf["id"]: words for leaf in leaves(paper)}):
        assert 0 <= one.earned_percent <= 100


@given(st.integers(-(10**6), 10**6), st.integers(0, 10**4), st.integers(-(10**6), 10**6))
def test_a_tolerance_reaches_exactly_as_far_as_it_says(target, tolerance, given_number):
    (marked,) = mark([fill_of({"accepts": [str(target)], "tolerance": str(tolerance)})], {"q": [str(given_number)]})

    assert marked.is_correct is (abs(given_number - target) <= tolerance)


def test_key_points_earn_their_weight_once():
    points = [{"words": ["断电", "切断电源"], "weight": 3}, {"words": ["上报"], "weight": 1}]
    question = {"id": "q", "kind": "short", "stem": "?", "options": [], "key_points": points}

    earned = [mark([question], {"q": [text]})[0] for text in ("断电，切断电源", "先断电再上报", "等待")]

    assert [one.earned_percent for one in earned] == [75, 100, 0]
    assert all(one.is_provisional for one in earned)
