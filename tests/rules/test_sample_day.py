"""The sample day runs through the real rule: each number of a policy shows where it bites."""

import pytest

from lms.dossier.rules import SAMPLE_DAY, Stretch, sample_day
from lms.planning.rules import StudyTerms

MINUTE = 60_000
NO_CHECKS = {"check_min_ms": None, "check_max_ms": None}


def counted(terms, stretch):
    (outcome,) = sample_day(terms, [stretch]).outcomes
    return round((outcome.confirmed + outcome.pending) / MINUTE)


@pytest.mark.parametrize(
    ("stretch", "change", "strict", "loose"),
    [
        pytest.param(Stretch(330, 60, ""), {"window_from_minute": None, "window_to_minute": None}, 30, 60, id="window"),
        pytest.param(Stretch(480, 600, ""), {"daily_cap_ms": None}, 480, 600, id="daily cap"),
        pytest.param(Stretch(480, 60, "", rate_percent=150), {"max_rate_percent": 150}, 0, 60, id="speed"),
        pytest.param(Stretch(480, 10, "", visible=False), {"hidden_credited": True}, 0, 10, id="hidden"),
        pytest.param(Stretch(480, 20, "", silent=True), {"lease_ms": 300_000}, 1, 5, id="silence"),
        pytest.param(Stretch(480, 60, "", misses_check=True), NO_CHECKS, 43, 60, id="missed check"),
    ],
)
def test_a_rule_takes_what_the_day_shows(stretch, change, strict, loose):
    assert (counted(StudyTerms(), stretch), counted(StudyTerms(**change), stretch)) == (strict, loose)


def test_who_may_go_on_after_a_failed_check_is_not_sent_back():
    day = [Stretch(480, 60, "", misses_check=True), Stretch(600, 60, "", again=True)]

    stopped, going_on = (sample_day(StudyTerms(failed_check=way), day) for way in ("stop", "continue"))

    assert [round(one.withheld / MINUTE) for one in (stopped, going_on)] == [16, 16]
    assert round((going_on.outcomes[1].confirmed + going_on.outcomes[1].pending) / MINUTE) == 16


def test_seeing_it_again_counts_where_the_policy_says_so():
    day = [Stretch(480, 30, ""), Stretch(540, 30, "", again=True)]

    again = [sample_day(StudyTerms(rewatch_credited=credited), day).outcomes[1] for credited in (False, True)]

    assert [round((one.confirmed + one.pending) / MINUTE) for one in again] == [0, 30]


def test_a_skip_is_undone_where_it_is_not_allowed_and_leaves_a_hole_where_it_is():
    day = [Stretch(480, 10, ""), Stretch(540, 10, "", skip_minutes=10), Stretch(600, 20, "", again=True)]

    kept, free = (sample_day(StudyTerms(skip_allowed=allowed), day) for allowed in (False, True))

    assert [round((one.confirmed + one.pending) / MINUTE) for one in kept.outcomes] == [10, 10, 0]
    assert [round((one.confirmed + one.pending) / MINUTE) for one in free.outcomes] == [10, 10, 10]


@pytest.mark.parametrize("terms", [StudyTerms(), StudyTerms(**NO_CHECKS), StudyTerms(rewatch_credited=True)])
def test_every_minute_of_the_day_is_counted_or_explained(terms):
    day = sample_day(terms)

    for outcome in day.outcomes:
        known = outcome.confirmed + outcome.pending + outcome.withheld + sum(outcome.lost.values())
        assert 0 <= outcome.stretch.minutes * MINUTE - known <= terms.slack_ms
    assert day.confirmed + day.pending <= (terms.daily_cap_ms or 0)
    assert (day.pending + day.withheld > 0) == (terms.check_min_ms is not None)
    assert len(day.outcomes) == len(SAMPLE_DAY)


@pytest.mark.parametrize(("minutes", "faces"), [(10, [1, 1, 0]), (240, [1, 0, 0])])
def test_face_is_shown_before_a_lesson_unless_an_earlier_pass_still_holds(minutes, faces):
    day = [Stretch(9 * 60, 20, "上午"), Stretch(10 * 60, 5, "接着"), Stretch(10 * 60 + 5, 5, "再接着")]

    outcomes = sample_day(StudyTerms(face_at_start=True, face_start_minutes=minutes), day).outcomes

    assert [one.faces for one in outcomes] == faces
    assert [one.faces for one in sample_day(StudyTerms(), day).outcomes] == [0, 0, 0]
