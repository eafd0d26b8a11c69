"""A roll-call asks everybody who sits at the lesson, once, like any other check."""

from __future__ import annotations

import pytest

from attendance import stores
from attendance.models import HoursEntry, Seat
from attendance.services import call_roll
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

CHECKS = StudyTerms(lessons_in_order=False)
NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None)


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def room(cast, site_root, traveller):
    """Return a function that seats 王芳 and 路人 at a lesson of a class: (class, lessons, players)."""

    def make(terms=CHECKS):
        version = make_course_version(
            site_root, cast.institution_a, lessons=(("video", 10 * MINUTE), ("video", MINUTE))
        )
        training_class, lessons = make_class(version, cast.department, terms=terms), list(version.lessons.all())
        players = [
            Player(traveller, make_enrolment(training_class, user.person), lessons[0], cast.actor(name))
            for name, user in (("wang", cast.wang), ("lu", cast.lu))
        ]
        return training_class, lessons, players

    return make


def test_everybody_at_the_lesson_is_asked_with_the_next_beat_and_an_answer_confirms(room, cast):
    training_class, lessons, (wang, lu) = room()

    asked = call_roll(training_class=training_class, lesson_uid=lessons[0].lesson_uid, actor=cast.actor("li"))

    acks = [wang.watch(10), lu.watch(10)]
    assert asked == 2
    assert [ack.check.answer_ms for ack in acks] == [80_000, 70_000]
    wang.answer(acks[0].check.number)
    assert HoursEntry.objects.get(person_id=wang.actor.person_id).ms == 10_000


def test_whoever_studies_something_else_or_is_asked_already_is_left_alone(room, cast, traveller):
    training_class, lessons, (wang, lu) = room()
    Player(traveller, lu_enrolment(lu), lessons[1], lu.actor, key="other")
    call = {"training_class": training_class, "lesson_uid": lessons[0].lesson_uid, "actor": cast.actor("li")}

    assert call_roll(**call) == 1
    assert call_roll(**call) == 0
    assert Seat.objects.get(person_id=lu.actor.person_id).check_due == 0


def lu_enrolment(player):
    from attendance.models import StudySession

    return StudySession.objects.get(uid=player.opened.session).enrolment


def test_a_seat_that_moves_meanwhile_is_asked_all_the_same(room, cast, monkeypatch):
    training_class, lessons, (wang, _) = room()
    load, beaten = stores.load, []

    def move_after_reading(persons):
        seats = load(persons)
        if not beaten:
            beaten.append(wang.watch(5))
        return seats

    with monkeypatch.context() as race:
        race.setattr(
            "attendance.services.rollcalls.stores.load", lambda persons: race.undo() or move_after_reading(persons)
        )
        asked = call_roll(training_class=training_class, lesson_uid=lessons[0].lesson_uid, actor=cast.actor("li"))

    assert asked == 2
    assert wang.watch(5).check is not None
    assert wang.seq == 2


def test_a_class_approved_without_checks_has_no_roll_call(room, cast):
    training_class, lessons, _ = room(NO_CHECKS)

    with pytest.raises(ConflictError) as refused:
        call_roll(training_class=training_class, lesson_uid=lessons[0].lesson_uid, actor=cast.actor("li"))

    assert refused.value.code == "checks_off"


@pytest.mark.parametrize("who", ["lu", "wang"])
def test_a_learner_or_a_stranger_calls_no_roll(room, cast, who):
    training_class, lessons, _ = room()

    with pytest.raises(ForbiddenError):
        call_roll(training_class=training_class, lesson_uid=lessons[0].lesson_uid, actor=cast.actor(who))

    assert not Seat.objects.filter(check_due__gt=0).exists()
