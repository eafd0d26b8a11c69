"""Codes, places and presences: what each of them proves."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.practice.rules.codes import code_at, matching_step, open_from_to, step_of
from lms.practice.rules.places import Fix, Point, nearness
from lms.practice.rules.presence import (
    Hours,
    Scan,
    Signed,
    default_interval,
    is_enough,
    is_witnessed,
    needs_second,
    presence_of,
    signed_by_enrolment,
)

KEY, SESSION = b"k" * 32, uuid.UUID(int=7)
NOW = 1_778_000_000_000


def found(given_, *, session=SESSION, way="in", now=NOW):
    return matching_step(KEY, session, way, given_, now_ms=now, seconds=30)


CODE = code_at(KEY, SESSION, "in", step_of(NOW, 30))


@pytest.mark.parametrize(
    ("asked", "good"),
    [
        pytest.param({"given_": CODE.token}, True, id="the picture"),
        pytest.param({"given_": CODE.digits}, True, id="the digits"),
        pytest.param({"given_": CODE.token, "now": NOW + 30_000}, True, id="one step later"),
        pytest.param({"given_": CODE.token, "now": NOW + 60_000}, False, id="two steps later"),
        pytest.param({"given_": CODE.token, "now": NOW - 30_000}, False, id="before it is shown"),
        pytest.param({"given_": CODE.token, "session": uuid.UUID(int=8)}, False, id="of another session"),
        pytest.param({"given_": CODE.token, "way": "out"}, False, id="out with the code of in"),
        pytest.param({"given_": ""}, False, id="nothing"),
        pytest.param({"given_": "签到"}, False, id="words"),
    ],
)
def test_a_code_is_good_for_its_session_way_and_moment(asked, good):
    assert (found(**asked) is not None) == good


@given(st.text(max_size=30))
def test_no_other_text_is_a_code(text):
    previous = code_at(KEY, SESSION, "in", CODE.step - 1)
    shown = {CODE.token, CODE.digits, previous.token, previous.digits}
    assert text in shown or found(text) is None


def test_codes_are_taken_around_the_session():
    assert open_from_to("in", 100, 200, 30) == (70, 200)
    assert open_from_to("out", 100, 200, 30) == (100, 230)


PLACE = Point(31.23, 121.47)


@pytest.mark.parametrize(
    ("fix", "verdict"),
    [
        pytest.param(Fix(PLACE, 20), "inside", id="at the place"),
        pytest.param(Fix(Point(31.231, 121.47), 20), "inside", id="111 m away, 20 m off"),
        pytest.param(Fix(Point(31.231, 121.47), 150), "unclear", id="111 m away, 150 m off"),
        pytest.param(Fix(Point(31.24, 121.47), 20), "outside", id="a kilometre away"),
        pytest.param(Fix(Point(31.24, 121.47), 5000), "unclear", id="somewhere in the town"),
        pytest.param(None, "withheld", id="not given"),
    ],
)
def test_a_place_is_sure_in_sure_out_or_unclear(fix, verdict):
    assert nearness(PLACE, 200, fix).verdict == verdict


def test_no_place_is_asked_where_none_was_set():
    assert nearness(None, None, Fix(PLACE, 20)).verdict == "not_asked"


HOURS = Hours(1000, 2000)


def signed(*scans):
    return signed_by_enrolment([Scan(*scan) for scan in scans])[1]


def test_first_in_and_last_out_count():
    told = signed((1, "in", 1100, "inside", "a"), (1, "in", 1200, "inside", "a"), (1, "out", 1900, "inside", "a"))

    assert (told.in_ms, told.out_ms) == (1100, 1900)
    assert told.oddities == ("重复签到或签退",)


@pytest.mark.parametrize(
    ("others", "oddities"),
    [
        pytest.param([], (), id="nothing odd"),
        pytest.param([(2, "in", 990, "inside", "a")], ("同一台设备为多人签到",), id="a phone for two"),
        pytest.param(
            [(1, "out", 1950, "outside", "a")], ("重复签到或签退", "签到位置不在实操地点"), id="from elsewhere"
        ),
        pytest.param([(1, "out", 1950, "inside", "b")], ("签到和签退用了不同设备", "重复签到或签退"), id="two phones"),
    ],
)
def test_what_is_odd_has_a_word(others, oddities):
    told = signed((1, "in", 990, "inside", "a"), (1, "out", 1900, "inside", "a"), *others)

    assert told.oddities == oddities
    assert told.is_whole == (not oddities)


@pytest.mark.parametrize(
    ("signatures", "interval"),
    [
        pytest.param(Signed(900, 2100), (1000, 2000), id="cut to the session"),
        pytest.param(Signed(1200, 1800), (1200, 1800), id="late and early"),
        pytest.param(Signed(1200, None), None, id="never signed out"),
        pytest.param(Signed(2100, 2200), None, id="came when it was over"),
    ],
)
def test_signatures_suggest_an_interval(signatures, interval):
    assert default_interval(signatures, HOURS) == interval


@pytest.mark.parametrize(
    ("begin", "end", "word"),
    [(1000, 2000, "present"), (1001, 2000, "late"), (1000, 1999, "left_early"), (1001, 1999, "partly")],
)
def test_a_presence_has_a_name(begin, end, word):
    assert presence_of(begin, end, HOURS) == word


@pytest.mark.parametrize(
    ("signatures", "witnessed"),
    [
        pytest.param(Signed(1000, 2000, (), True), True, id="both, at the place"),
        pytest.param(Signed(1100, 2000, (), True), False, id="the list says more"),
        pytest.param(Signed(1000, 2000, (), False), False, id="no place"),
        pytest.param(Signed(1000, 2000, ("同一台设备为多人签到",), True), False, id="odd"),
        pytest.param(Signed(1000, None, (), True), False, id="no way out"),
    ],
)
def test_only_whole_signatures_prove_an_interval(signatures, witnessed):
    assert is_witnessed(signatures, 1000, 2000) == witnessed


@pytest.mark.parametrize(
    ("witnessed", "source", "is_correction", "waits"),
    [
        pytest.param([True, True], "scans", False, False, id="all signed"),
        pytest.param([True, False], "scans", False, True, id="the teacher alone saw one"),
        pytest.param([True], "sheet", False, True, id="a sheet"),
        pytest.param([True], "scans", True, True, id="a correction"),
        pytest.param([], "scans", False, False, id="nobody was there"),
    ],
)
def test_a_second_pair_of_eyes_where_one_would_be_alone(witnessed, source, is_correction, waits):
    assert needs_second(witnessed, source=source, is_correction=is_correction) == waits


@pytest.mark.parametrize(
    ("end", "minimum", "enough"), [(1800, 80, True), (1799, 80, False), (1001, None, True), (2000, 100, True)]
)
def test_the_least_share_is_counted_exactly(end, minimum, enough):
    assert is_enough(1000, end, HOURS, minimum) == enough
