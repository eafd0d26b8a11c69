"""A1, A2, A3 and A6 over whole lives: beats, takeovers, resends and answers in any order; and each broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from attendance.rules import DAY, EAST8, Claim, OverdueError, Piece, SeatState, patient, settle, sit, study
from lms.planning.rules import StudyTerms

LENGTH = 300_000
NINE = 20_000 * DAY - EAST8 + 9 * 3_600_000
TERMS = StudyTerms(check_min_ms=30_000, check_max_ms=30_000, window_from_minute=None, window_to_minute=None)

claims = st.builds(
    Claim,
    seq=st.just(0),
    from_ms=st.integers(0, LENGTH),
    to_ms=st.integers(0, LENGTH),
    rate_percent=st.sampled_from([100, 100, 100, 1600]),
    playing=st.booleans(),
    visible=st.booleans(),
)
played = st.builds(lambda ms: ("play", ms), st.integers(1, 90_000))
steps = st.one_of(
    played,
    played,
    st.builds(lambda body: ("claim", body), st.lists(claims, min_size=1, max_size=4)),
    st.sampled_from([("resend", None), ("takeover", None), ("right", None), ("wrong", None)]),
)
lives = st.lists(st.tuples(st.integers(0, 120_000), steps), max_size=25)


@dataclass(frozen=True)
class Rules:
    """The rules of a server; a broken server has others."""

    study: Callable[..., Any] = study
    sit: Callable[..., SeatState] = sit
    settle: Callable[..., SeatState] = settle


@dataclass
class Life:
    """What one person did and got. The ledger is kept here by hand: confirmed and withheld by what was answered when."""

    rules: Rules
    now: int = NINE
    seat: SeatState = field(default_factory=lambda: SeatState(1, until_check=30_000))
    tape: list[Piece] = field(default_factory=list)
    heard: list[tuple[Claim, list[Piece]]] = field(default_factory=list)
    last: list[Claim] = field(default_factory=list)
    after_resend: list[Any] = field(default_factory=list)
    confirmed: int = 0
    withheld: int = 0
    right_answers: int = 0

    def pending(self) -> int:
        """Return what lies behind the needle, from the tape."""
        return sum(piece.credit for piece in self.tape if piece.n > self.seat.settled)

    def live(self, wait: int, step: tuple[str, Any]) -> None:
        """Live one step."""
        self.now += wait
        kind, what = step
        if not self.seat.session or kind == "takeover":
            self.open()
        elif kind == "play":
            reach = self.seat.reach
            self.send([Claim(self.seat.acked + 1, reach, min(LENGTH, reach + what))])
        elif kind == "claim":
            self.send([claim._replace(seq=self.seat.acked + 1 + place) for place, claim in enumerate(what)])
        elif kind == "resend" and self.last:
            before = self.seat
            self.after_resend.append((before, self.rules.study(before, TERMS, LENGTH, self.now, self.last)))
        elif kind in {"right", "wrong"} and self.seat.check_due:
            self.answer(right=kind == "right")

    def open(self) -> None:
        """Sit down in a new session, on whatever device."""
        try:
            self.seat = patient(self.seat, TERMS, self.now)
        except OverdueError:
            self.post(passed=False)
        kept = {"covered": self.seat.covered, "reach": self.seat.reach, "lesson_ms": self.seat.lesson_ms}
        self.seat, self.last = self.rules.sit(self.seat, self.seat.session + self.seat.ver + 1, self.now, **kept), []

    def send(self, body: list[Claim]) -> None:
        """Send beats."""
        try:
            self.seat, pieces = self.rules.study(self.seat, TERMS, LENGTH, self.now, body)
        except OverdueError:
            self.post(passed=False)
            return
        self.tape += pieces
        self.last = body
        self.heard += [(claim, [piece for piece in pieces if piece.seq == claim.seq]) for claim in body]

    def answer(self, *, right: bool) -> None:
        """Answer the open check."""
        try:
            patient(self.seat, TERMS, self.now)
        except OverdueError:
            right = False
        self.right_answers += right
        self.post(passed=right)

    def post(self, *, passed: bool) -> None:
        """Move the needle."""
        behind = self.pending()
        before, self.seat = self.seat, self.rules.settle(self.seat, passed=passed, draw=30_000, withheld_today=behind)
        is_confirmed = self.seat.session == before.session != 0  # who failed is stood up
        self.confirmed += behind * is_confirmed
        self.withheld += behind * (not is_confirmed)


def lived(steps: list[Any], rules: Rules = Rules()) -> Life:  # noqa: B008 (frozen)
    """Return a life."""
    life = Life(rules)
    for wait, step in steps:
        life.live(wait, step)
    return life


def a1_credit_lies_in_time_that_passed_once(life: Life) -> bool:
    spans = sorted((piece.start, piece.start + piece.credit) for piece in life.tape if piece.credit)
    apart = all(end <= begin for (_, end), (begin, _) in zip(spans, spans[1:], strict=False))
    return apart and all(begin >= NINE and end <= life.now for begin, end in spans)


def a2_only_what_was_played_in_sight_at_the_allowed_speed_counts(life: Life) -> bool:
    return all(
        claim.playing and claim.visible and claim.rate_percent <= 100 and claim.from_ms <= piece.from_ms <= claim.to_ms
        for claim, pieces in life.heard
        for piece in pieces
        if piece.credit
    )


def a3_a_resend_changes_nothing(life: Life) -> bool:
    return all(after == (before, []) for before, after in life.after_resend)


def a6_credit_is_pending_or_confirmed_by_a_right_answer_or_withheld(life: Life) -> bool:
    total = sum(piece.credit for piece in life.tape)
    adds_up = total == life.confirmed + life.withheld + life.pending() and life.seat.pending == life.pending()
    return adds_up and (life.right_answers > 0 or life.confirmed == 0)


INVARIANTS = [
    a1_credit_lies_in_time_that_passed_once,
    a2_only_what_was_played_in_sight_at_the_allowed_speed_counts,
    a3_a_resend_changes_nothing,
    a6_credit_is_pending_or_confirmed_by_a_right_answer_or_withheld,
]


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda one: one.__name__)
@given(life=lives)
@settings(max_examples=60, deadline=None)
def test_it_holds_whatever_one_does(invariant, life):
    assert invariant(lived(life))


def turning_back(*args: Any, **more: Any) -> SeatState:
    seat = sit(*args, **more)
    return replace(seat, cursor=seat.cursor - 60_000)


def believing(seat: SeatState, terms: StudyTerms, length: int, now: int, body: list[Claim]) -> Any:
    return study(seat, terms, length, now, [claim._replace(visible=True, playing=True) for claim in body])


def forgetful(seat: SeatState, terms: StudyTerms, length: int, now: int, body: list[Claim]) -> Any:
    fresh = [claim._replace(seq=seat.acked + place) for place, claim in enumerate(body, 1)]
    return study(seat, terms, length, now, fresh)


def lenient(seat: SeatState, *, passed: bool, **more: Any) -> SeatState:
    return settle(seat, passed=True, **more)


BROKEN = {
    "a takeover that turns the cursor back": Rules(sit=turning_back),
    "a server that believes": Rules(study=believing),
    "a server that forgets": Rules(study=forgetful),
    "a server that lets every check pass": Rules(settle=lenient),
}
FIRST_FOUND = settings(max_examples=3_000, deadline=None, derandomize=True, phases=[Phase.generate])


@pytest.mark.parametrize(("invariant", "broken"), list(zip(INVARIANTS, BROKEN.values(), strict=True)), ids=list(BROKEN))
def test_a_server_that_breaks_it_is_found_out(invariant, broken):
    assert find(lives, lambda life: not invariant(lived(life, broken)), settings=FIRST_FOUND)
