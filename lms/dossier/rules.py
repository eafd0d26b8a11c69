"""What a study policy makes of a sample day (口径试算): a made-up learner, run through the real rule of learning time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from attendance.rules import (
    DAY,
    EAST8,
    MINUTE,
    Claim,
    OverdueError,
    SeatState,
    Spans,
    go_on,
    may_settle,
    merge,
    settle,
    sit,
    study,
)
from lms.planning.rules import StudyTerms

MIDNIGHT = 20_000 * DAY - EAST8  # any day: a policy knows times of the day, not dates
LESSON_MS = 16 * 3_600_000  # one lesson that outlasts the day, so that no lesson's length cuts it


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the sample day (时段): what the learner does from `begin` on, minutes of the local day."""

    begin: int
    minutes: int
    doing: str
    rate_percent: int = 100
    playing: bool = True
    visible: bool = True
    silent: bool = False  # no contact before the end, then everything at once
    skip_minutes: int = 0  # plays from this far ahead of what was learned
    again: bool = False  # plays from the beginning
    misses_check: bool = False  # does not answer the first check of the stretch


SAMPLE_DAY = (
    Stretch(5 * 60 + 30, 60, "清早开始学新内容"),
    Stretch(8 * 60, 90, "正常学习，在岗确认都及时应答"),
    Stretch(9 * 60 + 30, 10, "视频还在播，页面切到了后台", visible=False),
    Stretch(9 * 60 + 40, 20, "暂停休息", playing=False),
    Stretch(10 * 60, 20, "断网20分钟，视频靠缓存继续播放，恢复后补报", silent=True),
    Stretch(10 * 60 + 20, 60, "用1.5倍速播放", rate_percent=150),
    Stretch(11 * 60 + 20, 10, "往后拖过10分钟没学的内容接着看", skip_minutes=10),
    Stretch(14 * 60, 45, "从头重看早上学过的内容", again=True),
    Stretch(14 * 60 + 45, 120, "继续学习，但有一次在岗确认没有应答", misses_check=True),
    Stretch(18 * 60 + 30, 300, "晚上一直学到23:30"),
)


@dataclass(slots=True)
class Outcome:
    """What became of a stretch (试算结果). Milliseconds."""

    stretch: Stretch
    confirmed: int = 0
    pending: int = 0
    withheld: int = 0
    checks: int = 0
    faces: int = 0  # shown before the lesson; those in checks are among them
    lost: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class SampleDay:
    """A whole day under a policy (试算结果)."""

    outcomes: list[Outcome]
    confirmed: int
    pending: int
    withheld: int


def middle_interval(terms: StudyTerms) -> int:
    """Return how much credited study until the next check: the middle of the policy's range, nothing at random."""
    if terms.check_min_ms is None or terms.check_max_ms is None:
        return 0
    return (terms.check_min_ms + terms.check_max_ms) // 2


@dataclass(slots=True)
class Credit:
    """A credited piece, while it may still be withheld."""

    outcome: Outcome
    ms: int
    span: tuple[int, int]


class Learner:
    """The made-up learner on the way through the day."""

    def __init__(self, terms: StudyTerms) -> None:
        self.terms = terms
        self.seat = SeatState(1, until_check=middle_interval(terms))
        self.standing: list[Credit] = []  # confirmed
        self.waiting: list[Credit] = []  # behind the needle
        self.shown: int | None = None  # when the face was shown before the lesson

    def live(self, stretch: Stretch) -> Outcome:
        """Go through a stretch."""
        outcome = Outcome(stretch)
        begin, end = MIDNIGHT + stretch.begin * MINUTE, MIDNIGHT + (stretch.begin + stretch.minutes) * MINUTE
        self.open(begin, outcome)
        start = 0 if stretch.again else self.seat.reach + stretch.skip_minutes * MINUTE
        step = end - begin if stretch.silent else self.terms.beat_ms
        misses = stretch.misses_check
        for moment in range(begin + step, end + 1, step):
            stop = start + (step * stretch.rate_percent // 100 if stretch.playing else 0)
            claim = Claim(self.seat.acked + 1, start, stop, stretch.rate_percent, stretch.playing, stretch.visible)
            start = stop
            if not self.beat(claim, moment, outcome):
                self.settle(passed=False)
                misses = False
                if self.terms.failed_check == "continue":
                    self.beat(claim, moment, outcome)
                else:
                    self.open(moment, outcome)
            elif self.seat.check_due and not misses:
                outcome.checks += 1
                self.settle(passed=True)
            if not self.terms.skip_allowed:  # the player goes back to what was not counted
                start = min(start, self.seat.reach)
        if may_settle(self.seat, self.terms):  # closing posts what needs no check
            self.settle(passed=True)
        return outcome

    def open(self, moment: int, outcome: Outcome) -> None:
        """Open the lesson, showing the face first where an earlier pass holds no longer."""
        last = self.shown
        if self.terms.face_at_start and (last is None or moment > last + self.terms.face_start_minutes * MINUTE):
            outcome.faces += 1
            self.shown = moment
        self.sit(moment)

    def studied(self) -> tuple[Spans, int]:
        """Return what stands of the lesson: covered, credited ms."""
        covered: Spans = ()
        credits = [*self.standing, *self.waiting]
        for credit in sorted(credits, key=lambda one: one.span):
            covered = merge(covered, *credit.span)
        return covered, sum(credit.ms for credit in credits)

    def sit(self, moment: int) -> None:
        """Open the lesson: what stands of it is known."""
        covered, lesson_ms = self.studied()
        reach = covered[-1][1] if covered else 0
        self.seat = sit(self.seat, self.seat.session + 1, moment, covered=covered, reach=reach, lesson_ms=lesson_ms)

    def beat(self, claim: Claim, moment: int, outcome: Outcome) -> bool:
        """Report a beat; return whether it was taken, which it is not while a check is overdue."""
        try:
            self.seat, pieces = study(self.seat, self.terms, LESSON_MS, moment, [claim])
        except OverdueError:
            return False
        for piece in pieces:
            if piece.credit:
                self.waiting.append(Credit(outcome, piece.credit, (piece.from_ms, piece.to_ms)))
            if piece.lost:
                outcome.lost[piece.why] += piece.lost
        return True

    def settle(self, *, passed: bool) -> None:
        """Move the needle."""
        for credit in self.waiting:
            if passed:
                credit.outcome.confirmed += credit.ms
            else:
                credit.outcome.withheld += credit.ms
        if passed:
            self.standing += self.waiting
        withheld = 0 if passed else self.seat.pending
        self.waiting = []
        before = self.seat
        settled = settle(before, passed=passed, draw=middle_interval(self.terms), withheld_today=withheld)
        if passed or self.terms.failed_check == "stop":
            self.seat = replace(settled, session=before.session)
        else:
            covered, lesson_ms = self.studied()
            self.seat = go_on(settled, before, covered=covered, lesson_ms=lesson_ms)


def sample_day(terms: StudyTerms, stretches: Sequence[Stretch] = SAMPLE_DAY) -> SampleDay:
    """Return what the terms make of a day (口径试算). What no check confirmed by its end is pending."""
    learner = Learner(terms)
    outcomes = [learner.live(stretch) for stretch in stretches]
    for credit in learner.waiting:
        credit.outcome.pending += credit.ms
    sums = [sum(getattr(one, name) for one in outcomes) for name in ("confirmed", "pending", "withheld")]
    return SampleDay(outcomes, *sums)


def years_later(day: date, years: int) -> date:
    """Return the same day years later; of 29 February the 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def kept_until(classes: Iterable[tuple[date, int | None]], signed_in: date | None) -> date | None:
    """Return the last day on which who a person is must be known (保存期限), or nothing where no end is set.

    `classes`: last day and years of keeping of each class that the person was in; `signed_in`: the last sign-in. The
    longest keeping decides, and whoever still signs in keeps the account as long again.
    """
    ends, longest = [], 0
    for last, years in classes:
        if years is None:
            return None
        ends.append(years_later(last, years))
        longest = max(longest, years)
    if not ends:
        return None
    return max([*ends, *([years_later(signed_in, longest)] if signed_in else [])])
