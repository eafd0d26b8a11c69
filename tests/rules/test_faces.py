"""Faces: which score decides what, and which sequences of frames show the moves that were asked."""

from dataclasses import replace
from math import cos, radians, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.faces.rules import (
    FaceTerms,
    Frame,
    challenge_problem,
    likeness,
    nose_turn,
    possible_sequences,
    terms_problems,
    verdict,
)
from tests.faces.terms import TERMS

FRONTAL = [(30.0, 40.0), (70.0, 40.0), (50.0, 62.0), (36.0, 82.0), (64.0, 82.0)]
ASKED = ("left", "centre", "closer")
MADE = [
    Frame("centre", 0, 0.02, 0.30, 0.70, 1.0),
    Frame("left", 3000, 0.35, 0.29, 0.50, 0.60),
    Frame("centre", 6000, 0.03, 0.30, 0.70, 0.60),
    Frame("closer", 11_000, 0.01, 0.36, 0.70, 0.80),
]


@pytest.mark.parametrize(
    ("score", "says"), [(0.45, "passed"), (0.4499, "unclear"), (0.36, "unclear"), (0.3599, "failed"), (-1, "failed")]
)
def test_score_decides(score, says):
    assert verdict(score, TERMS) == says


def test_turn_is_to_the_side_of_the_nose():
    assert nose_turn(FRONTAL) == 0
    assert nose_turn([*FRONTAL[:2], (60.0, 62.0), *FRONTAL[3:]]) == pytest.approx(0.25)
    assert nose_turn([(1.0, 1.0)] * 5) == 0


@given(st.floats(-80, 80), st.floats(0.3, 1), st.floats(-0.5, 0.5), st.floats(-500, 500))
def test_flat_picture_turned_by_hand_does_not_turn_the_nose(angle, narrower, shear, away):
    a = radians(angle)

    def moved(x, y):
        x, y = x * narrower + y * shear, y
        return x * cos(a) - y * sin(a) + away, x * sin(a) + y * cos(a)

    points = [*FRONTAL[:2], (58.0, 62.0), *FRONTAL[3:]]

    assert nose_turn([moved(*point) for point in points]) == pytest.approx(nose_turn(points), abs=1e-6)


def test_moves_in_time_are_accepted():
    assert challenge_problem(ASKED, MADE, TERMS, 12) is None


def with_frame(index, **changes):
    return [replace(frame, **changes) if n == index else frame for n, frame in enumerate(MADE)]


@pytest.mark.parametrize(
    ("frames", "says"),
    [
        pytest.param(MADE[:-1], "没有收到全部动作", id="a frame is missing"),
        pytest.param([MADE[0], MADE[2], MADE[1], MADE[3]], "没有收到全部动作", id="another order"),
        pytest.param(with_frame(3, at_ms=12_001), "12秒内", id="too late"),
        pytest.param(with_frame(2, at_ms=3000), "12秒内", id="two frames at once"),
        pytest.param(with_frame(0, at_ms=-1), "12秒内", id="before it began"),
        pytest.param(with_frame(1, to_previous=0.29), "不一致", id="somebody else looks in"),
        pytest.param(with_frame(1, to_reference=0.29), "不一致", id="somebody else turns"),
        pytest.param(with_frame(1, turn=-0.35), "幅度不够", id="turned to the other side"),
        pytest.param(with_frame(1, turn=0.148), "幅度不够", id="a flat photo, turned by hand"),
        pytest.param(with_frame(1, turn=0.25), "再转大", id="turned a little"),
        pytest.param(with_frame(2, turn=0.30), "幅度不够", id="did not turn back"),
        pytest.param(with_frame(3, share=0.34), "幅度不够", id="did not come closer"),
    ],
)
def test_other_sequences_are_refused_with_the_reason(frames, says):
    assert says in challenge_problem(ASKED, frames, TERMS, 12).sentence


def test_right_is_the_mirror_of_left():
    mirrored = [replace(frame, turn=-frame.turn) for frame in MADE]

    assert challenge_problem(ASKED, mirrored, TERMS, 12)
    mirrored[1] = replace(mirrored[1], move="right")
    assert challenge_problem(("right", "centre", "closer"), mirrored, TERMS, 12) is None


def test_every_sequence_has_a_turn_and_no_move_twice_in_a_row():
    sequences = possible_sequences(3)

    assert len(sequences) == len(set(sequences)) == 26
    assert all({"left", "right"} & set(moves) for moves in sequences)
    assert all(moves[0] != "centre" for moves in sequences)


def test_likeness_is_that_of_the_best_frame_that_looks_straight():
    frames = [replace(frame, to_reference=score) for frame, score in zip(MADE, (0.5, 0.9, 0.7, 0.4), strict=True)]

    assert likeness(frames, TERMS) == 0.7


@pytest.mark.parametrize(("capture", "moves", "seconds"), [("camera", 3, 12), ("file", 1, 180)])
def test_single_photographs_take_longer_and_show_fewer_moves(capture, moves, seconds):
    assert (TERMS.moves_for(capture), TERMS.seconds_for(capture)) == (moves, seconds)


def test_policy_of_an_earlier_release_has_the_figures_that_came_later():
    earlier = TERMS.as_json()
    del earlier["file_moves"]

    assert FaceTerms.from_json(earlier) == TERMS
    del earlier["swing"]
    with pytest.raises(KeyError):
        FaceTerms.from_json(earlier)


def test_more_moves_than_pictures_cannot_be():
    assert set(terms_problems(replace(TERMS, moves=5))) == {"most_frames"}
