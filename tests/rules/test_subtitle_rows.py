"""The rows of the subtitle editor: typed, checked row by row, added, removed and split."""

import pytest

from courses.rules.subtitle_rows import Row, changed_rows, read_rows, rows_of
from courses.rules.subtitles import Cue

FIRST, SECOND = Row("0:00", "0:02", "先检查，再作业"), Row("0:05", "0:07", "完成", "line:10%")


def test_rows_become_cues_in_the_order_of_time():
    cues, faults = read_rows([SECOND, Row(), FIRST], duration_ms=10_000)

    assert cues == [Cue(0, 2_000, "先检查，再作业"), Cue(5_000, 7_000, "完成", "line:10%")]
    assert faults == []
    assert read_rows(rows_of(cues), duration_ms=0) == (cues, [])


@pytest.mark.parametrize(
    ("row", "places"),
    [
        pytest.param(Row("x", "0:02", "一"), ["start"], id="a beginning nobody can read"),
        pytest.param(Row("", "", "一"), ["start", "end"], id="no times"),
        pytest.param(Row("x", "y", " \n "), ["start", "end", "text"], id="all of it"),
        pytest.param(Row("0:02", "0:01", "一"), ["end"], id="an end before its beginning"),
        pytest.param(Row("0:01", "0:20", "一"), ["end"], id="beyond the film"),
        pytest.param(Row("0:01", "0:02", "长" * 501), ["text"], id="too long"),
        pytest.param(Row("0:01", "0:02", "<b>粗</b>"), [], id="signs are text"),
    ],
)
def test_every_fault_stands_at_its_row_and_field(row, places):
    cues, faults = read_rows([FIRST, row], duration_ms=10_000)

    assert [(fault.number, fault.field) for fault in faults] == [(2, place) for place in places]
    assert len(cues) == (1 if places else 2)


def test_nothing_at_all_is_a_fault():
    assert [(fault.number, fault.field) for fault in read_rows([Row(), Row()], duration_ms=0)[1]] == [(1, "text")]


@pytest.mark.parametrize(
    ("step", "texts"),
    [
        ("add-1", ["先检查，再作业", "", "完成"]),
        ("add-2", ["先检查，再作业", "完成", ""]),
        ("add-0", ["", "先检查，再作业", "完成"]),
        ("remove-1", ["完成"]),
        ("split-1", ["先检查，", "再作业", "完成"]),
        ("remove-3", ["先检查，再作业", "完成"]),
        ("remove-0", ["先检查，再作业", "完成"]),
        ("remove--1", ["先检查，再作业", "完成"]),
        ("nonsense", ["先检查，再作业", "完成"]),
    ],
)
def test_buttons_change_rows(step, texts):
    assert [row.text for row in changed_rows([FIRST, SECOND], step)] == texts


def test_a_new_row_begins_where_the_one_above_ends():
    assert changed_rows([FIRST], "add-1")[1] == Row("00:00:02.000", "00:00:05.000")


def test_a_row_that_cannot_be_read_is_not_split():
    assert changed_rows([Row("x", "0:02", "一，二")], "split-1") == [Row("x", "0:02", "一，二")]
