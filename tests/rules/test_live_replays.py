from __future__ import annotations

import pytest

from lms.live.rules.air import Air
from lms.live.rules.playlists import Segment
from lms.live.rules.replays import (
    MOST_PAGES,
    Chapter,
    Mark,
    Part,
    Turn,
    chapters_of,
    film_moment,
    laid_out,
    length_of,
    page_marks,
    pages_in,
    parts_of,
    shown_as,
    within,
)

# Two runs: 10 s from 1,000,000 and, after a break of 60 s, 5 s from 1,070,000. A dead line is on the air 20 s longer.
SEGMENTS = [
    *(Segment(1, "", (), f"e1_{n:06}.m4s", 1.0) for n in range(10)),
    *(Segment(2, "", (), f"e2_{n:06}.m4s", 1.0) for n in range(5)),
]
BEGINS = {1: 1_000_000, 2: 1_070_000}
AIR = Air(((1_000_000, 1_030_000), (1_070_000, 1_075_000)), is_over=True)
WHOLE = laid_out(SEGMENTS)


def film(cut_from=0, cut_to=None):
    return parts_of(within(WHOLE, cut_from, cut_to), WHOLE, BEGINS, AIR)


def test_a_recording_is_laid_out_in_order():
    assert length_of(WHOLE) == 15_000
    assert (WHOLE[12].segment.name, WHOLE[12].at_ms) == ("e2_000002.m4s", 12_000)


def test_the_film_follows_the_recording_and_the_lesson_follows_the_air():
    assert film() == [Part(0, 10_000, 0, 1_000_000), Part(10_000, 5_000, 30_000, 1_070_000)]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        pytest.param(
            (3_000, None), [Part(0, 7_000, 3_000, 1_003_000), Part(7_000, 5_000, 30_000, 1_070_000)], id="head"
        ),
        pytest.param((0, 12_000), [Part(0, 10_000, 0, 1_000_000), Part(10_000, 2_000, 30_000, 1_070_000)], id="tail"),
        pytest.param((11_000, 14_000), [Part(0, 3_000, 31_000, 1_071_000)], id="within one run"),
        pytest.param((4_400, 6_600), [Part(0, 3_000, 4_000, 1_004_000)], id="by the middle of a piece"),
        pytest.param((15_000, None), [], id="nothing left"),
    ],
)
def test_what_is_cut_off_is_not_in_the_film(cut, expected):
    assert film(*cut) == expected


@pytest.mark.parametrize(
    ("wall", "at"),
    [
        pytest.param(1_004_000, 4_000, id="in the first run"),
        pytest.param(1_040_000, 10_000, id="in the break: where the picture is back"),
        pytest.param(1_071_000, 11_000, id="in the second run"),
        pytest.param(999_000, None, id="before the picture"),
        pytest.param(1_090_000, None, id="after the end"),
    ],
)
def test_a_moment_lies_where_it_was_seen(wall, at):
    assert film_moment(film(), wall) == at


def test_what_was_cut_off_has_no_moment():
    assert film_moment(film(5_000), 1_002_000) is None


def test_chapters_come_from_what_happened_and_not_too_close():
    parts = [Part(0, 600_000, 0, 1_000_000)]
    marks = [
        Mark(1_300_000, "投票：选哪种焊条"),
        Mark(1_005_000, "太早"),
        Mark(1_310_000, "太近"),
        Mark(1_100_000, "安全"),
        Mark(9_999_999, "课后"),
    ]

    assert chapters_of(marks, parts) == [
        Chapter(0, "开始"),
        Chapter(100_000, "安全"),
        Chapter(300_000, "投票：选哪种焊条"),
    ]


def turned(seconds, page=0):
    return Turn(1_000_000 + seconds * 1000, "d" if page else "", page=page, title=f"第{page}页" if page else "")


@pytest.mark.parametrize(("called", "shown"), [("王芳", "王同学"), ("（已清除）", "学员"), (" ", "学员")])
def test_whose_name_is_gone_is_a_learner_like_any_other(called, shown):
    assert shown_as(called, is_learner=True, way="family") == shown


def test_pages_that_stood_long_enough_may_be_chapters():
    turns = [turned(0, 1), turned(60, 2), turned(63, 3), turned(100), turned(200, 1), turned(215, 2)]

    marks = page_marks(turns, 1_235_000)

    assert marks == [Mark(1_000_000, "第1页"), Mark(1_063_000, "第3页"), Mark(1_215_000, "第2页")]
    assert page_marks([], 1_000_000) == []


def test_of_many_pages_the_longest_are_chapters():
    turns = [turned(number * 30 - (number == 1), number + 1) for number in range(60)]

    marks = page_marks(turns, 1_000_000 + 60 * 30_000)

    assert (len(marks), Mark(1_029_000, "第2页") in marks, marks == sorted(marks)) == (MOST_PAGES, True, True)


def test_each_stretch_of_a_film_begins_with_the_page_that_stood_then():
    turns = [turned(-50, 1), turned(10, 2), turned(70, 3), turned(110, 4), turned(115)]
    parts = [
        Part(0, 60_000, 0, 1_000_000),
        Part(60_000, 10_000, 60_000, 1_100_000),
        Part(70_000, 5_000, 70_000, 1_112_000),
    ]

    shown = [(at, one.page) for at, one in pages_in(turns, parts)]

    assert shown == [(0, 1), (10_000, 2), (60_000, 3), (70_000, 4), (73_000, 0)]
