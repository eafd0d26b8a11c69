"""The pure rule of learning time: one seat and one tape per person (docs/adr/0008). Milliseconds everywhere.

A seat's cursor runs over the server's clock and never back. A request moves it and cuts what it passed into pieces on the
tape: credited, or lost with a reason. credit + lost equals the way of the cursor, so the pieces of a person neither overlap
nor leave a hole, over all devices, lessons and classes (A1). What the browser says is a claim; the clock bounds it (A2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from ipaddress import ip_address, ip_network
from operator import attrgetter
from typing import NamedTuple

from courses.rules.questions import CHOICES
from lms.planning.rules import StudyTerms

DAY, EAST8, MINUTE = 86_400_000, 28_800_000, 60_000  # Asia/Shanghai: no summer time since 1991
END_SLOP_MS = 1_500  # players stop a few frames before the length that the file states
AUTO_SETTLE_MS = 600_000  # without checks the ledger is posted after this much credit
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """From where somebody opens a session (会话来源): the browser's own key and the network address, as they came in."""

    device: str = ""
    address: str = ""


INSIDE = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7")
)


def network_of(address: str) -> str:
    """Return the part of an address that tells networks apart and no household: 203.0.113.*, 2408:8214:a1:* (网段).

    Nothing for what is no address, and for addresses inside of a house: those are a proxy's, not a learner's.
    """
    try:
        one = ip_address(address)
    except ValueError:
        return ""
    if one.is_loopback or one.is_link_local or any(one in net for net in INSIDE if net.version == one.version):
        return ""
    parts = one.exploded.split("." if one.version == 4 else ":")
    return (
        ".".join(parts[:3]) + ".*"
        if one.version == 4
        else ":".join(part.lstrip("0") or "0" for part in parts[:3]) + ":*"
    )


class Stretch(NamedTuple):
    """A stretch of a medium, in ms."""

    from_ms: int
    to_ms: int


class PlacedQuestion(NamedTuple):
    """A question and where it stands: `place` of its lesson among those just studied, position in ms."""

    place: int
    at_ms: int
    version: str
    kind: str


def pools_of(
    questions: list[PlacedQuestion], studied: list[Stretch], others: list[PlacedQuestion] | None = None
) -> list[list[PlacedQuestion]]:
    """Return which questions a check may ask, the best first: on what was just covered, on what came before it, others.

    Only those that are answered by choosing; never one on what is still to come. `others` have no place in a film.
    """
    able = [one for one in questions if one.kind in CHOICES and one.at_ms <= studied[one.place].to_ms]
    fresh = [one for one in able if one.at_ms >= studied[one.place].from_ms]
    return [fresh, [one for one in able if one not in fresh], [one for one in others or [] if one.kind in CHOICES]]


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
    until_check: int = 0  # credit under checks still to earn before the next one; 0: not drawn yet
    check_no: int = 0
    check_due: int = 0  # 0: none is open
    rearms: int = 0
    reach: int = 0  # furthest credited position
    lesson_ms: int = 0  # credit of this lesson in this enrolment: never more than its length
    covered: Spans = field(default=())


fields_of = attrgetter(*SeatState.__dataclass_fields__)


def day_of(moment: int) -> int:
    """Return the number of the local calendar day (Asia/Shanghai)."""
    return (moment + EAST8) // DAY


class Month(NamedTuple):
    """A month of the local calendar."""

    year: int
    month: int


def month_of(moment: int) -> Month:
    """Return the local calendar month of a moment in ms (Asia/Shanghai)."""
    day = date(1970, 1, 1) + timedelta(days=day_of(moment))
    return Month(day.year, day.month)


def month_after(month: Month) -> Month:
    """Return the next month."""
    return Month(month.year + month.month // 12, month.month % 12 + 1)


def month_begin_ms(month: Month) -> int:
    """Return the first millisecond of a month."""
    return (date(month.year, month.month, 1) - date(1970, 1, 1)).days * DAY - EAST8


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
    if not 0 <= claim.from_ms <= claim.to_ms <= length_ms or claim.rate_percent <= 0:
        return "bad"
    if not claim.playing:
        return "paused"
    if not claim.visible and not terms.hidden_credited:
        return "hidden"
    if claim.rate_percent > terms.max_rate_percent:
        return "rate"
    return "seek" if not terms.skip_allowed and claim.from_ms > reach + terms.seek_slop_ms else ""


def patient(seat: SeatState, terms: StudyTerms, now: int) -> SeatState:
    """Return the seat at its first contact after an open check ran out: silence is not an answer, it is asked again.

    Raises OverdueError when there was contact while the check was open, or it was asked again often enough.
    """
    if not seat.check_due or now <= seat.check_due:
        return SeatState(*fields_of(seat))  # as `replace` does, in a third of the time
    if seat.seen > seat.check_due - terms.check_answer_ms or not seat.rearms:
        raise OverdueError
    return replace(seat, check_due=now + terms.check_answer_ms, rearms=seat.rearms - 1)


class Passing:
    """One request on its way along the clock. `media_ms`: how long what is played is, where the lesson is worth less or more."""

    def __init__(self, seat: SeatState, terms: StudyTerms, length_ms: int, now: int, media_ms: int = 0) -> None:
        self.seat, self.terms, self.length_ms, self.now = seat, terms, length_ms, now
        self.media_ms = media_ms or length_ms
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
        why = refusal(claim, self.terms, self.media_ms, self.seat.reach)
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
        room, _, why = self.room()
        return "" if room else why

    def room(self) -> tuple[int, int, str]:
        """Return how much may be credited from this moment on, until when that holds, and why not when nothing may."""
        seat = self.seat
        return room_at(self.terms, self.moment, seat.day_ms if seat.day == day_of(self.moment) else 0)

    def take_span(self, claim: Claim, start: int, end: int) -> None:
        """Credit one span, cut at midnight, at the cap and at the window's edges."""
        seat, rate = self.seat, max(claim.rate_percent, 100)  # slow motion earns no more than the span
        while start < end and self.moment < self.horizon:
            if seat.day != (today := day_of(self.moment)):
                seat.day, seat.day_ms = today, 0
            room, until, shut = self.room()
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
            span = self.placed(start, reached)
            self.put(claim, credit, 0, span, "")
            self.earn(credit, *span)
            start = reached

    def placed(self, start: int, reached: int) -> tuple[int, int]:
        """Return which stretch of the lesson a claimed one is."""
        return start, reached

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
        if self.is_scheduled():  # a class without checks does not count the schedule of the others down
            seat.until_check -= self.credit
        return (ask(seat, terms, self.now) if self.is_check_due() else seat), self.pieces

    def is_scheduled(self) -> bool:
        """Return whether what is earned here counts towards the next check."""
        return self.terms.check_min_ms is not None

    def is_check_due(self) -> bool:
        """Return whether a check is asked now: by the schedule, or because the lesson's end was reached."""
        seat = self.seat
        if self.terms.check_min_ms is None or seat.check_due:
            return False
        return (self.is_scheduled() and seat.until_check <= 0) or (seat.pending > END_SLOP_MS and self.is_ended())

    def is_ended(self) -> bool:
        """Return whether the lesson's end was reached now."""
        return bool(self.credit) and total(self.seat.covered) >= self.length_ms - END_SLOP_MS


def study(
    seat: SeatState,
    terms: StudyTerms,
    length_ms: int,
    now: int,
    claims: list[Claim],
    passing_of: Callable[[SeatState, StudyTerms, int, int], Passing] = Passing,
) -> tuple[SeatState, list[Piece]]:
    """Return the seat and pieces after a request's claims, contiguous by seq; the same seat when nothing is new (A3).

    `now`: arrival on the server's clock; `passing_of`: another rule than that of films. Raises OverdueError when an open
    check must be settled first.
    """
    new = [claim for claim in claims if claim.seq > seat.acked]
    if not new or new[0].seq != seat.acked + 1:
        return seat, []
    now = max(now, seat.cursor, seat.seen)
    passing = passing_of(patient(seat, terms, now), terms, length_ms, now)
    for claim in new:
        passing.take(claim)
    return passing.finish(new[-1].seq)


def ask(seat: SeatState, terms: StudyTerms, now: int) -> SeatState:
    """Return the seat with a new check open from now on."""
    due = now + terms.check_answer_ms
    return replace(seat, check_no=seat.check_no + 1, check_due=due, rearms=terms.check_rearms)


def owes_check(seat: SeatState, terms: StudyTerms) -> bool:
    """Return whether whoever sits down is asked first: a class without checks confirms nothing of a class that has them."""
    return terms.check_min_ms is None and seat.pending > 0 and not seat.check_due


def may_settle(seat: SeatState, terms: StudyTerms) -> bool:
    """Return whether what is pending counts without a check: this class has none, and no other class's is open."""
    return terms.check_min_ms is None and not seat.check_due


class Uncounted(NamedTuple):
    """What of an offline interval is not credited, and why: online | window | cap | full."""

    why: str
    ms: int


def place_offline(
    terms: StudyTerms, begin: int, end: int, taken: Spans, *, day_ms: int, room_ms: int
) -> tuple[list[tuple[int, int]], list[Uncounted]]:
    """Return what of an interval of one day is credited, and what is not (线下时段). Together they are the interval.

    `taken`: what the person's tape and earlier intervals credit already (A1); `day_ms`: what the day credits already;
    `room_ms`: what the lesson is still worth.
    """
    placed: list[tuple[int, int]] = []
    lost: dict[str, int] = {}
    free = fresh(taken, begin, end)
    lost["online"] = end - begin - sum(stop - start for start, stop in free)
    for start, stop in free:
        while start < stop:
            room, until, shut = room_at(terms, start, day_ms)
            take = min(stop - start, room, room_ms)
            if take:
                placed.append((start, start + take))
                day_ms, room_ms, start = day_ms + take, room_ms - take, start + take
                continue
            step = min(stop, until) if not room else stop
            lost[shut or "full"] = lost.get(shut or "full", 0) + step - start
            start = step
    return placed, [Uncounted(why, ms) for why, ms in lost.items() if ms]


def fill(covered: Spans, ms: int) -> Spans:
    """Return spans with `ms` more, laid into the first gaps: practice at a place has no position in a text or film."""
    for start, end in fresh(covered, 0, total(covered) + ms):
        covered, ms = merge(covered, start, min(end, start + ms)), max(0, ms - (end - start))
    return covered


class Withheld(NamedTuple):
    """A credited piece of the tape whose credit a check withheld: wall time, and the stretch of the medium."""

    n: int
    start: int
    credit: int
    from_ms: int
    to_ms: int


class GivenBack(NamedTuple):
    """What of a withheld piece is given back, and for which stretch of the medium (恢复时段)."""

    n: int
    from_ms: int
    to_ms: int
    credit: int


def give_back(
    terms: StudyTerms, pieces: Sequence[Withheld], covered: Spans, *, day_ms: int, room_ms: int
) -> list[GivenBack]:
    """Return what of withheld pieces of one day may be given back: never more than was withheld, and nothing twice.

    `covered`: what stands of the lesson, so that what was studied again is not given back as well; `day_ms`: what the day
    credits already; `room_ms`: what the lesson is still worth.
    """
    given: list[GivenBack] = []
    for piece in pieces:
        length = piece.to_ms - piece.from_ms
        whole = [(piece.from_ms, piece.to_ms)] if length else []
        for start, end in whole if terms.rewatch_credited else fresh(covered, piece.from_ms, piece.to_ms):
            room, _, _ = room_at(terms, piece.start, day_ms)
            share = piece.credit * (end - start) // length
            credit = min(share, room, room_ms)
            if credit <= 0:
                continue
            reached = end if credit == share else start + credit * length // piece.credit
            given.append(GivenBack(piece.n, start, reached, credit))
            covered, day_ms, room_ms = merge(covered, start, reached), day_ms + credit, room_ms - credit
    return given


def leave(seat: SeatState) -> tuple[SeatState, list[Piece]]:
    """Return the seat of a sitting that ends, with a piece for what nobody claimed before the last contact."""
    tail = seat.seen - seat.cursor
    if tail <= 0:
        return seat, []
    n = seat.n + 1
    piece = Piece(n, seat.session, seat.acked, seat.seen, seat.cursor, 0, tail, seat.reach, seat.reach, "idle")
    return replace(seat, n=n, cursor=seat.seen), [piece]


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
        settled.earned = confirmed(seat)  # or the answer would tell what was withheld as credited
        settled.session, settled.day_ms = 0, max(0, seat.day_ms - withheld_today)
    return settled


def go_on(failed: SeatState, before: SeatState, *, covered: Spans, lesson_ms: int) -> SeatState:
    """Return the seat of a learner who may go on after a failed check, as the policy says (抽查未通过可继续).

    `covered`, `lesson_ms`: what stands of the lesson. The reach stays: nobody is sent back, and what was withheld may be
    studied again.
    """
    return replace(failed, session=before.session, covered=covered, lesson_ms=lesson_ms)


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


def doubled_ms(spans: list[tuple[int, int]], decided: Spans) -> int:
    """Return how much of some wall time, itself without overlaps, lies within time that is credited already (重复时间)."""
    return sum(end - start - sum(b - a for a, b in fresh(decided, start, end)) for start, end in spans)


def kept_ms(ms: int, doubled: int, *, cap_ms: int | None, used_ms: int, room_ms: int | None) -> int:
    """Return what of an entry of a merged record still counts: not what was credited twice, nor beyond a day's cap.

    `used_ms`: what the day credits already; `room_ms`: what its lesson is still worth, where it goes over to another
    enrolment of the same class.
    """
    limits = [ms - doubled, *([] if cap_ms is None else [cap_ms - used_ms]), *([] if room_ms is None else [room_ms])]
    return max(0, min(limits))
