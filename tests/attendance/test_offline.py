"""Time at a place and time at a screen are one union: whoever comes second finds the time taken."""

from __future__ import annotations

from datetime import datetime

import pytest

from attendance.models import HoursEntry, LessonProgress, OfflineInterval, Seat, SessionEnd
from attendance.queries import totals_of
from attendance.services import correct_offline, credit_offline, reinstate_hours, withdraw_hours
from lms.completion.queries import completion_of
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)


def at_ms(hour, minute=0):
    return int(datetime(2026, 5, 6, hour, minute, tzinfo=clock.SHANGHAI).timestamp() * 1000)


@pytest.fixture
def joined(cast, site_root, at):
    """Return (enrolment, film, practice of three hours, traveller at 9:00)."""
    traveller = at(2026, 5, 6, 9, 0)
    lessons = (("video", 60 * MINUTE), ("practice", 180 * MINUTE))
    version = make_course_version(site_root, cast.institution_a, lessons=lessons)
    enrolment = make_enrolment(make_class(version, cast.department, terms=NO_CHECKS), cast.wang.person)
    return enrolment, *version.lessons.order_by("position"), traveller


def credit(cast, enrolment, practice, begin, end, name="zhao"):
    return credit_offline(enrolment=enrolment, lesson=practice, begin_ms=begin, end_ms=end, actor=cast.actor(name))


def confirmed_minutes(enrolment):
    return totals_of([enrolment.pk])[enrolment.pk].confirmed_ms / MINUTE


def watch(traveller, enrolment, film, cast, minutes):
    player = Player(traveller, enrolment, film, cast.actor("wang"), key=f"k{clock.now_ms()}")
    for _ in range(minutes):
        player.watch(60)
    return player


def test_a_confirmed_interval_counts_and_covers(joined, cast):
    enrolment, _, practice, traveller = joined
    traveller.advance(hours=4)

    made = credit(cast, enrolment, practice, at_ms(9), at_ms(11))

    assert (made.entry.kind, made.entry.ms, made.entry.day.isoformat()) == ("offline", 120 * MINUTE, "2026-05-06")
    assert confirmed_minutes(enrolment) == 120
    assert LessonProgress.objects.get().covered == f"0-{120 * MINUTE}"
    assert completion_of([enrolment])[enrolment.pk].lessons[1].covered_percent == 66


def test_time_that_counts_online_is_left_out(joined, cast):
    enrolment, film, practice, traveller = joined
    watch(traveller, enrolment, film, cast, 10).close()
    traveller.advance(hours=4)

    made = credit(cast, enrolment, practice, at_ms(9), at_ms(11))

    assert [(one.why, one.ms // MINUTE) for one in made.uncounted] == [("online", 10)]
    assert confirmed_minutes(enrolment) == 120  # ten online, 110 at the place: two hours of the clock


def test_a_session_that_was_left_open_earns_nothing_in_it(joined, cast):
    enrolment, film, practice, traveller = joined
    player = watch(traveller, enrolment, film, cast, 1)
    traveller.advance(hours=4)

    credit(cast, enrolment, practice, at_ms(9), at_ms(11))

    assert SessionEnd.objects.get().why == "offline"
    assert player.watch(10).stop.code == "offline"
    assert confirmed_minutes(enrolment) == 120


def test_a_session_after_it_goes_on(joined, cast):
    enrolment, film, practice, traveller = joined
    traveller.advance(hours=3)
    player = watch(traveller, enrolment, film, cast, 2)

    credit(cast, enrolment, practice, at_ms(9), at_ms(11))
    player.watch(60)
    player.close()

    assert confirmed_minutes(enrolment) == 123


def test_two_classes_do_not_count_the_same_morning(joined, cast):
    enrolment, _, practice, traveller = joined
    other_class = make_class(enrolment.training_class.course_version, cast.department, terms=NO_CHECKS)
    other = make_enrolment(other_class, cast.wang.person)
    traveller.advance(hours=4)

    credit(cast, enrolment, practice, at_ms(9), at_ms(11))
    made = credit(cast, other, practice, at_ms(10), at_ms(12))

    assert made.entry.ms == 60 * MINUTE
    assert [(one.start_ms, one.end_ms) for one in OfflineInterval.objects.order_by("start_ms")] == [
        (at_ms(9), at_ms(11)),
        (at_ms(11), at_ms(12)),
    ]


def test_the_days_cap_knows_of_it(joined, cast):
    enrolment, film, practice, traveller = joined
    enrolment.training_class.frozen_terms["daily_cap_ms"] = 121 * MINUTE
    enrolment.training_class.save()
    traveller.advance(hours=3)
    credit(cast, enrolment, practice, at_ms(9), at_ms(11))

    watch(traveller, enrolment, film, cast, 5).close()

    assert confirmed_minutes(enrolment) == 121
    assert Seat.objects.get().day_ms == 121 * MINUTE


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        pytest.param((9, 0), (13, 1), id="in the future"),
        pytest.param((11, 0), (9, 0), id="backwards"),
    ],
)
def test_an_interval_that_cannot_be_is_refused(joined, cast, begin, end):
    enrolment, _, practice, traveller = joined
    traveller.advance(hours=4)

    with pytest.raises(InvalidError):
        credit(cast, enrolment, practice, at_ms(*begin), at_ms(*end))

    assert not HoursEntry.objects.exists()


def test_a_film_does_not_count_by_presence(joined, cast):
    enrolment, film, _, traveller = joined
    traveller.advance(hours=4)

    with pytest.raises(InvalidError) as refused:
        credit(cast, enrolment, film, at_ms(9), at_ms(10))

    assert refused.value.code == "lesson_is_not_practice"


def test_a_practice_lesson_does_not_count_at_a_screen(joined, cast):
    enrolment, _, practice, traveller = joined

    with pytest.raises(InvalidError) as refused:
        Player(traveller, enrolment, practice, cast.actor("wang"))

    assert refused.value.code == "lesson_is_at_a_place"


def test_a_correction_frees_its_time(joined, cast):
    enrolment, _, practice, traveller = joined
    traveller.advance(hours=4)
    first = credit(cast, enrolment, practice, at_ms(9), at_ms(11)).entry

    correct_offline(entry=first, actor=cast.actor("zhao"), reason="记错了离场时间")
    again = credit(cast, enrolment, practice, at_ms(9), at_ms(10)).entry

    assert again.ms == 60 * MINUTE
    assert confirmed_minutes(enrolment) == 60
    assert LessonProgress.objects.get().covered == f"0-{60 * MINUTE}"
    assert HoursEntry.objects.count() == 3
    with pytest.raises(ConflictError):
        correct_offline(entry=first, actor=cast.actor("zhao"), reason="再更正一次")


def test_what_an_office_withdrew_is_not_free(joined, cast):
    enrolment, _, practice, traveller = joined
    traveller.advance(hours=4)
    first = credit(cast, enrolment, practice, at_ms(9), at_ms(11)).entry
    taken = withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代签")

    assert credit(cast, enrolment, practice, at_ms(9), at_ms(11)).entry is None
    with pytest.raises(ConflictError):
        correct_offline(entry=first, actor=cast.actor("zhao"), reason="想再记一次")
    reinstate_hours(entries=taken, actor=cast.actor("chen"), reason="申诉成立")

    assert confirmed_minutes(enrolment) == 120
    assert LessonProgress.objects.get().covered == f"0-{120 * MINUTE}"


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun", "chen", "wu"])
def test_nobody_else_may(joined, cast, name):
    enrolment, _, practice, traveller = joined
    traveller.advance(hours=4)

    with pytest.raises(ForbiddenError):
        credit(cast, enrolment, practice, at_ms(9), at_ms(10), name)

    assert not HoursEntry.objects.exists()
