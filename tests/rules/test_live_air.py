"""When a live lesson was on the air, and what a page may have of it: bounded by the server's records."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules import Claim, SeatState, study, total
from attendance.rules.lives import LivePassing
from lms.live.rules.air import Air, Run, air_of
from lms.planning.rules import StudyTerms

T0 = 1_777_000_000_000 // 86_400_000 * 86_400_000 + 4 * 3_600_000  # noon in Shanghai
SECOND = 1000
HOUR = 3_600_000
FREE = StudyTerms(check_min_ms=None, check_max_ms=None)
CHECKED = replace(FREE, check_min_ms=30_000, check_max_ms=30_000)


def at(*seconds):
    return tuple(None if one is None else T0 + round(one * SECOND) for one in seconds)


def air(*spans, is_over=False):
    return Air(tuple((T0 + a * SECOND, T0 + b * SECOND) for a, b in spans), is_over)


def seat(now=0, **more):
    return SeatState(1, session=7, cursor=T0 + now * SECOND, seen=T0 + now * SECOND, **more)


def beat(state, now, spans, *, terms=FREE, length_ms=HOUR, seq=1, is_over=False, **claim):
    """Return the seat and pieces after a claim of ten seconds, `now` seconds after noon."""
    said = Claim(seq, 0, 10 * SECOND)._replace(**claim)
    passing = partial(LivePassing, air=air(*spans, is_over=is_over))
    return study(state, terms, length_ms, T0 + now * SECOND, [said], passing)


def told(pieces):
    """Return credit and lost seconds by reason."""
    found = {}
    for piece in pieces:
        if piece.credit:
            found["credit"] = found.get("credit", 0) + piece.credit // SECOND
        if piece.lost:
            found[piece.why] = found.get(piece.why, 0) + piece.lost // SECOND
    return found


@pytest.mark.parametrize(
    ("runs", "now", "spans"),
    [
        pytest.param([(0, 100, None)], 110, [(0, 110)], id="a short break of the line costs nothing"),
        pytest.param([(0, 100, None)], 150, [(0, 120)], id="a longer one ends what counts, though the row is open"),
        pytest.param([(0, 100, 140)], 500, [(0, 120)], id="and so it is when the row was closed late"),
        pytest.param([(0, 100, 105)], 500, [(0, 105)], id="the teacher's end"),
        pytest.param([(10, 20, 22), (30, 50, 50)], 99, [(10, 22), (30, 50)], id="two runs with a break"),
        pytest.param([(30, 50, 50), (0, 40, 45)], 99, [(0, 50)], id="two runs that meet count once"),
        pytest.param([(5, 5, 5)], 99, [], id="a run that never was"),
    ],
)
def test_what_counts_is_what_the_server_heard(runs, now, spans):
    found = air_of([Run(*at(*run)) for run in runs], T0 + now * SECOND, drop_ms=20_000, is_over=False)

    assert found.spans == air(*spans).spans


@pytest.mark.parametrize(
    ("moment", "expected"),
    [(5, (False, 10, 0)), (10, (True, 20, 0)), (19, (True, 20, 9)), (25, (False, 30, 10)), (35, (True, 40, 15))],
)
def test_a_position_in_the_lesson_leaves_breaks_out(moment, expected):
    is_on, until, position = air((10, 20), (30, 40)).at(T0 + moment * SECOND)

    assert (is_on, (until - T0) // SECOND, position // SECOND) == expected


def test_a_page_that_plays_while_the_teacher_is_on_the_air_is_credited():
    state, pieces = beat(seat(), 10, [(0, 10)])

    assert told(pieces) == {"credit": 10}
    assert (state.pending, state.covered) == (10_000, ((0, 10_000),))


def test_where_in_the_lesson_one_is_the_server_says_not_the_page():
    _, pieces = beat(seat(30), 40, [(0, 10), (20, 40)], from_ms=900_000, to_ms=910_000)

    assert [(one.from_ms, one.to_ms) for one in pieces] == [(20_000, 30_000)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], {"off_air": 10}, id="nothing was broadcast"),
        pytest.param([(10, 90)], {"off_air": 10}, id="before it begins"),
        pytest.param([(-60, 0)], {"off_air": 10}, id="after it ended"),
        pytest.param([(4, 90)], {"off_air": 4, "credit": 6}, id="it began meanwhile"),
        pytest.param([(-60, 3), (7, 90)], {"credit": 6, "off_air": 4}, id="a break in between"),
    ],
)
def test_nothing_counts_while_the_teacher_is_off_the_air(spans, expected):
    _, pieces = beat(seat(), 10, spans)

    assert told(pieces) == expected


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        pytest.param({"playing": False}, {"paused": 30}, id="paused"),
        pytest.param({"visible": False}, {"hidden": 30}, id="in the background"),
        pytest.param({"from_ms": 9, "to_ms": 3}, {"bad": 30}, id="backwards"),
        pytest.param({"to_ms": 0}, {"idle": 30}, id="nothing claimed"),
        pytest.param({"to_ms": HOUR}, {"credit": 40}, id="more claimed than time went by"),
    ],
)
def test_the_page_must_play_and_be_seen(claim, expected):
    _, pieces = beat(seat(), 40, [(0, 90)], **claim)

    assert told(pieces) == expected


def test_a_break_of_the_teacher_is_not_blamed_on_the_learner():
    _, pieces = beat(seat(), 40, [(0, 5), (25, 90)], playing=False)

    assert told(pieces) == {"paused": 10, "off_air": 20}


def test_a_lesson_is_never_worth_more_than_its_length():
    state, pieces = beat(seat(lesson_ms=HOUR - 4_000), 10, [(0, 90)])

    assert (told(pieces), state.lesson_ms) == ({"credit": 4}, HOUR)


def test_where_only_the_teacher_asks_nothing_counts_towards_a_scheduled_check():
    by_roll = replace(CHECKED, live_checks="roll_call")
    scheduled, _ = beat(seat(until_check=5_000), 10, [(0, 90)], terms=CHECKED)
    called, _ = beat(seat(until_check=5_000), 10, [(0, 90)], terms=by_roll)

    assert (scheduled.check_no, called.check_no, called.until_check) == (1, 0, 5_000)


@pytest.mark.parametrize(("pending", "asked"), [(60_000, 1), (0, 0)])
def test_whoever_is_there_at_the_end_is_asked_once_what_waits_is_confirmed(pending, asked):
    terms = replace(CHECKED, live_checks="roll_call")

    state, _ = beat(seat(pending=pending), 10, [(-60, 0)], terms=terms, is_over=True, playing=False)

    assert state.check_no == asked


@st.composite
def stories(draw):
    """Return spans on the air and beats (seconds since the last, claim) of one page."""
    marks = sorted(set(draw(st.lists(st.integers(0, 300), max_size=8))))
    spans = list(zip(marks[::2], marks[1::2], strict=False))
    claims = st.tuples(st.integers(0, 80), st.integers(-5, 90), st.booleans(), st.booleans())
    return spans, draw(st.lists(claims, min_size=1, max_size=8))


@given(stories())
def test_credit_lies_on_the_air_and_every_second_is_accounted_for(story):
    spans, beats = story
    state, now, pieces = seat(), 0, []
    for seq, (gap, claimed, playing, visible) in enumerate(beats, 1):
        now += gap
        before = state.cursor
        state, made = beat(
            state, now, spans, seq=seq, from_ms=0, to_ms=claimed * SECOND, playing=playing, visible=visible
        )
        assert sum(one.credit + one.lost for one in made) == state.cursor - before
        pieces += made
    on = air(*spans)
    for one, following in zip(pieces, pieces[1:], strict=False):
        assert one.start + one.credit + one.lost == following.start
    for one in (piece for piece in pieces if piece.credit):
        begins = on.at(one.start)
        assert begins.is_on
        assert one.start + one.credit <= begins.until_ms
        assert (one.from_ms, one.to_ms) == (begins.position_ms, begins.position_ms + one.credit)
    assert total(state.covered) == sum(one.credit for one in pieces) <= on.total_ms
