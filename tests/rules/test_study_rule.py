"""The pure rule of learning time under every stream of claims that hypothesis can think of (A1, A2, A3, A6)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attendance.rules import (
    DAY,
    EAST8,
    Claim,
    OverdueError,
    Piece,
    SeatState,
    ask,
    confirmed,
    day_of,
    fresh,
    leave,
    may_settle,
    merge,
    network_of,
    owes_check,
    pack,
    patient,
    settle,
    sit,
    study,
    total,
    unpack,
)
from lms.planning.rules import StudyTerms

LENGTH = 600_000
NINE = 20_000 * DAY - EAST8 + 9 * 3_600_000  # 09:00 in Shanghai
OPEN = StudyTerms(check_min_ms=None, check_max_ms=None, window_from_minute=None, window_to_minute=None)

positions = st.integers(-5_000, LENGTH + 5_000)
claims = st.builds(
    Claim,
    seq=st.just(0),
    from_ms=positions,
    to_ms=positions,
    rate_percent=st.sampled_from([0, 50, 100, 150, 1600]),
    playing=st.booleans(),
    visible=st.booleans(),
)
requests = st.lists(
    st.tuples(st.integers(-3_000, 90_000), st.lists(claims, min_size=1, max_size=6)), min_size=1, max_size=12
)
terms = st.builds(
    replace,
    st.just(OPEN),
    daily_cap_ms=st.sampled_from([None, 60_000, 8 * 3_600_000]),
    window_from_minute=st.just(6 * 60),
    window_to_minute=st.sampled_from([9 * 60 + 1, 23 * 60]),
    max_rate_percent=st.sampled_from([100, 150]),
    skip_allowed=st.booleans(),
    rewatch_credited=st.booleans(),
    slack_ms=st.sampled_from([0, 10_000]),
)


def seated(now: int = NINE) -> SeatState:
    return sit(SeatState(person=1), 7, now, covered=(), reach=0, lesson_ms=0)


def play(rule: StudyTerms, stream, *, start: int = NINE):
    """Send a stream; return the seat, all pieces and the arrival of the last request."""
    seat, now, pieces, steps = seated(start), start, [], []
    for wait, body in stream:
        now += wait
        numbered = [claim._replace(seq=seat.acked + 1 + place) for place, claim in enumerate(body)]
        before = seat
        seat, more = study(seat, rule, LENGTH, now, numbered)
        steps.append((before, seat, more, now))
        pieces += more
    return seat, pieces, steps


@given(requests, terms)
@settings(max_examples=100, deadline=None)
def test_pieces_tile_the_clock_and_never_reach_the_future(stream, rule):
    seat, pieces, steps = play(rule, stream)

    at = NINE
    for piece in pieces:
        assert piece.credit >= 0
        assert piece.lost >= 0
        assert piece.start == at or piece.start + piece.credit + piece.lost == at or piece.start >= at
        at = max(at, piece.start + piece.credit + piece.lost)
    for before, after, more, now in steps:
        latest = max(now, before.cursor, before.seen)
        assert sum(piece.credit + piece.lost for piece in more) == after.cursor - before.cursor
        assert after.cursor <= latest
        assert after.cursor >= before.cursor
        assert all(piece.start + piece.credit <= latest for piece in more)
    assert len({piece.n for piece in pieces}) == len(pieces)
    assert seat.n == len(pieces)


@given(requests, terms)
@settings(max_examples=100, deadline=None)
def test_a_request_earns_no_more_than_its_lease_its_claims_or_the_lesson(stream, rule):
    seat, pieces, steps = play(rule, stream)

    for before, _, more, now in steps:
        earned = sum(piece.credit for piece in more)
        assert earned <= rule.lease_ms
        assert earned <= max(0, max(now, before.cursor, before.seen) - before.cursor)
    assert sum(piece.credit for piece in pieces) <= LENGTH
    assert seat.lesson_ms == sum(piece.credit for piece in pieces)
    if not rule.rewatch_credited:
        assert sum(piece.credit for piece in pieces) <= total(seat.covered)


@given(requests, terms)
@settings(max_examples=60, deadline=None)
def test_coverage_is_the_union_of_what_was_credited(stream, rule):
    seat, pieces, _ = play(rule, stream)

    union: set[int] = set()
    for piece in pieces:
        if piece.credit:
            assert 0 <= piece.from_ms <= piece.to_ms <= LENGTH
            union |= set(range(piece.from_ms, piece.to_ms, 1)) if piece.to_ms - piece.from_ms < 200_000 else set()
    if all(piece.to_ms - piece.from_ms < 200_000 for piece in pieces):
        assert total(seat.covered) == len(union)
    assert unpack(pack(seat.covered)) == seat.covered
    assert list(seat.covered) == sorted(seat.covered)


@given(requests, terms)
@settings(max_examples=60, deadline=None)
def test_no_piece_crosses_midnight_the_window_or_the_cap(stream, rule):
    late = 20_000 * DAY - EAST8 + 23 * 3_600_000 - 60_000  # a minute before the window's end
    _, pieces, _ = play(rule, stream, start=late)

    by_day: dict[int, int] = {}
    for piece in pieces:
        if piece.credit:
            last = piece.start + piece.credit - 1
            assert day_of(piece.start) == day_of(last)
            by_day[day_of(last)] = by_day.get(day_of(last), 0) + piece.credit
            minute = (last + EAST8) % DAY // 60_000
            assert rule.window_from_minute <= minute < rule.window_to_minute
    if rule.daily_cap_ms is not None:
        assert all(ms <= rule.daily_cap_ms for ms in by_day.values())


@given(requests, st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_replaying_any_request_changes_nothing(stream, times):
    seat, now = seated(), NINE
    for wait, body in stream:
        now += wait
        numbered = [claim._replace(seq=seat.acked + 1 + place) for place, claim in enumerate(body)]
        seat, _ = study(seat, OPEN, LENGTH, now, numbered)
        for _ in range(times):
            assert study(seat, OPEN, LENGTH, now + 5_000, numbered) == (seat, [])


@given(requests, st.lists(st.integers(0, 11), max_size=12))
@settings(max_examples=60, deadline=None)
def test_parallel_streams_of_one_person_share_one_clock(stream, switches):
    """Ten devices are one seat: whatever is taken over how often, credit stays within the wall clock (A1, A5)."""
    seat, now, credit, session = seated(), NINE, 0, 7
    for place, (wait, body) in enumerate(stream):
        now += abs(wait)
        if place in switches:
            session += 1
            seat = sit(seat, session, now, covered=(), reach=0, lesson_ms=0)
        numbered = [claim._replace(seq=seat.acked + 1 + n) for n, claim in enumerate(body)]
        seat, pieces = study(seat, OPEN, LENGTH, now, numbered)
        credit += sum(piece.credit for piece in pieces)

    assert credit <= now - NINE


@pytest.mark.parametrize(
    ("cheat", "body"),
    [
        pytest.param("finished", [Claim(0, 0, LENGTH)], id="a forged «finished»"),
        pytest.param("fast", [Claim(0, 0, 160_000, 1600)], id="sixteen times as fast"),
        pytest.param("loop", [Claim(0, 0, 10_000)] * 6, id="the same ten seconds in a loop"),
        pytest.param("skip", [Claim(0, 590_000, 600_000)], id="the last ten seconds only"),
        pytest.param("hidden", [Claim(0, 0, 10_000, 100, True, False)], id="in the background"),
        pytest.param("backwards", [Claim(0, 10_000, 0)], id="backwards"),
        pytest.param("beyond", [Claim(0, 0, LENGTH * 9)], id="beyond the end"),
    ],
)
def test_a_cheat_earns_no_more_than_honest_watching_of_the_same_time(cheat, body):
    honest = sum(piece.credit for piece in play(OPEN, [(10_000, [Claim(0, 0, 10_000)])])[1])
    cheating = sum(piece.credit for piece in play(OPEN, [(10_000, body)])[1])

    assert honest == 10_000
    assert cheating <= honest
    if cheat in {"fast", "skip", "hidden", "backwards", "beyond"}:
        assert cheating == 0


def test_a_weakened_rule_lets_the_fast_cheat_gain():
    """The control: without the clock's horizon the same claims would earn the whole film."""
    weak = replace(OPEN, lease_ms=10**9)
    seat = replace(seated(), cursor=NINE - LENGTH)  # a server that would date the last contact back

    _, pieces = study(seat, weak, LENGTH, NINE + 10_000, [Claim(1, 0, LENGTH)])

    assert sum(piece.credit for piece in pieces) == LENGTH


def test_an_honest_learner_on_a_bad_network_loses_nothing_within_the_slack():
    seat, now, sent, credit = seated(), NINE, 0, 0
    for n in range(1, 31):
        now = NINE + n * 10_000
        seat, pieces = study(seat, OPEN, LENGTH, now + (n % 4) * 2_000, [Claim(n, sent, sent + 10_000)])
        sent, credit = sent + 10_000, credit + sum(piece.credit for piece in pieces)

    assert credit == 300_000


def test_a_gap_longer_than_the_lease_is_lost_but_for_the_lease():
    _, pieces, _ = play(OPEN, [(300_000, [Claim(0, 0, 300_000)])])

    assert sum(piece.credit for piece in pieces) == OPEN.lease_ms
    assert pieces[-1].why == "gap"


CHECKED = replace(OPEN, check_min_ms=20_000, check_max_ms=20_000)


def until_checked() -> SeatState:
    seat = replace(seated(), until_check=20_000)
    for n in (1, 2):
        seat, _ = study(seat, CHECKED, LENGTH, NINE + n * 10_000, [Claim(n, (n - 1) * 10_000, n * 10_000)])
    return seat


def test_a_check_is_asked_by_the_beat_that_crosses_zero():
    seat = until_checked()

    assert seat.check_no == 1
    assert seat.check_due == NINE + 20_000 + CHECKED.check_answer_ms


def test_a_passed_check_confirms_and_a_failed_one_takes_back_and_stops():
    seat = until_checked()

    passed = settle(seat, passed=True, draw=20_000, withheld_today=0)
    failed = settle(seat, passed=False, draw=20_000, withheld_today=20_000)

    assert (confirmed(passed), passed.pending, passed.session) == (20_000, 0, 7)
    assert (failed.pending, failed.session, failed.day_ms) == (0, 0, 0)


@pytest.mark.parametrize(
    ("rule", "pending", "owes"),
    [
        pytest.param(OPEN, 1, True, id="credit of another class, in one without checks"),
        pytest.param(OPEN, 0, False, id="nothing pending"),
        pytest.param(CHECKED, 1, False, id="a class that asks by itself"),
    ],
)
def test_a_class_without_checks_asks_for_what_another_class_left_pending(rule, pending, owes):
    seat = replace(seated(), pending=pending)

    assert owes_check(seat, rule) is owes
    assert not owes_check(ask(seat, rule, NINE), rule)


def test_credit_without_checks_counts_by_itself_but_for_an_open_check():
    assert may_settle(seated(), OPEN)
    assert not may_settle(seated(), CHECKED)
    assert not may_settle(ask(seated(), OPEN, NINE), OPEN)


def test_study_without_checks_brings_no_scheduled_check_nearer():
    seat, _ = study(replace(seated(), until_check=30_000), OPEN, LENGTH, NINE + 10_000, [Claim(1, 0, 10_000)])

    assert (seat.pending, seat.until_check) == (10_000, 30_000)


@given(requests, terms)
@settings(max_examples=60, deadline=None)
def test_a_sitting_that_ends_leaves_no_hole_before_its_last_contact(stream, rule):
    seat, pieces, _ = play(rule, stream)

    left, tail = leave(seat)

    assert left.cursor == max(seat.cursor, seat.seen)
    assert sum(piece.credit + piece.lost for piece in [*pieces, *tail]) == left.cursor - NINE
    assert (left.pending, left.n) == (seat.pending, len(pieces) + len(tail))


def test_contact_past_the_time_of_a_check_is_overdue():
    seat = until_checked()
    seat, _ = study(seat, CHECKED, LENGTH, NINE + 30_000, [Claim(3, 20_000, 30_000)])

    with pytest.raises(OverdueError):
        patient(seat, CHECKED, seat.check_due + 1)


def test_silence_is_asked_again_once_and_then_counts_as_missed():
    seat = replace(until_checked(), seen=NINE)
    again = patient(seat, CHECKED, seat.check_due + 1)

    assert again.rearms == 0
    with pytest.raises(OverdueError):
        patient(replace(again, seen=NINE), CHECKED, again.check_due + 1)


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=12), st.integers(0, 300), st.integers(0, 60)
)
def test_spans_merge_and_subtract_like_sets(spans, start, size):
    covered, model = (), set()
    for a, length in spans:
        covered, model = merge(covered, a, a + length), model | set(range(a, a + length))

    assert total(covered) == len(model)
    left = {x for a, b in fresh(covered, start, start + size) for x in range(a, b)}
    assert left == set(range(start, start + size)) - model


def test_pieces_are_what_the_table_holds():
    from attendance.models import Beat

    columns = {field.name for field in Beat._meta.get_fields()} - {"person", "pk"}
    assert columns == set(Piece._fields)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.*"),
        ("2408:8214:a1::7", "2408:8214:a1:*"),
        ("192.168.1.4", ""),
        ("10.0.0.1", ""),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("fd00::9", ""),
        ("", ""),
        ("unknown", ""),
    ],
)
def test_a_network_is_named_without_the_household(address, network):
    assert network_of(address) == network
