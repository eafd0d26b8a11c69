"""What differs from what was told: a phone that applies each answer holds what the server held, whatever happened between."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.deltas import cursor_of, delta

pytestmark = pytest.mark.sqlite

UIDS = [UUID(int=number) for number in range(6)]
STATES = st.fixed_dictionaries(
    {kind: st.dictionaries(st.sampled_from(UIDS), st.fixed_dictionaries({"n": st.integers(0, 2)})) for kind in "ab"}
)


def applied(held, things, answer):
    """Return what a phone holds after an answer."""
    held = {kind: {} if answer.is_full else dict(those) for kind, those in held.items()}
    for kind, uids in answer.changed.items():
        held[kind].update({uid: things[kind][uid] for uid in uids})
    for kind, uids in answer.removed.items():
        for uid in uids:
            del held[kind][uid]
    return held


@given(st.lists(STATES, min_size=1, max_size=6))
def test_a_phone_that_applies_every_answer_holds_what_there_is(states):
    held, cursor = {"a": {}, "b": {}}, ""

    for things in states:
        answer = delta(things, owner="1", since=cursor)
        held, cursor = applied(held, things, answer), answer.cursor

        assert held == things
        again = delta(things, owner="1", since=cursor)
        assert not any([*again.changed.values(), *again.removed.values(), again.is_full])


@pytest.mark.parametrize(
    "cursor",
    [
        pytest.param("", id="none"),
        pytest.param("!", id="no letters of a cursor"),
        pytest.param("ä", id="no ASCII"),
        pytest.param("AAAA", id="too short to begin"),
        pytest.param(cursor_of("1", {"a": {UIDS[0]: {}}})[:-4], id="cut off"),
        pytest.param(cursor_of("1", {"a": {UIDS[0]: {}}}) + "AAAA", id="with something behind"),
        pytest.param(cursor_of("2", {"a": {UIDS[0]: {}}}), id="of another account"),
        pytest.param(cursor_of("1", {"b": {UIDS[0]: {}}}), id="of other kinds of things"),
    ],
)
def test_what_is_no_cursor_of_this_account_tells_nothing(cursor):
    answer = delta({"a": {UIDS[0]: {}}}, owner="1", since=cursor)

    assert (answer.is_full, answer.changed, answer.removed) == (True, {"a": [UIDS[0]]}, {"a": []})
