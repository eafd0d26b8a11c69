"""The life of a live lesson, whatever happens in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.live.rules.lifecycle import (
    CANCELLED,
    ENDED,
    INTERRUPTED,
    LIVE,
    OPEN,
    OVER,
    SCHEDULED,
    Event,
    after,
    is_overdue,
    opens_at,
)

EVENTS = st.lists(st.sampled_from(list(Event)), max_size=30)
END = datetime(2026, 5, 6, 3, tzinfo=UTC)


def lived(events):
    """Return every state that a new lesson goes through; an event that cannot happen changes nothing."""
    states = [SCHEDULED]
    for event in events:
        states.append(after(states[-1], event) or states[-1])
    return states


@given(EVENTS)
def test_what_is_over_stays_over(events):
    states = lived(events)
    over = [state for state in states if state in OVER]

    assert len(set(over)) <= 1
    assert states[len(states) - len(over) :] == over


@given(EVENTS)
def test_nothing_is_cancelled_once_it_was_on_the_air(events):
    states = lived(events)

    assert not (LIVE in states and CANCELLED in states)


@given(EVENTS)
def test_no_picture_without_an_open_room_and_no_interruption_without_a_picture(events):
    states = lived(events)

    for later, earlier in ((LIVE, OPEN), (INTERRUPTED, LIVE)):
        if later in states:
            assert earlier in states[: states.index(later)]


@given(EVENTS)
def test_whatever_is_not_over_can_be_ended(events):
    state = lived(events)[-1]

    assert state in OVER or after(state, Event.END) == ENDED


@given(EVENTS, st.sampled_from([Event.BEGIN, Event.LOSE, Event.OPEN]))
def test_the_same_event_twice_is_the_same_as_once(events, event):
    once = lived([*events, event])[-1]

    assert lived([*events, event, event])[-1] == once


def test_a_picture_that_comes_back_is_live_again():
    assert lived([Event.OPEN, Event.BEGIN, Event.LOSE, Event.BEGIN])[-2:] == [INTERRUPTED, LIVE]


@pytest.mark.parametrize(
    ("state", "late", "expected"),
    [
        pytest.param(SCHEDULED, timedelta(minutes=29, seconds=59), False, id="nobody came, still patient"),
        pytest.param(SCHEDULED, timedelta(minutes=30), True, id="nobody came"),
        pytest.param(INTERRUPTED, timedelta(minutes=30), True, id="the picture did not come back"),
        pytest.param(LIVE, timedelta(minutes=30), False, id="a lesson that overruns goes on"),
        pytest.param(LIVE, timedelta(hours=3), True, id="a lesson that somebody forgot to end"),
        pytest.param(ENDED, timedelta(days=1), False, id="ended already"),
        pytest.param(CANCELLED, timedelta(days=1), False, id="cancelled"),
    ],
)
def test_the_clock_ends_what_nobody_ends(state, late, expected):
    patience, overrun = timedelta(minutes=30), timedelta(hours=3)
    assert is_overdue(state, END, END + late, patience=patience, overrun=overrun) is expected


@pytest.mark.parametrize("minutes", [0, 30])
def test_the_door_opens_as_long_before_as_the_policy_says(minutes):
    assert opens_at(END, minutes) == END - timedelta(minutes=minutes)
