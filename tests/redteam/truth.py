"""What really happened, counted by hand in cells of a tenth of a second. Nothing of the engine is used here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from lms.planning.rules import StudyTerms

TICK_MS = 100
SHANGHAI = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Shown:
    """A film that runs before the person's eyes: position in ms, speed in percent, and under which terms it would count."""

    lesson: tuple[int, int]  # enrolment, lesson
    position: int
    rate: int
    length: int
    terms: StudyTerms

    def cells(self) -> range:
        """Return the tenths of film of one tick; played faster than allowed, no more than allowed."""
        first = self.position // TICK_MS
        many = max(1, min(self.rate, self.terms.max_rate_percent) // 100)
        return range(first, min(first + many, -(-self.length // TICK_MS)))


@dataclass(slots=True)
class Check:
    """A check as the person met it."""

    number: int
    due: int
    answer_ms: int
    times_left: int
    heard: bool = False


@dataclass(slots=True)
class Truth:
    """One person's attended time: at most a tenth per tenth of wall clock, confirmed by checks that were passed."""

    confirmed_ms: int = 0
    seen: dict[tuple[int, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    reach: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    counted: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    days: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    waiting: list[tuple[tuple[int, int], list[int], date]] = field(default_factory=list)
    checks: dict[int, Check] = field(default_factory=dict)
    every_tenth: bool = False  # whether also what is skipped to, or seen again after a long silence, counts

    @property
    def pending_ms(self) -> int:
        """Return what waits for a check."""
        return TICK_MS * len(self.waiting)

    @property
    def covered_ms(self) -> int:
        """Return how much film was really seen."""
        return TICK_MS * sum(len(cells) for cells in self.seen.values())

    def tick(self, moment: datetime, shown: list[Shown]) -> None:
        """Live a tenth of a second: of all that runs, one film at most is attended."""
        if self.checks:
            self.run_out(moment.timestamp() * 1000)
        if not shown:
            return
        local = moment.astimezone(SHANGHAI)
        one = next((one for one in shown if self.counts(one, local)), None)
        if one is None:
            return
        seen, day = self.seen[one.lesson], local.date()
        cells = [cell for cell in one.cells() if cell not in seen]
        if cells:
            seen.update(cells)
            self.reach[one.lesson] = max(self.reach[one.lesson], (cells[-1] + 1) * TICK_MS)
        self.counted[one.lesson] += TICK_MS
        self.days[day] += TICK_MS
        self.waiting.append((one.lesson, cells, day))
        if one.terms.check_min_ms is None and len(self.waiting) == 1 and not self.checks:
            self.confirm()

    def run_out(self, now: float) -> None:
        """Fail the checks that were open for too long."""
        for check in [one for one in self.checks.values() if now > one.due and (one.heard or not one.times_left)]:
            self.fail(check.number)

    def counts(self, one: Shown, local: datetime) -> bool:
        """Return whether the policy would let this tenth count."""
        terms, cells, seen = one.terms, one.cells(), self.seen[one.lesson]
        minute = local.hour * 60 + local.minute
        opens, closes = terms.window_from_minute, terms.window_to_minute
        if not cells or (opens is not None and closes is not None and not opens <= minute < closes):
            return False
        if terms.daily_cap_ms is not None and self.days[local.date()] + TICK_MS > terms.daily_cap_ms:
            return False
        if not (terms.skip_allowed or self.every_tenth) and one.position > self.reach[one.lesson] + terms.seek_slop_ms:
            return False
        if terms.rewatch_credited or self.every_tenth:
            return self.counted[one.lesson] < one.length
        return any(cell not in seen for cell in cells)

    def confirm(self) -> None:
        """Count what waited."""
        self.confirmed_ms += self.pending_ms
        self.waiting.clear()

    def asked(self, number: int, now: int, left_ms: int, terms: StudyTerms) -> None:
        """Meet a check, or meet it again after silence."""
        known = self.checks.get(number)
        if known is None:
            self.checks[number] = Check(number, now + left_ms, terms.check_answer_ms, terms.check_rearms)
        elif now + left_ms > known.due:
            self.checks[number] = Check(number, now + left_ms, known.answer_ms, known.times_left - 1)

    def spoke(self, now: int) -> None:
        """Note that the person's machine was heard while a check was open."""
        for check in self.checks.values():
            check.heard = check.heard or check.due - check.answer_ms < now <= check.due

    def answered(self, number: int, now: int, *, right: bool) -> None:
        """Answer: in time and right confirms, wrong takes back, anything else is nothing."""
        check = self.checks.get(number)
        if check is None or now > check.due:
            return
        if right:
            self.confirm()
            del self.checks[number]
        else:
            self.fail(number)

    def fail(self, number: int) -> None:
        """Lose what waited: it may be seen again."""
        for lesson, cells, day in self.waiting:
            self.seen[lesson].difference_update(cells)
            self.counted[lesson] -= TICK_MS
            self.days[day] -= TICK_MS
        for lesson in {lesson for lesson, _, _ in self.waiting}:
            self.reach[lesson] = (max(self.seen[lesson], default=-1) + 1) * TICK_MS
        self.waiting.clear()
        del self.checks[number]
