"""Learning time at a live lesson's recording: a film whose places are those of the lesson (直播补课). Pure.

A page claims positions of the film; the lesson's own are what is covered, so a minute that was attended live earns nothing again,
whatever the policy says of rewatching.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from attendance.rules import END_SLOP_MS, Claim, Passing, SeatState, Spans, fresh, refusal
from lms.live.rules.air import FAR
from lms.live.rules.replays import Part, film_length
from lms.planning.rules import StudyTerms

OVER = "replay_end"


@dataclass(frozen=True, slots=True)
class Reel:
    """What a recording is made of, and where its stretches lie in the lesson (录像). Never empty."""

    parts: tuple[Part, ...]

    @property
    def length_ms(self) -> int:
        """Return how long it plays."""
        return film_length(self.parts)

    def claims(self, claim: Claim) -> Iterator[tuple[int, Claim]]:
        """Yield what of a claim lies in which part (its number), in positions of the lesson."""
        for number, part in enumerate(self.parts):
            start, end = max(claim.from_ms, part.film_ms), min(claim.to_ms, part.film_ms + part.length_ms)
            if start < end:
                shift = part.lesson_ms - part.film_ms
                yield number, claim._replace(from_ms=start + shift, to_ms=end + shift)

    def reach_of(self, number: int, reach: int) -> int:
        """Return how far one has come at the begin of a part: at the end of the one before it nothing lies between."""
        begin = self.parts[number].lesson_ms
        if number == 0:
            return max(reach, begin)
        before = self.parts[number - 1]
        return max(reach, begin) if reach >= before.lesson_ms + before.length_ms - END_SLOP_MS else reach

    def film_reach(self, reach: int) -> int:
        """Return how far into the film one has come, from how far into the lesson (可拖动到的位置)."""
        film = 0
        for number, part in enumerate(self.parts):
            come = self.reach_of(number, reach) - part.lesson_ms
            if come < 0:
                break
            film = part.film_ms + min(come, part.length_ms)
        return film

    def first_missed(self, covered: Spans) -> int:
        """Return where the film shows what was not covered yet; its beginning when there is nothing (续学位置)."""
        for part in self.parts:
            left = fresh(covered, part.lesson_ms, part.lesson_ms + part.length_ms)
            wide = [start for start, end in left if end - start > END_SLOP_MS]
            if wide:
                return part.film_ms + wide[0] - part.lesson_ms
        return 0


def reel_of(parts: Sequence[Part]) -> Reel:
    """Return the reel of a replay's parts."""
    return Reel(tuple(parts))


class ReplayPassing(Passing):
    """One request of a replay's page on its way along the clock. `until_ms`: when watching counts no more."""

    def __init__(
        self, seat: SeatState, terms: StudyTerms, length_ms: int, now: int, *, reel: Reel, until_ms: int
    ) -> None:
        super().__init__(seat, terms, length_ms, now, media_ms=FAR)
        self.reel, self.until_ms = reel, until_ms

    def take(self, claim: Claim) -> None:
        """Credit what the claim may have, in positions of the lesson; note why when it is nothing."""
        why = refusal(claim, self.terms, self.reel.length_ms, FAR)
        placed = [] if why else list(self.reel.claims(claim))
        for number, part in placed:
            self.seat.reach = self.reel.reach_of(number, self.seat.reach)
            super().take(part)
        if not placed:
            why, here = why or "idle", self.seat.reach
            self.put(claim, 0, 0, (here, here), why)
            self.blame = self.blame or why

    def spans(self, claim: Claim, why: str) -> list[tuple[int, int]]:
        """Return what the claim may earn from: only what was not covered, neither live nor here."""
        return [] if why else fresh(self.seat.covered, claim.from_ms, claim.to_ms)

    def room(self) -> tuple[int, int, str]:
        """Return how much may be credited from this moment on: nothing once the replay is withdrawn or its time is over."""
        if self.moment >= self.until_ms:
            return 0, FAR, OVER
        room, until, shut = super().room()
        return min(room, self.until_ms - self.moment), min(until, self.until_ms), shut

    def is_ended(self) -> bool:
        """Return whether the film's end was reached now: what waits is confirmed there."""
        return bool(self.credit) and self.reel.film_reach(self.seat.reach) >= self.reel.length_ms - END_SLOP_MS
