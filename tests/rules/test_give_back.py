"""What may be given back of withheld time: never more than was withheld, nothing twice, within lesson, day and window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from attendance.rules import DAY, EAST8, GivenBack, Spans, Withheld, fresh, give_back, merge, total
from lms.planning.rules import StudyTerms

NINE = 20_000 * DAY - EAST8 + 9 * 3_600_000
TERMS = StudyTerms()
LENGTH = 600_000


def piece(n=1, start=NINE, credit=60_000, from_ms=0, to_ms=60_000):
    return Withheld(n, start, credit, from_ms, to_ms)


def back(pieces, covered=(), *, terms=TERMS, day_ms=0, room_ms=LENGTH):
    return give_back(terms, pieces, covered, day_ms=day_ms, room_ms=room_ms)


@pytest.mark.parametrize(
    ("covered", "expected"),
    [
        pytest.param((), [(0, 60_000, 60_000)], id="nothing was studied again: all of it"),
        pytest.param(((0, 60_000),), [], id="all was studied again: nothing"),
        pytest.param(((0, 20_000),), [(20_000, 60_000, 40_000)], id="the begin was studied again"),
        pytest.param(((20_000, 30_000),), [(0, 20_000, 20_000), (30_000, 60_000, 30_000)], id="the middle was"),
        pytest.param(((60_000, 90_000),), [(0, 60_000, 60_000)], id="only what follows was"),
    ],
)
def test_what_was_studied_again_is_left_out(covered, expected):
    assert [one[1:] for one in back([piece()], covered)] == expected


def test_the_day_and_the_lesson_bound_it_to_the_millisecond():
    assert [one.credit for one in back([piece()], day_ms=8 * 3_600_000 - 25_000)] == [25_000]
    assert [one[1:] for one in back([piece()], room_ms=15_000)] == [(0, 15_000, 15_000)]
    assert back([piece()], day_ms=8 * 3_600_000) == back([piece()], room_ms=0) == []


def test_nothing_outside_of_the_window_is_given_back():
    assert back([piece(start=NINE - 4 * 3_600_000)]) == []
    assert [one.credit for one in back([piece(start=NINE + 14 * 3_600_000 - 10_000)])] == [10_000]


def test_a_faster_film_gives_back_the_time_and_not_the_film():
    double = piece(credit=30_000)

    assert back([double], ((0, 30_000),)) == [GivenBack(1, 30_000, 60_000, 15_000)]


def test_where_studying_again_counts_the_whole_is_given_back():
    terms = replace(TERMS, rewatch_credited=True)

    assert [one.credit for one in back([piece()], ((0, 60_000),), terms=terms)] == [60_000]


lengths = st.integers(1_000, 90_000)
steps = st.lists(st.tuples(st.sampled_from(["study", "miss", "appeal", "again"]), lengths), max_size=14)
Rule = Callable[..., list[GivenBack]]


@dataclass
class Life:
    """One learner who studies one film, misses checks, appeals and studies again, in any order. Kept by hand."""

    rule: Rule
    now: int = NINE
    n: int = 0
    place: int = 0
    standing: Spans = ()
    credited: int = 0
    pending: list[Withheld] = field(default_factory=list)
    withheld: list[tuple[list[Withheld], int]] = field(default_factory=list)
    returned: list[tuple[int, int]] = field(default_factory=list)  # given back, withheld
    passed: int = 0

    def study(self, ms: int, at: int) -> None:
        """Earn fresh media only, on the clock."""
        end = min(at + ms, LENGTH)
        for start, stop in fresh(self.standing, at, end):
            self.n += 1
            self.pending.append(Withheld(self.n, self.now, stop - start, start, stop))
            self.standing = merge(self.standing, start, stop)
            self.now += stop - start
            self.passed += stop - start
        self.place = end

    def miss(self) -> None:
        """Have all that is pending withheld: what stands is made anew of what still counts."""
        self.withheld.append((self.pending, sum(one.credit for one in self.pending)))
        for one in self.pending:
            self.standing = tuple(part for span in self.standing for part in fresh(((one.from_ms, one.to_ms),), *span))
        self.pending = []

    def appeal(self) -> None:
        """Have the oldest withheld stretch given back."""
        if not self.withheld:
            return
        pieces, ms = self.withheld.pop(0)
        worth = self.credited + sum(one.credit for one in self.pending)
        given = self.rule(TERMS, pieces, self.standing, day_ms=worth, room_ms=LENGTH - worth)
        for one in given:
            self.standing = merge(self.standing, one.from_ms, one.to_ms)
        self.credited += sum(one.credit for one in given)
        self.returned.append((sum(one.credit for one in given), ms))


def lived(rule: Rule, deeds: list[tuple[str, int]]) -> Life:
    life = Life(rule)
    for deed, ms in deeds:
        if deed == "study":
            life.study(ms, life.place)
        elif deed == "again":
            life.study(ms, 0)
        elif deed == "miss":
            life.miss()
        else:
            life.appeal()
    life.credited += sum(one.credit for one in life.pending)
    return life


def never_more_than_was_withheld(life: Life) -> bool:
    return all(0 <= given <= ms for given, ms in life.returned)


def never_more_than_the_time_that_passed(life: Life) -> bool:
    return life.credited <= life.passed


def never_more_than_the_lesson_and_what_stands_of_it(life: Life) -> bool:
    return life.credited <= total(life.standing) <= LENGTH


PROMISES = [
    never_more_than_was_withheld,
    never_more_than_the_time_that_passed,
    never_more_than_the_lesson_and_what_stands_of_it,
]


@settings(max_examples=300, deadline=None)
@given(steps)
def test_in_any_order_nothing_is_counted_twice(deeds):
    life = lived(give_back, deeds)

    assert all(promise(life) for promise in PROMISES)


def blind(terms: StudyTerms, pieces: list[Withheld], covered: Spans, **bounds: Any) -> list[GivenBack]:
    """Give all back, whatever was studied again."""
    return [GivenBack(one.n, one.from_ms, one.to_ms, one.credit) for one in pieces]


def twofold(terms: StudyTerms, pieces: list[Withheld], covered: Spans, **bounds: Any) -> list[GivenBack]:
    """Give twice what was withheld."""
    return [one._replace(credit=2 * one.credit) for one in give_back(terms, pieces, covered, **bounds)]


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        pytest.param(blind, never_more_than_the_lesson_and_what_stands_of_it, id="what was studied again counts twice"),
        pytest.param(twofold, never_more_than_was_withheld, id="more than was withheld"),
        pytest.param(twofold, never_more_than_the_time_that_passed, id="more than the clock"),
    ],
)
def test_a_broken_rule_is_found(rule, broken):
    found = find(
        steps,
        lambda deeds: not broken(lived(rule, deeds)),
        settings=settings(max_examples=2000, deadline=None, phases=[Phase.generate]),
    )
    assert found
