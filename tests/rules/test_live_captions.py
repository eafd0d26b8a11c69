"""Typed captions, as rules."""

from __future__ import annotations

import pytest

from courses.rules.subtitles import Cue
from lms.live.rules.captions import LONGEST_LINE, cues_of, line_problem
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
