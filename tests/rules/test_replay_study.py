from __future__ import annotations

import pytest

from attendance.rules import Claim, SeatState, study
from attendance.rules.replays import Reel, ReplayPassing
from lms.live.rules.air import FAR
from lms.live.rules.replays import Makeup, Part, makeup_of, makeup_until
from lms.planning.rules import StudyTerms

NOW = 1_778_065_200_000  # 6 May 2026, 19:00 in Shanghai
TERMS = StudyTerms(check_min_ms=None, check_max_ms=None, live_replay="makeup")
# 60 s cut off in front, 300 s, a break that the lesson counts as 20 s, 100 s more.
REEL = Reel((Part(0, 300_000, 60_000, 1), Part(300_000, 100_000, 380_000, 2)))
LESSON = 480_000


def watch(claims, *, covered=(), reach=0, terms=TERMS, seconds=60, until=FAR, lesson_ms=0):
    seat = SeatState(1, session=1, cursor=NOW, seen=NOW, covered=covered, reach=reach, lesson_ms=lesson_ms)
    made = [Claim(number, *claim) for number, claim in enumerate(claims, 1)]

    def rule(*args):
        return ReplayPassing(*args, reel=REEL, until_ms=until)

    return study(seat, terms, LESSON, NOW + seconds * 1000, made, rule)


def lost(pieces):
    return {one.why: one.lost for one in pieces if one.lost}


def test_a_film_is_covered_in_places_of_the_lesson():
    seat, _ = watch([(0, 50_000)])

    assert (seat.covered, seat.reach, seat.lesson_ms) == (((60_000, 110_000),), 110_000, 50_000)


def test_what_was_attended_live_earns_nothing_again():
    seat, _ = watch([(0, 50_000)], covered=((0, 90_000),), reach=90_000, lesson_ms=90_000)

    assert seat.lesson_ms == 90_000 + 20_000
    assert seat.covered == ((0, 110_000),)


def test_rewatching_is_never_credited_whatever_the_policy_says_of_films():
    terms = StudyTerms(check_min_ms=None, check_max_ms=None, rewatch_credited=True)
    seat, pieces = watch([(0, 50_000)], covered=((60_000, 110_000),), reach=110_000, lesson_ms=50_000, terms=terms)

    assert (seat.lesson_ms, {one.why for one in pieces}) == (50_000, {"seen"})


def test_a_claim_over_a_break_goes_on_behind_it():
    seat, _ = watch([(280_000, 320_000)], covered=((60_000, 340_000),), reach=340_000)

    assert seat.covered == ((60_000, 360_000), (380_000, 400_000))


def test_nobody_skips_what_was_not_watched():
    seat, pieces = watch([(200_000, 250_000)])

    assert (seat.covered, {one.why for one in pieces}) == ((), {"seek"})


def test_who_was_there_at_the_end_may_go_anywhere_and_earns_what_was_missed():
    seat, _ = watch([(200_000, 230_000)], covered=((380_000, 480_000),), reach=480_000)

    assert seat.covered == ((260_000, 290_000), (380_000, 480_000))


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        pytest.param((0, 50_000, 100, False), "paused", id="paused"),
        pytest.param((0, 50_000, 100, True, False), "hidden", id="hidden"),
        pytest.param((0, 50_000, 200), "rate", id="too fast"),
        pytest.param((390_000, 420_000), "bad", id="beyond the film"),
        pytest.param((5_000, 5_000), "idle", id="nothing played"),
    ],
)
def test_what_a_film_refuses_a_replay_refuses(claim, why):
    seat, pieces = watch([claim])

    assert (seat.lesson_ms, {one.why for one in pieces}) == (0, {why})


def test_nothing_counts_once_the_time_is_over():
    seat, pieces = watch([(0, 50_000)], until=NOW + 20_000)

    assert seat.lesson_ms == 20_000
    assert lost(pieces)["replay_end"] == 40_000


def test_a_withdrawn_replay_earns_nothing():
    seat, pieces = watch([(0, 50_000)], until=0)

    assert (seat.lesson_ms, set(lost(pieces))) == (0, {"replay_end"})


def test_the_clock_bounds_what_is_claimed():
    seat, _ = watch([(0, 250_000)], seconds=60)

    assert seat.lesson_ms == 60_000


@pytest.mark.parametrize(
    ("reach", "film"),
    [
        pytest.param(0, 0, id="nothing yet"),
        pytest.param(160_000, 100_000, id="within"),
        pytest.param(360_000, 300_000, id="at the break: behind it, nothing lies between"),
        pytest.param(480_000, 400_000, id="all"),
    ],
)
def test_how_far_one_may_go_is_told_in_places_of_the_film(reach, film):
    assert REEL.film_reach(reach) == film


@pytest.mark.parametrize(
    ("covered", "film"),
    [
        pytest.param((), 0, id="nothing"),
        pytest.param(((0, 200_000),), 140_000, id="left early"),
        pytest.param(((200_000, 480_000),), 0, id="came late"),
        pytest.param(((0, 480_000),), 0, id="was there"),
    ],
)
def test_one_goes_on_where_something_was_missed(covered, film):
    assert REEL.first_missed(covered) == film


def test_the_end_of_the_film_asks_for_what_waits():
    terms = StudyTerms(live_replay="makeup")
    seat, _ = watch(
        [(380_000, 400_000)], covered=((60_000, 460_000),), reach=460_000, lesson_ms=300_000, terms=terms
    )  # fmt: skip

    assert seat.check_due > 0


def test_the_days_run_to_the_end_of_the_last_one():
    assert makeup_until(NOW, 1) == NOW + (5 + 24) * 3_600_000
    assert makeup_until(NOW, None) is None


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({}, Makeup.COUNTS, id="counts"),
        pytest.param({"is_published": False}, Makeup.UNPUBLISHED, id="not shown"),
        pytest.param({"way": "none"}, Makeup.NEVER, id="the policy counts no replays"),
        pytest.param({"until_ms": 10}, Makeup.LATE, id="over"),
        pytest.param({"until_ms": 11}, Makeup.COUNTS, id="the last moment"),
        pytest.param({"until_ms": None}, Makeup.COUNTS, id="no limit"),
    ],
)
def test_whether_a_replay_counts(change, expected):
    values = {"is_published": True, "way": "makeup", "until_ms": 99, "now_ms": 10}

    assert makeup_of(**values | change) == expected
