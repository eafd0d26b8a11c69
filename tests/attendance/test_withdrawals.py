"""Credit found to be gained wrongly is taken back by new entries, may be earned again, and given back on appeal."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry, LessonProgress, Seat, SessionEnd, StudySession
from attendance.queries import hours_lines, totals_of
from attendance.services import Ack, reinstate_hours, sweep, withdraw_hours
from lms.audit.services import sequence, verify
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError
from lms.planning.rules import StudyTerms
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment
from tests.player import Player

NO_CHECKS = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)


@pytest.fixture
def studied(cast, site_root, at):
    """Return an enrolment with 50 s confirmed in a first lesson and 30 s in a second, in sessions of their own."""
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(
        site_root, cast.institution_a, lessons=(("video", 10 * MINUTE), ("video", 10 * MINUTE))
    )
    enrolment = make_enrolment(make_class(version, cast.department, terms=NO_CHECKS), cast.wang.person)
    for place, (lesson, seconds) in enumerate(zip(version.lessons.order_by("position"), (50, 30), strict=True)):
        player = Player(traveller, enrolment, lesson, cast.actor("wang"), key=f"k{place}")
        player.watch(seconds)
        player.close()
    return enrolment, traveller


def confirmed(enrolment):
    return totals_of([enrolment.pk])[enrolment.pk].confirmed_ms


def covered(enrolment):
    return list(LessonProgress.objects.filter(enrolment=enrolment).order_by("pk").values_list("covered", flat=True))


def test_all_of_an_enrolment_is_taken_back(studied, cast):
    enrolment, _ = studied

    made = withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")

    assert [(entry.kind, entry.ms) for entry in made] == [("withdrawn", -50_000), ("withdrawn", -30_000)]
    assert confirmed(enrolment) == 0
    assert covered(enrolment) == ["", ""]
    told = [line.sentence for line in hours_lines(enrolment) if line.kind == "withdrawn"]
    assert told[0] == "5月6日，已认定的30秒经核查撤销，不再计入。理由和申诉办法见“核查与申诉”。"


def test_only_the_named_sessions_are_taken_back(studied, cast):
    enrolment, _ = studied
    second = HoursEntry.objects.order_by("pk").last().session_id

    withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学", sessions=[second])

    assert confirmed(enrolment) == 50_000
    assert covered(enrolment) == ["0-50000", ""]


def test_what_was_taken_back_is_not_taken_twice(studied, cast):
    enrolment, _ = studied
    withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")

    with pytest.raises(ConflictError) as refused:
        withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")

    assert refused.value.code == "nothing_to_withdraw"
    assert HoursEntry.objects.count() == 4


def test_it_may_be_earned_again(studied, cast):
    enrolment, traveller = studied
    withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")
    lesson = enrolment.training_class.course_version.lessons.order_by("position")[0]

    player = Player(traveller, enrolment, lesson, cast.actor("wang"), key="again")
    player.watch(40)
    player.close()

    assert confirmed(enrolment) == 40_000


def test_whoever_sits_in_the_lesson_stands_up_first(studied, cast):
    enrolment, traveller = studied
    lesson = enrolment.training_class.course_version.lessons.order_by("position")[0]
    player = Player(traveller, enrolment, lesson, cast.actor("wang"), key="again")

    withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")

    assert SessionEnd.objects.get(session__uid=player.opened.session).why == "admin"
    assert player.watch(10).stop.code == "admin"
    assert covered(enrolment)[0] == ""


def test_on_appeal_it_is_given_back_once(studied, cast):
    enrolment, _ = studied
    taken = withdraw_hours(enrolment=enrolment, actor=cast.actor("sun"), reason="查实代学")

    first = reinstate_hours(entries=taken, actor=cast.actor("chen"), reason="申诉成立")
    again = reinstate_hours(entries=taken, actor=cast.actor("chen"), reason="申诉成立")

    assert [entry.kind for entry in first] == ["reinstated", "reinstated"]
    assert again == []
    assert confirmed(enrolment) == 80_000
    assert covered(enrolment) == ["0-50000", "0-30000"]


@pytest.mark.parametrize("name", ["wang", "lu", "zhao", "qian", "li", "wu"])
def test_only_office_and_department_may(studied, cast, name):
    enrolment, _ = studied

    with pytest.raises(ForbiddenError):
        withdraw_hours(enrolment=enrolment, actor=cast.actor(name), reason="查实代学")

    assert confirmed(enrolment) == 80_000


CHECKED = StudyTerms(check_min_ms=5 * MINUTE, check_max_ms=5 * MINUTE, lessons_in_order=False)


@pytest.fixture
def waiting(cast, site_root, at):
    """Return two enrolments of 王芳, the older with 40 s and the newer with 60 s that wait for a check, both left."""
    traveller = at(2026, 5, 6, 9, 0)
    version = make_course_version(site_root, cast.institution_a)
    found = []
    for place, seconds in enumerate((40, 60)):
        enrolment = make_enrolment(make_class(version, cast.department, terms=CHECKED), cast.wang.person)
        player = Player(traveller, enrolment, version.lessons.get(), cast.actor("wang"), key=f"w{place}")
        player.play(seconds)
        player.close()
        found.append(enrolment)
    return found, traveller


def times(*enrolments):
    found = totals_of([one.pk for one in enrolments])
    return [(found[one.pk].confirmed_ms, found[one.pk].pending_ms, found[one.pk].withheld_ms) for one in enrolments]


def pass_a_check(cast, traveller, enrolment):
    """Study on until a check comes and is answered."""
    lesson = enrolment.training_class.course_version.lessons.get()
    player = Player(traveller, enrolment, lesson, cast.actor("wang"), key="later")
    player.play(360)
    player.close()


def test_what_waits_for_a_check_is_withheld_and_no_check_confirms_it(waiting, cast):
    (hit, other), traveller = waiting
    assert times(hit, other) == [(0, 40_000, 0), (0, 60_000, 0)]

    [entry] = withdraw_hours(enrolment=hit, actor=cast.actor("sun"), reason="查实代学")

    assert (entry.kind, entry.ms, times(hit, other)) == ("withheld", 40_000, [(0, 0, 40_000), (0, 60_000, 0)])
    pass_a_check(cast, traveller, other)
    assert times(hit, other) == [(0, 0, 40_000), (260_000, 160_000, 0)]
    assert Seat.objects.get().pending == 160_000


def test_a_check_that_fails_withholds_only_the_rest(waiting, cast):
    (hit, other), traveller = waiting
    withdraw_hours(enrolment=hit, actor=cast.actor("sun"), reason="查实代学")
    lesson = other.training_class.course_version.lessons.get()
    player = Player(traveller, other, lesson, cast.actor("wang"), key="later")
    while player.watch(10).check is None:
        pass
    player.watch(10)

    assert sweep(traveller.advance(minutes=5)) == 1

    assert times(hit, other) == [(0, 0, 40_000), (0, 0, 270_000)]


def test_whoever_sits_in_it_stands_up_and_nothing_more_is_counted(waiting, cast):
    (_, hit), traveller = waiting
    lesson = hit.training_class.course_version.lessons.get()
    player = Player(traveller, hit, lesson, cast.actor("wang"), key="later")
    player.play(20)

    withdraw_hours(enrolment=hit, actor=cast.actor("sun"), reason="查实代学")

    assert Seat.objects.get().session == 0
    refused = player.watch(10)
    assert not isinstance(refused, Ack) or refused.stop
    assert times(hit) == [(0, 0, 80_000)]


def test_only_the_sessions_in_evidence_stop_waiting(waiting, cast):
    (hit, _), traveller = waiting
    lesson = hit.training_class.course_version.lessons.get()
    named = StudySession.objects.get(enrolment=hit)
    player = Player(traveller, hit, lesson, cast.actor("wang"), key="later")
    player.play(20)

    withdraw_hours(enrolment=hit, actor=cast.actor("sun"), reason="查实代学", sessions=[named.pk])

    assert times(hit) == [(0, 20_000, 40_000)]


def test_the_evidence_agrees_and_the_learner_is_told_why(waiting, cast):
    (hit, other), traveller = waiting
    withdraw_hours(enrolment=hit, actor=cast.actor("sun"), reason="查实代学")
    pass_a_check(cast, traveller, other)

    sequence(clock.now(), is_patient=True)

    assert verify().findings == []
    [line] = hours_lines(hit)
    assert (line.kind, line.ms) == ("withheld", 40_000)
    assert "不予认定，不再等待抽查" in line.sentence
