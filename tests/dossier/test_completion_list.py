"""The list by which an office sees who completes, who lags and what is odd."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.classes.models import TrainingClass
from lms.dossier.queries import CompletionFilters, completion_list
from lms.kernel import clock
from lms.kernel.errors import ConflictError, ForbiddenError, NotFoundError
from tests.cast import make_person
from tests.dossier.stage import CHECKS, answer, approved, crowd, joined, lessons_of, study
from tests.player import Player


@pytest.fixture
def seen(cast, training_class):
    """Return a function that reads the class's list as somebody: seen("chen", state="idle")."""

    def read(who="chen", of=None, **filters):
        return completion_list(cast.actor(who), (of or training_class).uid, CompletionFilters(**filters))

    return read


@pytest.fixture
def four(training_class, traveller):
    """Return names by state: one completed, one idle, one studying with a failed quiz, one untouched."""
    done, actor = joined(training_class, make_person("陈完成", 51))
    study(traveller, done, actor, seconds=120)
    answer(done, actor)
    idle, actor = joined(training_class, make_person("李落后", 52))
    study(traveller, idle, actor, seconds=30)
    traveller.advance(hours=24 * 8)
    studying, actor = joined(training_class, make_person("张在学", 53))
    study(traveller, studying, actor, seconds=120)
    answer(studying, actor, right=False)
    joined(training_class, make_person("李未来", 54))
    return training_class


def by_name(page):
    return {row.enrolment.person.name: row for row in page.rows}


def test_each_learner_stands_somewhere(four, seen):
    page = seen()

    assert {name: row.state_name for name, row in by_name(page).items()} == {
        "陈完成": "可结业",
        "李落后": "落后",
        "张在学": "学习中",
        "李未来": "未开始",
    }
    assert page.counts == {"completed": 1, "studying": 1, "idle": 1, "untouched": 1, "exceptions": 1}
    assert (page.total, page.page, page.page_count) == (4, 1, 1)
    assert page.data_at == clock.now()


def test_a_row_tells_hours_quiz_and_what_is_odd(four, seen):
    rows = by_name(seen())

    completed, failed = rows["陈完成"], rows["张在学"]
    assert (completed.quiz_percent, completed.exceptions, completed.completion.missing) == (100, [], [])
    assert (failed.quiz_percent, failed.exceptions) == (0, ["测验未及格"])
    assert rows["李未来"].quiz_percent is None
    assert rows["李未来"].hours == Decimal(0)


def test_hours_are_those_of_the_class_policy(cast, site_root, traveller, seen):
    """A hundred and twenty seconds are 0.6 of an hour of 200 seconds, rounded down once."""
    from lms.planning.rules import StudyTerms

    terms = StudyTerms(check_min_ms=None, check_max_ms=None, hour_minutes=3)
    training_class = approved(cast, site_root, terms=terms)
    enrolment, actor = joined(training_class, cast.wang.person)
    study(traveller, enrolment, actor, seconds=120)

    page = seen(of=training_class)

    assert page.rows[0].hours == Decimal("0.6")
    assert page.required_hours == Decimal("0.6")


def test_seven_days_are_not_yet_idle(training_class, traveller, seen):
    enrolment, actor = joined(training_class, make_person("李落后", 52))
    study(traveller, enrolment, actor, seconds=30)

    traveller.advance(hours=24 * 7)
    week = seen().rows[0].state
    traveller.advance(seconds=1)

    assert (week, seen().rows[0].state) == ("studying", "idle")


def test_a_failed_check_is_an_exception_with_its_minutes(cast, site_root, traveller, seen):
    training_class = approved(cast, site_root, terms=CHECKS)
    enrolment, actor = joined(training_class, cast.wang.person)
    player = Player(traveller, enrolment, lessons_of(training_class)[0], actor)
    player.watch(30)
    player.answer(player.watch(30).check.number, "elsewhere")

    (row,) = seen(of=training_class, exceptions=True).rows

    assert row.exceptions == ["1次抽查未通过", "1分钟暂不认定"]
    assert (row.checks.passed, row.checks.failed) == (0, 1)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param({"state": "completed"}, ["陈完成"], id="by state"),
        pytest.param({"exceptions": True}, ["张在学"], id="with something odd"),
        pytest.param({"q": "李"}, ["李落后", "李未来"], id="by a piece of the name"),
        pytest.param({"q": "李", "state": "idle"}, ["李落后"], id="both"),
        pytest.param({"q": "%"}, [], id="no wildcard"),
    ],
)
def test_filters_narrow_the_rows_and_not_the_figures(four, seen, filters, names):
    page = seen(**filters)

    assert [row.enrolment.person.name for row in page.rows] == names
    assert page.total == len(names)
    assert page.counts["completed"] == 1
    assert sum(page.counts[state] for state in ("completed", "studying", "idle", "untouched")) == 4


def test_names_and_numbers_are_masked(four, seen):
    row = by_name(seen())["陈完成"]

    assert row.name == "陈**"
    assert row.document.startswith("999999********")
    assert str(row.enrolment.person.document_number) not in row.document


def test_pages_of_fifty_and_never_beyond_the_last(training_class, seen):
    for serial in range(300, 351):
        joined(training_class, make_person(f"学员{serial}", serial))

    first, second, beyond = (seen(page=page) for page in (1, 2, 99))

    assert (len(first.rows), len(second.rows), first.total, first.page_count) == (50, 1, 51, 2)
    assert beyond.page == 2
    assert beyond.rows[0].enrolment == second.rows[0].enrolment
    assert seen(page=-3).page == 1


def test_fifty_rows_cost_no_more_queries_than_five(cast, training_class, traveller):
    chen = cast.actor("chen")

    def queries(rows: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(completion_list(chen, training_class.uid, CompletionFilters()).rows) == rows
        return len(captured)

    crowd(training_class, 5, traveller)
    queries(5)  # the key of sealed columns is read once per process
    few = queries(5)
    crowd(training_class, 45, traveller, first=200)

    assert queries(50) == few


@pytest.mark.parametrize("who", ["sun", "chen", "zhou", "wu", "zhao"])
def test_readers_and_the_classs_institution_see_it(four, seen, who):
    assert seen(who).total == 4


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        pytest.param("qian", NotFoundError, id="another institution"),
        pytest.param("wang", NotFoundError, id="a learner"),
        pytest.param("lu", NotFoundError, id="a stranger"),
        pytest.param("li", ForbiddenError, id="the teacher, who sees the class but not this"),
    ],
)
def test_others_do_not(four, seen, who, refusal):
    with pytest.raises(refusal):
        seen(who)


def test_another_department_does_not_learn_that_it_exists(four, other_department):
    with pytest.raises(NotFoundError):
        completion_list(other_department, four.uid, CompletionFilters())


@pytest.mark.parametrize(("who", "state"), [("chen", "submitted"), ("zhao", "draft"), ("zhao", "returned")])
def test_before_its_approval_a_class_has_no_list(training_class, seen, who, state):
    TrainingClass.objects.update(state=state, frozen_terms=None, policy=None)

    with pytest.raises(ConflictError) as refused:
        seen(who)

    assert refused.value.code == "class_not_approved"


def test_a_class_without_learners_is_an_empty_list(training_class, seen):
    page = seen()

    assert (page.rows, page.total, page.page_count, page.required_hours) == ([], 0, 1, Decimal(0))


def test_idle_is_counted_from_the_last_contact(training_class, traveller, seen):
    enrolment, actor = joined(training_class, make_person("李回来", 55))
    study(traveller, enrolment, actor, seconds=30)
    traveller.advance(hours=24 * 30)
    study(traveller, enrolment, actor, seconds=30)

    row = seen().rows[0]

    assert row.state == "studying"
    assert clock.now() - row.completion.last_at < timedelta(minutes=1)
