"""Completion follows from what was studied, checked and answered; nobody can declare it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.models import StudySession
from lms.completion.queries import completion_of
from lms.completion.services import ensure_unlocked
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.planning.rules import StudyTerms
from tests.dossier.stage import CHECKS, answer, approved, crowd, joined, lessons_of, study
from tests.factories import MINUTE, make_class, make_course_version
from tests.player import Player


@pytest.fixture
def traveller(at):
    return at(2026, 5, 6, 9, 0)


@pytest.fixture
def learner(cast, site_root, traveller):
    def make(training_class=None, **fields):
        return joined(training_class or approved(cast, site_root, **fields), cast.wang.person)

    return make


def of(enrolment):
    return completion_of([enrolment])[enrolment.pk]


def states(enrolment):
    return [one.state for one in of(enrolment).lessons]


def test_at_first_everything_is_missing(learner):
    enrolment, _ = learner()

    found = of(enrolment)

    assert states(enrolment) == ["open", "locked"]
    assert (found.percent, found.required_ms, found.is_completed, found.done_count) == (0, 108_000, False, 0)
    assert found.last_at is None
    assert found.next_lesson.lesson == lessons_of(enrolment.training_class)[0]
    assert found.missing == [
        "还有1个课时没有学完：第1课。",
        "还有1个测验没有及格：第2课。",
        "有效学时还差2分钟。",
    ]


def test_film_and_quiz_complete_a_class(learner, traveller):
    enrolment, actor = learner()

    study(traveller, enrolment, actor, seconds=120)
    halfway, halfway_states = of(enrolment), states(enrolment)
    answer(enrolment, actor)

    assert halfway_states == ["done", "open"]
    assert (halfway.percent, halfway.is_completed) == (100, False)
    assert halfway.missing == ["还有1个测验没有及格：第2课。"]
    assert halfway.next_lesson.lesson.kind == "quiz"
    found = of(enrolment)
    assert states(enrolment) == ["done", "done"]
    assert (found.is_completed, found.missing, found.next_lesson, found.done_count) == (True, [], None, 2)
    assert found.last_at == clock.now()


def test_a_failed_quiz_completes_nothing_and_a_better_one_does(learner, traveller):
    enrolment, actor = learner()
    study(traveller, enrolment, actor, seconds=120)

    answer(enrolment, actor, right=False)
    failed = of(enrolment)
    answer(enrolment, actor)

    assert (failed.is_completed, failed.lessons[1].state, failed.lessons[1].quiz.best_percent) == (False, "open", 0)
    assert of(enrolment).is_completed


def test_the_asked_coverage_is_enough(learner, traveller):
    enrolment, actor = learner()

    study(traveller, enrolment, actor, seconds=100, beat=10)
    before = of(enrolment)
    study(traveller, enrolment, actor, seconds=10, beat=10)

    assert (before.lessons[0].state, before.lessons[0].covered_percent) == ("studying", 83)
    assert (of(enrolment).lessons[0].state, of(enrolment).lessons[0].covered_percent) == ("done", 91)


def test_pending_time_covers_but_does_not_count(learner, traveller):
    enrolment, actor = learner(terms=CHECKS)
    player = Player(traveller, enrolment, lessons_of(enrolment.training_class)[0], actor)

    player.watch(50)

    found = of(enrolment)
    assert (found.totals.pending_ms, found.totals.confirmed_ms, found.percent) == (50_000, 0, 0)
    assert found.lessons[0].covered_percent == 41
    assert "通过下一次在岗确认后计入" in found.missing[-1]


def test_a_missed_check_takes_the_lesson_back_and_locks_what_follows(learner, traveller):
    enrolment, actor = learner(terms=StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    player = Player(traveller, enrolment, lessons_of(enrolment.training_class)[0], actor)
    for _ in range(4):
        ack = player.watch(30)
    before = states(enrolment)
    for _ in range(10):
        stopped = player.watch(10)

    assert ack.check is not None
    assert before == ["done", "open"]
    assert stopped.stop.code == "check"
    found = of(enrolment)
    assert states(enrolment) == ["open", "locked"]
    assert (found.totals.withheld_ms, found.totals.confirmed_ms, found.is_completed) == (120_000, 0, False)


def test_withheld_time_may_be_earned_again(learner, traveller):
    enrolment, actor = learner(terms=StudyTerms(check_min_ms=600_000, check_max_ms=600_000))
    player = Player(traveller, enrolment, lessons_of(enrolment.training_class)[0], actor)
    for _ in range(4):
        ack = player.watch(30)
    player.answer(ack.check.number, "wrong")

    study(traveller, enrolment, actor, seconds=120)
    answer(enrolment, actor)

    found = of(enrolment)
    assert (found.totals.confirmed_ms, found.totals.withheld_ms) == (120_000, 120_000)
    assert found.is_completed


def test_who_watches_at_the_fastest_allowed_speed_completes(learner, traveller):
    enrolment, actor = learner(terms=StudyTerms(check_min_ms=None, check_max_ms=None, max_rate_percent=150))
    player = Player(traveller, enrolment, lessons_of(enrolment.training_class)[0], actor)
    for _ in range(4):
        player.watch(20, to_ms=player.at + 30_000, rate_percent=150)
    player.close()
    answer(enrolment, actor)

    found = of(enrolment)
    assert found.totals.confirmed_ms == 80_000
    assert found.lessons[0].covered_percent == 100
    assert (found.percent, found.is_completed) == (100, True)


def test_a_locked_lesson_opens_no_session(learner, cast, site_root, traveller):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", MINUTE), ("article", MINUTE)))
    enrolment, actor = learner(make_class(version, cast.department))
    article = lessons_of(enrolment.training_class)[1]

    with pytest.raises(ConflictError) as refused:
        Player(traveller, enrolment, article, actor)

    assert refused.value.code == "lesson_locked"
    assert refused.value.message == "这一课还没有开放：学完“第1课”后开放。"
    assert StudySession.objects.count() == 0


def test_the_lesson_opens_once_the_one_before_is_done(learner, cast, site_root, traveller):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", MINUTE), ("article", MINUTE)))
    enrolment, actor = learner(make_class(version, cast.department))
    article = lessons_of(enrolment.training_class)[1]
    study(traveller, enrolment, actor, seconds=60)

    ensure_unlocked(enrolment, article, clock.now())

    assert Player(traveller, enrolment, article, actor).opened.lesson == article


def test_another_classs_study_counts_nothing_here(learner, cast, site_root, traveller):
    first = approved(cast, site_root)
    enrolment, actor = learner(first)
    other, _ = learner(make_class(first.course_version, cast.department))

    study(traveller, enrolment, actor, seconds=120)

    assert of(enrolment).totals.confirmed_ms == 120_000
    assert of(other).totals.confirmed_ms == 0
    assert states(other) == ["open", "locked"]


def test_fifty_learners_cost_no_more_queries_than_five(cast, site_root, traveller):
    training_class = approved(cast, site_root)

    def queries(enrolments):
        with CaptureQueriesContext(connection) as captured:
            found = completion_of(enrolments)
        assert {one.totals.confirmed_ms for one in found.values()} == {30_000}
        return len(captured)

    five = crowd(training_class, 5, traveller)
    few = queries(five)
    assert queries([*five, *crowd(training_class, 45, traveller, first=200)]) == few


def test_where_lessons_count_whole_their_time_waits_for_their_end(learner, traveller, cast, site_root):
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", MINUTE), ("video", 2 * MINUTE)))
    terms = StudyTerms(check_min_ms=None, check_max_ms=None, credit_basis="lesson", lessons_in_order=False)
    enrolment, actor = learner(make_class(version, cast.department, terms=terms))
    first, second = version.lessons.order_by("position")
    for lesson, seconds in ((first, 60), (second, 60)):
        player = Player(traveller, enrolment, lesson, actor, key=f"k{lesson.pk}")
        player.play(seconds)
        player.close()

    half = of(enrolment)
    player = Player(traveller, enrolment, second, actor, key="on")
    player.play(60)
    player.close()
    whole = of(enrolment)

    assert (half.totals.confirmed_ms, half.totals.held_ms) == (MINUTE, MINUTE)
    assert "没有学完的课，学完后它的时间才计入" in half.missing[-1]
    assert (whole.totals.confirmed_ms, whole.totals.held_ms, whole.is_completed) == (3 * MINUTE, 0, True)


@pytest.mark.parametrize("basis", ["time", "lesson"])
def test_whole_lessons_cost_one_query_however_many_learners(cast, site_root, traveller, basis):
    training_class = approved(cast, site_root, terms=replace(CHECKS, credit_basis=basis))
    counts = []
    for size in (2, 6):
        crowd(training_class, size, traveller, first=100 * size)
        enrolments = list(training_class.enrolments.select_related("training_class"))
        with CaptureQueriesContext(connection) as queries:
            completion_of(enrolments)
        counts.append(len(queries))

    assert counts[0] == counts[1] == {"time": 6, "lesson": 7}[basis]
