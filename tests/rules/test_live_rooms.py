"""The room of a live lesson: phases, the door, who may do what, and words that are not sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lms.kernel import clock
from lms.live.rules.admission import Place
from lms.live.rules.leases import count_seconds
from lms.live.rules.rooms import Deed, Phase, Standing, Stop, deed_stop, entry_stop, phase_of
from lms.live.rules.talking import RoomTerms, bad_word, is_too_fast, terms_problems, tidy, words_of

START = datetime(2026, 5, 6, 19, 0, tzinfo=clock.SHANGHAI)
LEARNER = Standing(Place.LEARNER, is_member=True)
TEACHER = Standing(Place.TEACHER, is_member=True)


@pytest.mark.parametrize(
    ("state", "minutes", "phase"),
    [
        pytest.param("scheduled", -31, Phase.CLOSED, id="too early"),
        pytest.param("scheduled", -30, Phase.OPEN, id="half an hour before it opens"),
        pytest.param("open", -50, Phase.OPEN, id="the teacher opened it earlier"),
        pytest.param("live", 0, Phase.LIVE, id="the picture runs"),
        pytest.param("interrupted", 5, Phase.LIVE, id="a broken picture closes nothing"),
        pytest.param("ended", 5, Phase.ENDED, id="over"),
        pytest.param("cancelled", 0, Phase.CLOSED, id="cancelled"),
    ],
)
def test_phases_follow_the_lesson(state, minutes, phase):
    assert phase_of(state, START - timedelta(minutes=30), START + timedelta(minutes=minutes)) == phase


@pytest.mark.parametrize(
    ("phase", "standing", "is_shut", "stop"),
    [
        pytest.param(Phase.OPEN, Standing(Place.LEARNER), False, None, id="an open door"),
        pytest.param(Phase.LIVE, Standing(Place.LEARNER), True, Stop.SHUT, id="a shut door keeps newcomers out"),
        pytest.param(Phase.LIVE, LEARNER, True, None, id="and lets back in who was inside"),
        pytest.param(Phase.LIVE, Standing(Place.ASSISTANT), True, None, id="and whoever helps"),
        pytest.param(Phase.LIVE, Standing(Place.LEARNER, True, is_removed=True), False, Stop.REMOVED, id="sent out"),
        pytest.param(Phase.CLOSED, TEACHER, False, Stop.NOT_OPEN, id="not yet"),
        pytest.param(Phase.ENDED, LEARNER, False, Stop.ENDED, id="over"),
    ],
)
def test_the_door(phase, standing, is_shut, stop):
    assert entry_stop(phase, standing, is_shut=is_shut) == stop


@pytest.mark.parametrize(
    ("deed", "standing", "is_quiet", "stop"),
    [
        pytest.param(Deed.TALK, LEARNER, False, None, id="a learner talks"),
        pytest.param(Deed.TALK, LEARNER, True, Stop.QUIET, id="not while all are silenced"),
        pytest.param(
            Deed.TALK, Standing(Place.LEARNER, True, is_invited=True), True, None, id="unless invited to speak"
        ),
        pytest.param(Deed.ASK, LEARNER, True, None, id="questions stay"),
        pytest.param(Deed.RAISE_HAND, Standing(Place.LEARNER, True, is_muted=True), True, None, id="hands stay"),
        pytest.param(
            Deed.ASK, Standing(Place.LEARNER, True, is_muted=True), False, Stop.MUTED, id="muted: no question"
        ),
        pytest.param(Deed.ANSWER, Standing(Place.LEARNER, True, is_muted=True), False, None, id="muted: still answers"),
        pytest.param(Deed.TALK, TEACHER, True, None, id="silence is not for the teacher"),
        pytest.param(Deed.LEAD, LEARNER, False, Stop.NOT_LEADING, id="learners do not lead"),
        pytest.param(Deed.ANSWER, TEACHER, False, Stop.NOT_LEARNER, id="teachers answer no roll-call"),
        pytest.param(Deed.TALK, Standing(Place.LEARNER), False, Stop.OUTSIDE, id="not come in"),
        pytest.param(Deed.VOTE, Standing(Place.LEARNER, True, is_removed=True), False, Stop.REMOVED, id="sent out"),
    ],
)
def test_who_may_do_what(deed, standing, is_quiet, stop):
    assert deed_stop(deed, Phase.LIVE, standing, is_quiet=is_quiet) == stop


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.ENDED])
def test_nothing_is_done_before_or_after(phase):
    assert all(deed_stop(deed, phase, TEACHER, is_quiet=False) is not None for deed in Deed)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("这里卖假证吗", "假证"),
        ("假 证、便宜", "假证"),
        ("假\u200b证", "假证"),
        ("加ＶＸ聊", "vx"),
        ("加 V·x 聊", "vx"),
        ("证书是真的，不是假的", ""),
        ("焊条要烘干", ""),
    ],
)
def test_words_of_the_list_are_found_whatever_stands_between_their_letters(text, found):
    assert bad_word(text, ("假证", "vx")) == found


def test_a_list_is_read_by_lines_each_word_once():
    assert words_of(" 假证\n\n代考 \n假证\n") == ("假证", "代考")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, set()),
        ({"words": ("好",)}, {"words"}),
        ({"words": ("——", "代考")}, {"words"}),
        ({"words": ("长" * 31,)}, {"words"}),
        ({"messages": 0, "roll_call_seconds": 19}, {"messages", "roll_call_seconds"}),
    ],
)
def test_terms_that_make_no_sense_are_named(changes, wrong):
    assert set(terms_problems(RoomTerms(**changes))) == wrong


def test_terms_come_back_from_json():
    terms = RoomTerms(words=("假证",), messages=3)

    assert RoomTerms.from_json(terms.as_json() | {"of_a_later_release": 1}) == terms


def test_the_pace_is_measured_at_its_edge():
    terms = RoomTerms(messages=3)

    assert (is_too_fast(2, terms), is_too_fast(3, terms)) == (False, True)


def test_texts_are_tidied_without_breaking_them():
    assert tidy("  你好\x00\n\n\u202e  第二行 \n👨\u200d🔧") == "你好\n第二行\n👨\u200d🔧"


@pytest.mark.parametrize(("heads", "seconds"), [(0, 1), (300, 1), (301, 2), (2_000, 7)])
def test_counts_cost_a_large_room_no_more_messages_a_second_than_a_middling_one(heads, seconds):
    assert count_seconds(heads) == seconds
