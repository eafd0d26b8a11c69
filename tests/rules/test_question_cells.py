"""A question goes into the cells of a sheet and comes back the same."""

from __future__ import annotations

from hypothesis import given

from courses.rules.question_cells import blank_of_cell, cells_of, content_of, key_point_of_cell
from courses.rules.questions import tidy
from tests.questions import contents


@given(contents(("single", "multiple", "judgement", "fill", "short")))
def test_what_goes_out_comes_back(content):
    assert tidy(content_of(cells_of(content))) == content


def test_cells_read_as_people_write_them():
    assert blank_of_cell("36 | 三十六") == {"accepts": ["36", "三十六"], "tolerance": ""}
    assert blank_of_cell("100±5%") == {"accepts": ["100"], "tolerance": "5%"}
    assert key_point_of_cell("断电|切断电源=60") == {"words": ["断电", "切断电源"], "weight": 60}
    assert key_point_of_cell("断电") == {"words": ["断电"], "weight": 1}
    assert content_of({"题型": "判断题", "题干": "?", "正确答案": "错"})["options"][:2] == [
        {"text": "对", "correct": False},
        {"text": "错", "correct": True},
    ]
