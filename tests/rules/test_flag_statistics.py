"""A detector that only cries wolf is seen: what was decided and not upheld counts against it."""

from __future__ import annotations

from lms.anomalies.rules.statistics import Fate, by_kind, by_month, tally

WOLF = [Fate("wolf", "2026-05", "error", days) for days in (1.0, 2.0, 9.0)]
GOOD = [Fate("good", "2026-05", "fraud", 3.0), Fate("good", "2026-04", "irregularity", 1.0)]
REST = [Fate("good", "2026-05", "overturned", 5.0), Fate("good", "2026-05", "open", None)]


def test_how_flags_ended_is_counted():
    found = tally("good", "", [*GOOD, *REST])

    assert (found.raised, found.decided, found.upheld, found.upheld_percent) == (4, 3, 2, 67)
    assert found.endings == (0, 1, 1, 1, 1)


def test_what_is_open_says_nothing_yet():
    found = tally("good", "", [Fate("good", "2026-05", "open", None)])

    assert (found.decided, found.upheld_percent, found.median_days) == (0, None, None)


def test_days_are_those_of_the_middle_one():
    assert tally("wolf", "", WOLF).median_days == 2.0


def test_whoever_only_cries_wolf_stands_first_and_the_silent_last():
    found = by_kind([*GOOD, *WOLF, *REST], ["good", "silent", "wolf"])

    assert [(one.kind, one.upheld_percent) for one in found] == [("wolf", 0), ("good", 67), ("silent", None)]


def test_months_come_newest_first_in_the_order_of_the_detectors():
    found = by_month([*GOOD, *WOLF], ["wolf", "good"])

    assert [(one.month, one.kind, one.raised) for one in found] == [
        ("2026-05", "wolf", 3),
        ("2026-05", "good", 1),
        ("2026-04", "good", 1),
    ]
