"""The pure rule of learning time: one seat and one tape per person (docs/adr/0008). Milliseconds everywhere.

A seat's cursor runs over the server's clock and never back. A request moves it and cuts what it passed into pieces on the
tape: credited, or lost with a reason. credit + lost equals the way of the cursor, so the pieces of a person neither overlap
nor leave a hole, over all devices, lessons and classes (A1). What the browser says is a claim; the clock bounds it (A2).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from lms.planning.rules import StudyTerms

DAY, EAST8, MINUTE = 86_400_000, 28_800_000, 60_000  # Asia/Shanghai: no summer time since 1991
END_SLOP_MS = 1_500  # players stop a few frames before the length that the file states
AUTO_SETTLE_MS = 600_000  # without checks the ledger is posted after this much credit
Spans = tuple[tuple[int, int], ...]


class OverdueError(Exception):
    """The open check ran out while there was contact: it must be settled as failed first."""


class Claim(NamedTuple):
    """What a player says of a stretch of media (心跳申报): positions in ms, rate in percent."""

    seq: int
    from_ms: int
    to_ms: int
    rate_percent: int = 100
    playing: bool = True
    visible: bool = True


class Piece(NamedTuple):
    """A piece of the tape (心跳): wall time [start, start+credit) is credited, `lost` follows it."""

    n: int
    session: int
    seq: int
    at: int
    start: int
    credit: int
    lost: int
    from_ms: int
    to_ms: int
    why: str


@dataclass(slots=True)
class SeatState:
    """A person's seat (学习席位): who sits, and how far everything is decided."""

    person: int
    ver: int = 0
    session: int = 0  # 0: nobody sits
    acked: int = 0
    cursor: int = 0  # all wall time up to it is decided
    seen: int = 0  # last accepted contact
    n: int = 0  # pieces on the tape
    settled: int = 0  # the needle: pieces up to it are in the ledger
    pending: int = 0  # credit after the needle
    earned: int = 0  # credit of the sitting session
    day: int = 0
    day_ms: int = 0
    until_check: int = AUTO_SETTLE_MS  # credit still to earn before the next check
    check_no: int = 0
    check_due: int = 0  # 0: none is open
    rearms: int = 0
    reach: int = 0  # furthest credited position
    lesson_ms: int = 0  # credit of this lesson in this enrolment: never more than its length
    covered: Spans = field(default=())


def day_of(moment: int) -> int:
    """Return the number of the local calendar day (Asia/Shanghai)."""
    return (moment + EAST8) // DAY


def fresh(covered: Spans, start: int, end: int) -> list[tuple[int, int]]:
    """Return what of [start, end) is not covered yet."""
    left = []
    for a, b in covered:
        if b <= start:
            continue
        if a >= end:
            break
        if a > start:
            left.append((start, a))
        start = b
        if start >= end:
            return left
    return [*left, (start, end)] if start < end else left


def merge(covered: Spans, start: int, end: int) -> Spans:
    """Return the spans with [start, end) added."""
    if start >= end:
        return covered
    if covered and covered[-1][1] == start:  # the usual: straight on
        return (*covered[:-1], (covered[-1][0], end))
    before = [span for span in covered if span[1] < start]
    after = [span for span in covered if span[0] > end]
    touched = [span for span in covered if span[1] >= start and span[0] <= end]
    return (*before, (min([start, *(a for a, _ in touched)]), max([end, *(b for _, b in touched)])), *after)


def total(covered: Spans) -> int:
    """Return how much is covered."""
    return sum(end - start for start, end in covered)


def room_at(terms: StudyTerms, moment: int, day_ms: int) -> tuple[int, int, str]:
    """Return (how much may be credited from `moment` on, until when that holds, why not when nothing may)."""
    midnight = (day_of(moment) + 1) * DAY - EAST8
    end = midnight
    if terms.window_from_minute is not None and terms.window_to_minute is not None:
        opens = midnight - DAY + terms.window_from_minute * MINUTE
        closes = midnight - DAY + terms.window_to_minute * MINUTE
        if moment < opens:
            return 0, opens, "window"
        if moment >= closes:
            return 0, midnight, "window"
        end = min(end, closes)
    if terms.daily_cap_ms is None:
        return end - moment, end, ""
    left = terms.daily_cap_ms - day_ms
    return (min(left, end - moment), end, "") if left > 0 else (0, midnight, "cap")


def refusal(claim: Claim, terms: StudyTerms, length_ms: int, reach: int) -> str:
    """Return why a claim earns nothing, or an empty text."""
    refusals = (
        (not 0 <= claim.from_ms <= claim.to_ms <= length_ms or claim.rate_percent <= 0, "bad"),
        (not claim.playing, "paused"),
        (not claim.visible, "hidden"),
        (claim.rate_percent > terms.max_rate_percent, "rate"),
        (not terms.skip_allowed and claim.from_ms > reach + terms.seek_slop_ms, "seek"),
    )
    return next((why for refused, why in refusals if refused), "")


def patient(seat: SeatState, terms: StudyTerms, now: int) -> SeatState:
    """Return the seat at its first contact after an open check ran out: silence is not an answer, it is asked again.

    Raises OverdueError when there was contact while the check was open, or it was asked again often enough.
    """
    if not seat.check_due or now <= seat.check_due:
        return replace(seat)
    if seat.seen > seat.check_due - terms.check_answer_ms or not seat.rearms:
        raise OverdueError
    return replace(seat, check_due=now + terms.check_answer_ms, rearms=seat.rearms - 1)


class Passing:
    """One request on its way along the clock."""

    def __init__(self, seat: SeatState, terms: StudyTerms, length_ms: int, now: int) -> None:
        self.seat, self.terms, self.length_ms, self.now = seat, terms, length_ms, now
        self.begin = self.moment = seat.cursor
        self.horizon = min(now, seat.cursor + terms.lease_ms)
        self.pieces: list[Piece] = []
        self.credit = 0
        self.blame = ""

    def put(self, claim: Claim, credit: int, lost: int, span: tuple[int, int], why: str) -> None:
        """Add a piece to the tape."""
        self.seat.n += 1
        place = (self.seat.n, self.seat.session, claim.seq, self.now, self.moment)
        self.pieces.append(Piece(*place, credit, lost, *span, why))

    def spans(self, claim: Claim, why: str) -> list[tuple[int, int]]:
        """Return what the claim may earn from: fresh media only, unless rewatching is credited."""
        if why:
            return []
        if self.terms.rewatch_credited:
            return [(claim.from_ms, claim.to_ms)]
        return fresh(self.seat.covered, claim.from_ms, claim.to_ms)

    def take(self, claim: Claim) -> None:
        """Credit what the claim may have; note why when it is nothing."""
        why = refusal(claim, self.terms, self.length_ms, self.seat.reach)
        if why == "seek":  # whoever plays on behind a shut door gets ahead of what counts: that is not skipping
            why = self.shut() or why
        spans = self.spans(claim, why)
        if not why and claim.to_ms > claim.from_ms and (not spans or self.seat.lesson_ms >= self.length_ms):
            why = "seen"
        before = len(self.pieces)
        for start, end in spans:
            self.take_span(claim, start, end)
        if len(self.pieces) == before:
            why = why or ("fast" if claim.to_ms > claim.from_ms else "idle")
            self.put(claim, 0, 0, (claim.from_ms, claim.to_ms), why)
        self.blame = self.blame or why

    def shut(self) -> str:
        """Return why nothing may be credited at this moment, or an empty text."""
        seat = self.seat
        room, _, why = room_at(self.terms, self.moment, seat.day_ms if seat.day == day_of(self.moment) else 0)
        return "" if room else why

    def take_span(self, claim: Claim, start: int, end: int) -> None:
        """Credit one span, cut at midnight, at the cap and at the window's edges."""
        seat, rate = self.seat, max(claim.rate_percent, 100)  # slow motion earns no more than the span
        while start < end and self.moment < self.horizon:
            if seat.day != (today := day_of(self.moment)):
                seat.day, seat.day_ms = today, 0
            room, until, shut = room_at(self.terms, self.moment, seat.day_ms)
            if not room:
                step = min(until, self.horizon)
                self.put(claim, 0, step - self.moment, (claim.from_ms, claim.from_ms), shut)
                self.moment = step
                continue
            asked = (end - start) * 100 // rate
            credit = min(asked, room, self.horizon - self.moment, self.length_ms - seat.lesson_ms)
            if credit <= 0:
                return
            reached = end if credit == asked else start + credit * rate // 100
            self.put(claim, credit, 0, (start, reached), "")
            self.earn(credit, start, reached)
            start = reached

    def earn(self, credit: int, start: int, reached: int) -> None:
        """Move the seat by a credited span."""
        seat = self.seat
        seat.covered, seat.reach = merge(seat.covered, start, reached), max(seat.reach, reached)
        seat.day_ms += credit
        seat.lesson_ms += credit
        self.moment += credit
        self.credit += credit

    def finish(self, last_seq: int) -> tuple[SeatState, list[Piece]]:
        """Return the seat and its pieces; time that nobody claimed, or nobody may, is lost beyond the slack."""
        seat, terms = self.seat, self.terms
        rest = max(self.moment, self.now - terms.slack_ms) - self.moment
        if rest:
            last = self.pieces[-1]
            late = self.now - self.begin > terms.lease_ms
            why = "gap" if late else self.blame or last.why or "idle"
            self.pieces[-1] = last._replace(lost=last.lost + rest, why=why)
        seat.ver += 1
        seat.acked, seat.seen, seat.cursor = last_seq, self.now, self.moment + rest
        seat.pending += self.credit
        seat.earned += self.credit
        seat.until_check -= self.credit
        if self.is_check_due():
            seat.check_no += 1
            seat.check_due, seat.rearms = self.now + terms.check_answer_ms, terms.check_rearms
        return seat, self.pieces

    def is_check_due(self) -> bool:
        """Return whether a check is asked now: by the schedule, or because the lesson's end was reached."""
        seat = self.seat
        if self.terms.check_min_ms is None or seat.check_due:
            return False
        ended = seat.pending > END_SLOP_MS and total(seat.covered) >= self.length_ms - END_SLOP_MS
        return seat.until_check <= 0 or bool(self.credit and ended)


def study(
    seat: SeatState, terms: StudyTerms, length_ms: int, now: int, claims: list[Claim]
) -> tuple[SeatState, list[Piece]]:
    """Return the seat and pieces after a request's claims, contiguous by seq; the same seat when nothing is new (A3).

    `now`: arrival on the server's clock. Raises OverdueError when an open check must be settled first.
    """
    new = [claim for claim in claims if claim.seq > seat.acked]
    if not new or new[0].seq != seat.acked + 1:
        return seat, []
    now = max(now, seat.cursor, seat.seen)
    passing = Passing(patient(seat, terms, now), terms, length_ms, now)
    for claim in new:
        passing.take(claim)
    return passing.finish(new[-1].seq)


def sit(seat: SeatState, session: int, now: int, *, covered: Spans, reach: int, lesson_ms: int) -> SeatState:
    """Return the seat with a session in it; whoever sat, sits no more (A5). Pending credit, day and checks stay."""
    return replace(
        seat,
        ver=seat.ver + 1,
        session=session,
        acked=0,
        cursor=max(seat.cursor, now),
        seen=max(seat.seen, now),
        earned=0,
        covered=covered,
        reach=reach,
        lesson_ms=lesson_ms,
    )


def settle(seat: SeatState, *, passed: bool, draw: int, withheld_today: int) -> SeatState:
    """Return the seat with the needle at the end of the tape (A6). `draw`: credit until the next scheduled check.

    A check that the schedule did not ask for does not redraw it: asking must not buy a safe interval.
    """
    until = draw if seat.until_check <= 0 or not passed else seat.until_check
    settled = replace(seat, ver=seat.ver + 1, settled=seat.n, pending=0, check_due=0, until_check=until)
    if not passed:
        settled.session, settled.day_ms = 0, max(0, seat.day_ms - withheld_today)
    return settled


def confirmed(seat: SeatState) -> int:
    """Return what of the sitting's credit is in the ledger."""
    return seat.earned - min(seat.pending, seat.earned)


def pack(covered: Spans) -> str:
    """Return spans as text: 0-630000,700000-710000."""
    return ",".join(f"{start}-{end}" for start, end in covered)


def unpack(text: str) -> Spans:
    """Return the spans of a text."""
    if not text:
        return ()
    return tuple((int(start), int(end)) for start, end in (span.split("-") for span in text.split(",")))
