"""What people leave behind who do not come back is settled without them."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry, PresenceCheck, Seat
from attendance.services import checks, sweep
from lms.access.queries import actor_for
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None)
QUICK_CHECKS = StudyTerms(check_min_ms=30_000, check_max_ms=30_000)


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def seated(cast, site_root, traveller):
    def make(terms, count=1):
        version = make_course_version(site_root, cast.institution_a, lessons=(("video", 10 * MINUTE),))
        training_class = make_class(version, cast.department, terms=terms)
        users = [make_user(f"left{n}", make_person(f"学员{n}", 300 + 2 * n)) for n in range(count)]
        return [
            Player(traveller, make_enrolment(training_class, user.person), version.lessons.get(), actor_for(user))
            for user in users
        ]

    return make


def test_without_checks_the_time_of_whoever_left_is_posted(seated, traveller):
    seated(NO_CHECKS)[0].watch(50)

    assert sweep(traveller.advance(minutes=9)) == 0
    assert sweep(traveller.advance(minutes=2)) == 1

    assert [(entry.kind, entry.ms) for entry in HoursEntry.objects.all()] == [("confirmed", 50_000)]
    assert sweep(traveller.advance(minutes=2)) == 0


def test_with_checks_it_waits_for_a_check(seated, traveller):
    seated(StudyTerms())[0].watch(50)

    assert sweep(traveller.advance(hours=1)) == 0
    assert Seat.objects.get().pending == 50_000


def test_a_check_that_ran_out_under_their_eyes_is_missed(seated, traveller):
    player = seated(QUICK_CHECKS)[0]
    player.watch(40)
    player.watch(10)

    assert sweep(traveller.advance(minutes=5)) == 1
    assert PresenceCheck.objects.get().outcome == "missed"


def test_those_who_are_asked_again_when_they_come_back_do_not_keep_the_sweeper_from_others(
    seated, traveller, monkeypatch
):
    monkeypatch.setattr(checks, "MOST_SWEPT", 1)
    silent, seen = seated(QUICK_CHECKS, count=2)
    silent.watch(40)
    seen.watch(40)
    seen.watch(10)

    assert sweep(traveller.advance(minutes=5)) == 1
    assert PresenceCheck.objects.get().person_id == seen.actor.person_id
