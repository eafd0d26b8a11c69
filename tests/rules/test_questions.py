"""When a question is fit for the bank."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.rules.questions import (
    as_number,
    blank_content,
    content_lines,
    content_problems,
    differences,
    folded,
    frozen,
    key_of,
    leaves,
    tidied,
    tidy,
)
from tests.questions import EVERY_KIND, case, contents, fill, judgement, multiple, options_of, short, single


def problems(content):
    return [(key_of(one.field, one.place), one.sentence) for one in content_problems(tidy(content))]


@pytest.mark.parametrize("make", EVERY_KIND, ids=lambda make: make.__name__)
def test_a_whole_question_of_every_kind_is_fit(make):
    assert problems(make()) == []


@pytest.mark.parametrize(
    ("content", "field", "words"),
    [
        pytest.param(single(stem="  "), "stem", "请填写题干", id="no stem"),
        pytest.param(single(stem="题" * 2001), "stem", "最多2000个字", id="a stem too long"),
        pytest.param(single(options=options_of("*甲", "*乙")), "options", "恰好有一个", id="two right in single"),
        pytest.param(single(options=options_of("*甲")), "options", "2至8个", id="one option"),
        pytest.param(single(options=options_of("*甲", "甲")), "options", "内容相同", id="the same option twice"),
        pytest.param(
            single(options=options_of("*", "甲", "乙")), "options", "没有内容", id="a right one without words"
        ),
        pytest.param(multiple(options=options_of("*甲", "乙")), "options", "至少要有两个", id="one right in multiple"),
        pytest.param(judgement(options=options_of("*甲", "乙", "丙")), "options", "两个选项", id="three in judgement"),
        pytest.param(fill(stem="没有空"), "stem", "下划线", id="no blank in the stem"),
        pytest.param(fill(stem="一个____"), "blanks", "有1个空，却填写了2个", id="more answers than blanks"),
        pytest.param(
            fill(stem="a____", blanks=[{"accepts": ["铁"], "tolerance": "1"}]), "blanks", "必须是数字", id="no number"
        ),
        pytest.param(
            fill(stem="a____", blanks=[{"accepts": ["1"], "tolerance": "±1"}]), "blanks", "不是误差", id="no tolerance"
        ),
        pytest.param(short(key_points=[]), "key_points", "1至8个", id="no key point"),
        pytest.param(short(key_points=[{"words": ["电"], "weight": 0}]), "key_points", "权重", id="no weight"),
        pytest.param(case(parts=[]), "parts", "小题", id="a case without parts"),
        pytest.param(case(parts=[single(stem="")]), "part1-stem", "请填写题干", id="a part without a stem"),
        pytest.param(case(parts=[single(), case()]), "part2-kind", "不能又是案例题", id="a case in a case"),
        pytest.param(single(points=0), "points", "1至100", id="no points"),
        pytest.param(blank_content("essay"), "kind", "题型", id="a kind of nowhere"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(content, field, words):
    (found,) = problems(content)

    assert found[0] == field
    assert words in found[1]


def test_rows_of_another_kind_and_empty_rows_are_left_out():
    typed = single(options=options_of("*甲", "乙", ""), blanks=[{"accepts": ["1"], "tolerance": ""}], parts=[single()])

    kept = tidy(typed)

    assert (kept["options"], kept["blanks"], kept["parts"]) == (options_of("*甲", "乙"), [], [])


def test_a_case_is_worth_what_its_parts_are_worth():
    assert tidy(case(points=50))["points"] == 3


@given(st.text())
def test_tidying_twice_is_tidying_once(text):
    assert tidied(tidied(text)) == tidied(text)


@given(contents())
def test_what_is_fit_stays_fit_when_it_is_tidied_again(content):
    assert tidy(content) == content
    assert content_problems(content) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("１２ＭＭ", "12 mm"), ("Co₂", "co2"), ("电 焊", "电焊"), ("，", ",")],
    ids=["width", "subscript", "blanks", "punctuation"],
)
def test_width_case_and_blanks_make_no_difference(one, other):
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("text", "number"),
    [("１，０００", 1000), ("-3.50", -3.5), ("1,00", None), ("1e9", None), ("NaN", None), ("三", None), ("٣", None)],
)
def test_only_plain_numbers_are_numbers(text, number):
    assert as_number(text) == number


def test_what_is_released_can_be_answered_part_by_part():
    held = frozen(tidy(case()), "block-1")

    assert [leaf["id"] for leaf in leaves([held])] == ["block-1-1", "block-1-2"]
    assert [option["id"] for option in leaves([held])[0]["options"]] == ["a", "b"]


def test_the_difference_of_two_versions_names_the_lines():
    before, after = tidy(single()), tidy(single(stem="焊接前先做什么？"))

    found = differences(content_lines(before), content_lines(after))

    assert ("gone", "题干：焊接前首先应当做什么？") in found
    assert ("new", "题干：焊接前先做什么？") in found
    assert ("same", "选项A：检查设备和防护（正确）") in found
