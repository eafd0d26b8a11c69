"""Typed captions, as rules."""

from __future__ import annotations

import pytest

from courses.rules.subtitles import Cue
from lms.live.rules.captions import (
    LONGEST_LINE,
    Said,
    cues_again,
    cues_of,
    edited,
    line_problem,
    said_of,
    said_of_lines,
)
from lms.live.rules.replays import Part

WHOLE = [Part(0, 60_000, 0, 1_000_000)]
TWO = [Part(0, 20_000, 0, 1_000_000), Part(20_000, 30_000, 20_000, 1_050_000)]


def test_a_line_stands_until_the_next_for_eight_seconds_at_most():
    lines = [(1_002_000, "先断电"), (1_005_000, "再验电"), (1_030_000, "挂牌")]

    assert cues_of(lines, WHOLE) == [
        Cue(2_000, 5_000, "先断电"), Cue(5_000, 13_000, "再验电"), Cue(30_000, 38_000, "挂牌"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "parts", "expected"),
    [
        pytest.param([(1_002_000, "甲"), (1_002_999, "乙")], WHOLE, [(2_000, "甲\n乙")], id="within a second: one cue"),
        pytest.param([(1_002_000, "甲"), (1_003_000, "乙")], WHOLE, [(2_000, "甲"), (3_000, "乙")], id="a second: two"),
        pytest.param([(900_000, "甲"), (1_061_000, "乙")], WHOLE, [], id="what was cut off is left out"),
        pytest.param([(1_030_000, "甲")], TWO, [(20_000, "甲")], id="in a break: where the picture is back"),
        pytest.param([(1_060_000, "甲")], WHOLE, [], id="at the very end nobody could read it"),
    ],
)
def test_where_lines_stand_in_the_film(lines, parts, expected):
    assert [(cue.start_ms, cue.text) for cue in cues_of(lines, parts)] == expected


def test_the_last_line_ends_with_the_film():
    assert cues_of([(1_057_000, "再见")], WHOLE) == [Cue(57_000, 60_000, "再见")]


def test_a_line_is_read_at_a_glance():
    assert (line_problem("字" * LONGEST_LINE), "请分几行" in line_problem("字" * (LONGEST_LINE + 1))) == ("", True)


def test_a_cue_keeps_its_moment_on_the_walls_clock_through_breaks():
    cues = [Cue(2_000, 4_000, "甲"), Cue(25_000, 27_000, "乙")]

    said = said_of(cues, TWO)

    assert said == [Said(1_002_000, 2_000, "甲"), Said(1_055_000, 2_000, "乙")]
    assert cues_again(said, TWO) == cues


def test_another_cut_has_the_edited_words_and_around_them_what_was_typed():
    typed = said_of_lines([(1_001_000, "开场"), (1_030_000, "先断点"), (1_055_000, "再见")])
    middle = [Part(0, 20_000, 20_000, 1_020_000)]

    kept = edited(typed, said_of([Cue(10_000, 14_000, "先断电")], middle), middle)

    assert [(cue.start_ms, cue.text) for cue in cues_again(kept, WHOLE)] == [
        (1_000, "开场"), (30_000, "先断电"), (55_000, "再见"),
    ]  # fmt: skip
    assert cues_again(kept, [Part(0, 5_000, 0, 1_000_000)]) == [Cue(1_000, 5_000, "开场")]


def test_typed_lines_of_one_moment_are_one_and_the_last_stands_for_eight_seconds():
    assert said_of_lines([(5, "甲"), (5, "乙"), (1_005, "丙")]) == [Said(5, 1_000, "乙"), Said(1_005, 8_000, "丙")]
