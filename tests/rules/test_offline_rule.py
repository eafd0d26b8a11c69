"""What of an interval at a place counts: never twice, never beyond the policy, and the rest has its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.rules import DAY, EAST8, fill, merge, place_offline, total
from lms.planning.rules import StudyTerms

HOUR = 3_600_000
MIDNIGHT = 20_000 * DAY - EAST8
NINE = MIDNIGHT + 9 * HOUR
TERMS = StudyTerms()


def placed(begin=NINE, end=NINE + 2 * HOUR, taken=(), *, day_ms=0, room_ms=10 * HOUR, terms=TERMS):
    spans, uncounted = place_offline(terms, begin, end, taken, day_ms=day_ms, room_ms=room_ms)
    return [((a - NINE) // 60_000, (b - NINE) // 60_000) for a, b in spans], {
        why: ms // 60_000 for why, ms in uncounted
    }


@pytest.mark.parametrize(
    ("asked", "counted", "uncounted"),
    [
        pytest.param({}, [(0, 120)], {}, id="all of it"),
        pytest.param(
            {"taken": ((NINE + HOUR // 2, NINE + HOUR),)},
            [(0, 30), (60, 120)],
            {"online": 30},
            id="not what counts online",
        ),
        pytest.param({"taken": ((NINE - HOUR, NINE + 3 * HOUR),)}, [], {"online": 120}, id="nothing of it is left"),
        pytest.param({"day_ms": 7 * HOUR}, [(0, 60)], {"cap": 60}, id="up to the day's cap"),
        pytest.param({"day_ms": 8 * HOUR}, [], {"cap": 120}, id="a full day"),
        pytest.param({"room_ms": HOUR}, [(0, 60)], {"full": 60}, id="no more than the lesson is worth"),
        pytest.param({"room_ms": 0}, [], {"full": 120}, id="a lesson that is done"),
        pytest.param(
            {"begin": MIDNIGHT + 5 * HOUR, "end": MIDNIGHT + 7 * HOUR}, [(-180, -120)], {"window": 60}, id="from six on"
        ),
        pytest.param(
            {"begin": MIDNIGHT + 22 * HOUR, "end": MIDNIGHT + 24 * HOUR},
            [(780, 840)],
            {"window": 60},
            id="until eleven",
        ),
    ],
)
def test_an_interval_is_cut(asked, counted, uncounted):
    assert placed(**asked) == (counted, uncounted)


minutes = st.integers(0, 24 * 60)
stretches = st.lists(st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1]), max_size=6)


@given(stretches, st.tuples(minutes, minutes).filter(lambda p: p[0] < p[1]), minutes, minutes)
def test_online_and_offline_together_never_exceed_the_clock(online, asked, used, worth):
    taken = ()
    for start, stop in online:
        taken = merge(taken, MIDNIGHT + start * 60_000, MIDNIGHT + stop * 60_000)
    begin, end = (MIDNIGHT + one * 60_000 for one in asked)

    spans, uncounted = place_offline(TERMS, begin, end, taken, day_ms=used * 60_000, room_ms=worth * 60_000)

    union = taken
    for start, stop in spans:
        assert begin <= start < stop <= end
        union = merge(union, start, stop)
    given_ms = sum(stop - start for start, stop in spans)
    assert total(union) == total(taken) + given_ms  # nothing is counted twice
    assert given_ms + sum(ms for _, ms in uncounted) == end - begin  # every minute has its word
    assert given_ms <= min(worth * 60_000, max(0, TERMS.daily_cap_ms - used * 60_000))


@given(st.lists(st.tuples(minutes, minutes), max_size=5), minutes)
def test_time_without_a_position_fills_the_gaps(spans, ms):
    covered = ()
    for start, stop in spans:
        covered = merge(covered, start, stop)

    filled = fill(covered, ms)

    assert total(filled) == total(covered) + ms
    assert all(any(a <= start and stop <= b for a, b in filled) for start, stop in covered)
