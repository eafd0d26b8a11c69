"""A learner in a live lesson: the same seat and ledger as at a film, while the teacher is on the air."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import Beat, HoursEntry, PresenceCheck, StudySession
from attendance.queries import hours_lines, totals_of
from attendance.services import call_roll
from lms.completion.queries import completion_of
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.kernel.ids import new_uid
from lms.live.services import answer_roll_call, cancel_live, enter_room, open_roll_call, plan_live, take_lease
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_enrolment
from tests.live_lessons.lesson import Lesson
from tests.live_lessons.stage import moment

TERMS = StudyTerms(check_min_ms=None, check_max_ms=None)
CHECKED = StudyTerms(check_min_ms=30_000, check_max_ms=30_000)


@pytest.fixture
def live(cast, site_root, at):
    """Return a function that lays the lesson under terms; it is 19:00, and nobody has come."""
    traveller = at(2026, 5, 5, 10, 0)
    return lambda terms=TERMS: Lesson(cast, site_root, traveller, terms)


def lost_by_reason(person_id):
    found = {}
    for why, lost in Beat.objects.filter(person_id=person_id, lost__gt=0).values_list("why", "lost"):
        found[why] = found.get(why, 0) + lost
    return found


def test_time_on_the_air_is_credited_and_the_rest_is_told_why(live, cast):
    lesson = live()
    lesson.open()
    wang = lesson.player()
    wang.watch(20)  # in the room, nobody on the air
    lesson.on_air()
    for _ in range(3):
        lesson.watch(wang, 10)
    lesson.end()
    wang.watch(20)
    wang.close()

    assert totals_of([lesson.enrolment.pk])[lesson.enrolment.pk].confirmed_ms == 30_000
    assert lost_by_reason(cast.wang.person_id) == {"off_air": 40_000}
    sentences = [line.sentence for line in hours_lines(lesson.enrolment)]
    assert any("40秒未计入：教师不在播：还没有开播、画面中断或已经下课。" in one for one in sentences)


def test_a_break_of_the_teachers_line_counts_up_to_the_policys_seconds(live, cast):
    lesson = live()
    lesson.on_air()
    wang = lesson.player()
    lesson.watch(wang, 10)

    for _ in range(4):  # nothing is heard for forty seconds
        wang.watch(10)

    assert wang.watch(10).pending_ms == 30_000
    assert lost_by_reason(cast.wang.person_id) == {"off_air": 30_000}


def test_two_rooms_or_two_devices_credit_the_union_of_the_clock(live, cast):
    lesson = live()
    lesson.on_air()
    first = lesson.player()
    lesson.watch(first, 10)
    second = lesson.player(key="k2")
    lesson.watch(second, 10)

    answer = first.watch(0)

    assert (answer.stop.code, StudySession.objects.count()) == ("takeover", 2)
    assert second.watch(0).lesson_ms == 20_000


def test_the_daily_cap_holds_in_a_live_lesson(live, cast):
    lesson = live(replace(TERMS, daily_cap_ms=MINUTE))
    lesson.on_air()
    wang = lesson.player()
    for _ in range(9):
        lesson.watch(wang, 10)

    assert lost_by_reason(cast.wang.person_id) == {"cap": 30_000}


def test_a_live_lesson_waits_for_no_earlier_one_but_counts_as_one_that_is_not_done(live, cast):
    lesson = live()
    lesson.on_air()

    lesson.player()

    film, given = completion_of([lesson.enrolment])[lesson.enrolment.pk].lessons
    assert (film.state, given.state) == ("open", "open")


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("before the door opens", "too_early"),
        ("before the teacher comes", "live_not_open"),
        ("after the end", "live_ended"),
        ("after it was cancelled", "live_not_planned"),
    ],
)
def test_nobody_sits_down_outside_of_the_lesson(live, cast, when, code):
    lesson = live()
    if when == "before the door opens":
        lesson.traveller.move_to(moment(18, 29))
    elif when == "after the end":
        lesson.on_air()
        lesson.end()
    elif when == "after it was cancelled":
        cancel_live(session=lesson.session, reason="教师生病，改日再上", actor=cast.actor("zhao"))

    with pytest.raises(ConflictError) as refused:
        lesson.player()

    assert (refused.value.code, StudySession.objects.exists()) == (code, False)


def test_a_stranger_does_not_sit_in_anothers_place(live, cast):
    lesson = live()
    lesson.on_air()

    with pytest.raises(ForbiddenError):
        lesson.player("lu")

    assert not StudySession.objects.exists()


def test_a_teacher_who_also_learns_earns_nothing_in_the_own_lesson(live, cast):
    lesson = live()
    cast.li.person = cast.lu.person
    cast.li.save(update_fields=["person"])
    own = make_enrolment(lesson.training_class, cast.lu.person)
    lesson.on_air()

    with pytest.raises(ForbiddenError) as refused:
        lesson.player("li", own)

    assert refused.value.code == "not_a_learner"


def test_a_roll_call_asks_who_sits_in_the_room_and_confirms_what_they_have(live, cast):
    lesson = live(replace(CHECKED, live_checks="roll_call"))
    lesson.on_air()
    wang = lesson.player()
    for _ in range(4):
        assert lesson.watch(wang, 10).check is None  # a scheduled one would have come by now

    asked = call_roll(training_class=lesson.training_class, lesson_uid=lesson.lesson.lesson_uid, actor=lesson.teacher)
    wang.answer(lesson.watch(wang, 10).check.number)

    assert (asked, HoursEntry.objects.get().ms, HoursEntry.objects.get().kind) == (1, 50_000, "confirmed")


def test_whoever_is_there_at_the_end_is_asked_and_what_nobody_answers_is_withheld(live, cast):
    lesson = live(replace(CHECKED, live_checks="roll_call"))
    lesson.on_air()
    wang = lesson.player()
    lesson.watch(wang, 10)
    lesson.end()

    check = wang.watch(10, playing=False).check
    for _ in range(11):
        wang.watch(10, playing=False)

    assert check is not None
    assert [(one.kind, one.ms) for one in HoursEntry.objects.all()] == [("withheld", 10_000)]


def test_a_lesson_is_planned_once_unless_it_was_cancelled_or_missed(live, cast):
    lesson = live()
    lesson.traveller.move_to(moment(10, day=5))
    later = replace(lesson.plan, starts_at=moment(19, day=7), ends_at=moment(20, day=7))
    plan = {"training_class": lesson.training_class, "actor": cast.actor("zhao")}

    with pytest.raises(InvalidError) as twice:
        plan_live(plan=later, **plan)
    with pytest.raises(InvalidError) as no_live_lesson:
        plan_live(plan=replace(later, lesson_uid=lesson.film.lesson_uid), **plan)
    cancel_live(session=lesson.session, reason="教师生病，改日再上", actor=cast.actor("zhao"))
    again = plan_live(plan=later, **plan)

    assert ("lesson" in twice.value.fields, "lesson" in no_live_lesson.value.fields) == (True, True)
    assert again.lesson_uid == lesson.lesson.lesson_uid


def test_a_beat_reads_the_air_once(live):
    lesson = live()
    lesson.on_air()
    wang = lesson.player()

    with CaptureQueriesContext(connection) as captured:
        wang.watch(10)

    assert sum("live_broadcast" in one["sql"] for one in captured.captured_queries) == 1


def test_the_door_of_a_lesson_opens_as_early_as_the_policy_says(live, cast):
    lesson = live(replace(TERMS, live_door_minutes=5))

    assert lesson.session.opens_at == moment(19) - timedelta(minutes=5)


def enter(lesson, name):
    """Have somebody come into the room and sit at a socket."""
    seat = enter_room(session=lesson.session, actor=lesson.cast.actor(name))
    if name != "li":
        take_lease(member=seat.member, holder=new_uid())


def test_a_roll_called_in_the_room_is_a_check_that_the_answer_there_answers(
    live, cast, django_capture_on_commit_callbacks
):
    lesson = live(replace(CHECKED, live_checks="roll_call", check_kinds=("tap",)))
    lesson.on_air()
    for name in ("li", "wang"):
        enter(lesson, name)
    wang = lesson.player()
    lesson.watch(wang, 10)

    with django_capture_on_commit_callbacks(execute=True):
        called = open_roll_call(session=lesson.session, kind="tap", actor=cast.actor("li"))
    assert lesson.watch(wang, 10).check is not None
    with django_capture_on_commit_callbacks(execute=True):
        answer_roll_call(session=lesson.session, roll_call=called.uid, code="", actor=cast.actor("wang"))

    assert totals_of([lesson.enrolment.pk])[lesson.enrolment.pk].confirmed_ms == 20_000
    assert PresenceCheck.objects.get(person_id=cast.wang.person_id).outcome == PresenceCheck.Outcome.PASSED


def test_a_class_without_checks_calls_the_roll_of_the_room_all_the_same(live, cast, django_capture_on_commit_callbacks):
    lesson = live()
    lesson.on_air()
    for name in ("li", "wang"):
        enter(lesson, name)
    wang = lesson.player()

    with django_capture_on_commit_callbacks(execute=True):
        called = open_roll_call(session=lesson.session, kind="tap", actor=cast.actor("li"))
        answer_roll_call(session=lesson.session, roll_call=called.uid, code="", actor=cast.actor("wang"))

    assert (called.results.count(), lesson.watch(wang, 10).check) == (1, None)
