"""Who comes into a live lesson, as what, and what the others are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.live.rules.admission import SENTENCES, Bar, Moment, Place, Visit, bar_of, place_of
from lms.live.rules.lifecycle import CANCELLED, ENDED, LIVE, OPEN, SCHEDULED

START = datetime(2026, 5, 6, 1, tzinfo=UTC)
LEARNER = Visit(has_real_name=True, is_enrolled=True)
VISITS = st.builds(Visit, **dict.fromkeys(Visit.__dataclass_fields__, st.booleans()))


def told(visit, state=LIVE, early=timedelta()):
    return bar_of(visit, Moment(state, START - timedelta(minutes=30), START - early))


@pytest.mark.parametrize(
    ("visit", "place", "bar"),
    [
        pytest.param(LEARNER, Place.LEARNER, None, id="a learner of the class"),
        pytest.param(Visit(is_enrolled=True), Place.LEARNER, Bar.NO_REAL_NAME, id="without a real name"),
        pytest.param(Visit(has_real_name=True), None, Bar.NOT_ON_ROSTER, id="a stranger"),
        pytest.param(Visit(has_real_name=True, has_withdrawn=True), None, Bar.WITHDRAWN, id="who left the class"),
        pytest.param(Visit(is_teacher=True), Place.TEACHER, None, id="the teacher, without a real name here"),
        pytest.param(Visit(is_assistant=True), Place.ASSISTANT, None, id="an assistant"),
        pytest.param(Visit(may_inspect=True), Place.INSPECTOR, None, id="the office"),
        pytest.param(Visit(is_teacher=True, is_enrolled=True), Place.TEACHER, None, id="a teacher who also learns"),
        pytest.param(
            Visit(may_inspect=True, is_enrolled=True, has_real_name=True), Place.LEARNER, None, id="office who learns"
        ),
    ],
)
def test_everybody_has_a_place(visit, place, bar):
    assert (place_of(visit), told(visit)) == (place, bar)


@pytest.mark.parametrize(
    ("state", "early", "bar"),
    [
        pytest.param(SCHEDULED, timedelta(minutes=30, seconds=1), Bar.TOO_EARLY, id="the door is shut"),
        pytest.param(SCHEDULED, timedelta(minutes=30), None, id="the door is open"),
        pytest.param(OPEN, timedelta(hours=5), None, id="the teacher is there early"),
        pytest.param(CANCELLED, timedelta(), Bar.CANCELLED, id="cancelled"),
        pytest.param(ENDED, timedelta(), Bar.ENDED, id="ended"),
    ],
)
def test_the_door_stands_open_when_it_should(state, early, bar):
    assert told(LEARNER, state, early) == bar


@given(VISITS, st.sampled_from([SCHEDULED, OPEN, LIVE, ENDED, CANCELLED]))
def test_nobody_gets_in_without_a_place(visit, state):
    bar = told(visit, state)

    assert bar is not None or place_of(visit) is not None


def test_every_bar_says_why():
    assert set(SENTENCES) == set(Bar)
