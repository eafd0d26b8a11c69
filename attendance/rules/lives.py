"""Learning time in a live lesson: the same seat and tape, and nothing while the teacher is off the air. Pure.

A page claims how long its picture ran; when that was, and where in the lesson, the server's own records say (lms.live).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from attendance.rules import Claim, Passing, Piece, SeatState
from lms.live.rules.air import Air
from lms.planning.rules import StudyTerms

OFF_AIR = "off_air"


def live_refusal(claim: Claim, terms: StudyTerms) -> str:
    """Return why a claim of a live lesson's page earns nothing, or an empty text. Its positions are not looked at."""
    if claim.to_ms < claim.from_ms or claim.rate_percent <= 0:
        return "bad"
    if not claim.playing:
        return "paused"
    return "" if claim.visible or terms.hidden_credited else "hidden"


class LivePassing(Passing):
    """One request of a live lesson's page on its way along the clock."""

    def __init__(self, seat: SeatState, terms: StudyTerms, length_ms: int, now: int, *, air: Air) -> None:
        super().__init__(seat, terms, length_ms, now)
        self.air = air

    def take(self, claim: Claim) -> None:
        """Credit what the claim may have of the time on the air; note why when it is nothing."""
        why = live_refusal(claim, self.terms)
        before = len(self.pieces)
        if not why:
            self.take_span(claim._replace(rate_percent=100), claim.from_ms, claim.to_ms)
        if len(self.pieces) == before:
            full = self.seat.lesson_ms >= self.length_ms and claim.to_ms > claim.from_ms
            why = why or ("seen" if full else "fast" if claim.to_ms > claim.from_ms else "idle")
            self.put(claim, 0, 0, self.placed(0, 0), why)
        self.blame = self.blame or why

    def room(self) -> tuple[int, int, str]:
        """Return how much may be credited from this moment on: nothing while the teacher is off the air."""
        air = self.air.at(self.moment)
        if not air.is_on:
            return 0, air.until_ms, OFF_AIR
        room, until, shut = super().room()
        return min(room, air.until_ms - self.moment), min(until, air.until_ms), shut

    def placed(self, start: int, reached: int) -> tuple[int, int]:
        """Return where in the lesson this moment is, whatever was claimed."""
        here = self.air.at(self.moment).position_ms
        return here, here + reached - start

    def finish(self, last_seq: int) -> tuple[SeatState, list[Piece]]:
        """Return the seat and its pieces; of what nobody claimed, time off the air is told apart."""
        end = max(self.moment, self.now - self.terms.slack_ms)
        late = self.now - self.begin > self.terms.lease_ms
        while self.moment < end:
            air = self.air.at(self.moment)
            step = min(end, air.until_ms)
            why = OFF_AIR if not air.is_on else "gap" if late else self.blame or self.pieces[-1].why or "idle"
            self.lose(step - self.moment, why)
        return super().finish(last_seq)

    def lose(self, ms: int, why: str) -> None:
        """Add lost time to the tape: to the piece that is lost for the same reason, if that is the last one."""
        last = self.pieces[-1]
        if last.why == why or not (last.credit or last.lost):
            self.pieces[-1] = last._replace(lost=last.lost + ms, why=why)
        else:
            claim = Claim(last.seq, last.to_ms, last.to_ms)
            self.put(claim, 0, ms, (last.to_ms, last.to_ms), why)
        self.moment += ms

    def is_scheduled(self) -> bool:
        """Return whether what is earned here counts towards the next check: not where only the teacher asks."""
        return super().is_scheduled() and self.terms.live_checks == "scheduled"

    def is_ended(self) -> bool:
        """Return whether the lesson is over: whoever is still there is asked, so that what they have is confirmed."""
        return self.air.is_over


PRESENT_BUT = frozenset({"cap", "window", "seen"})  # one was there, and it earns no more


class Held(NamedTuple):
    """A stretch of somebody's time in a live lesson: counted (no reason), or lost with its reason. Wall clock in ms."""

    start: int
    end: int
    why: str


def held_of(pieces: Iterable[tuple[int, int, int, str]]) -> list[Held]:
    """Return stretches of tape pieces (start, credit, lost, why) in order; neighbours of one reason are one (到课时间线)."""
    found: list[Held] = []
    for start, credit, lost, why in pieces:
        for begin, length, reason in ((start, credit, ""), (start + credit, lost, why)):
            if not length:
                continue
            if found and (found[-1].end, found[-1].why) == (begin, reason):
                begin = found.pop().start
                length = start + credit + lost - begin if reason else start + credit - begin
            found.append(Held(begin, begin + length, reason))
    return found


def share_percent(present_ms: int, on_air_ms: int) -> int:
    """Return which share of a live lesson somebody was there, in whole percent, rounded down (到课率)."""
    return min(100, 100 * present_ms // on_air_ms) if on_air_ms else 0


def is_enough(present_ms: int, on_air_ms: int, terms: StudyTerms) -> bool:
    """Return whether somebody was there long enough for the lesson to count (达到最低到课比例)."""
    least = terms.live_minimum_percent
    return present_ms > 0 and (least is None or 100 * present_ms >= least * on_air_ms)


def is_made_up(covered_ms: int, length_ms: int, terms: StudyTerms) -> bool:
    """Return whether so much of a lesson was covered that what was studied at its replay counts (达到补课比例)."""
    least = terms.live_replay_percent
    return least is None or 100 * covered_ms >= least * length_ms
