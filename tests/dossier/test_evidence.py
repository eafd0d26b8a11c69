"""Everything that proves one learner's hours, for those who audit them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.dossier.queries import evidence, learner_progress, my_enrolments
from lms.kernel.errors import ForbiddenError, NotFoundError
from tests.dossier.stage import CHECKS, answer, approved, joined, lessons_of, study
from tests.factories import make_class
from tests.player import Player


@pytest.fixture
def studied(cast, site_root, traveller):
    """Return 王芳's place in a class: one check passed, one failed, a quiz taken out of order."""
    from dataclasses import replace

    training_class = approved(cast, site_root, terms=replace(CHECKS, lessons_in_order=False), teacher=cast.li)
    enrolment, actor = joined(training_class, cast.wang.person)
    player = Player(traveller, enrolment, lessons_of(training_class)[0], actor)
    player.watch(30)
    asked = player.watch(30)
    traveller.advance(seconds=7)
    player.answer(asked.check.number)
    player.watch(30)
    asked = player.watch(30)
    traveller.advance(seconds=12)
    player.answer(asked.check.number, "elsewhere")
    answer(enrolment, actor)
    return enrolment


def test_it_holds_sessions_checks_ledger_sentences_and_quizzes(cast, studied):
    found = evidence(cast.actor("wu"), studied.uid)

    (session,) = found.sessions
    assert (session.client, session.device, session.ending) == ("pc", "Chromium", "抽查未通过")
    assert [(one.outcome, one.answer_seconds) for one in found.checks] == [("wrong", 12), ("passed", 7)]
    assert [(one.kind, one.ms) for one in found.ledger] == [("confirmed", 60_000), ("withheld", 60_000)]
    assert "1分钟暂不认定：" in "".join(line.sentence for line in found.lines)
    assert [(one.score_percent, one.is_passed) for one in found.sittings] == [(100, True)]
    assert found.progress.completion.totals.confirmed_ms == 60_000
    assert set(found.lessons) == {one.lesson_uid for one in lessons_of(studied.training_class)}


def test_it_never_shows_a_whole_number_or_name(cast, studied):
    found = evidence(cast.actor("chen"), studied.uid)

    assert (found.name, found.document) == ("王*", "999999********" + str(studied.person.document_number)[-4:])


@pytest.mark.parametrize("who", ["sun", "chen", "zhou", "wu"])
def test_office_department_and_auditor_see_it(cast, studied, who):
    assert evidence(cast.actor(who), studied.uid).enrolment == studied


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        pytest.param("zhao", ForbiddenError, id="the institution sees its list, not the evidence"),
        pytest.param("li", ForbiddenError, id="the teacher"),
        pytest.param("wang", ForbiddenError, id="the learner, who has pages of her own"),
        pytest.param("qian", NotFoundError, id="another institution"),
        pytest.param("lu", NotFoundError, id="a stranger"),
    ],
)
def test_others_do_not(cast, studied, who, refusal):
    with pytest.raises(refusal):
        evidence(cast.actor(who), studied.uid)


def test_another_department_does_not(studied, other_department):
    with pytest.raises(NotFoundError):
        evidence(other_department, studied.uid)


def test_more_study_costs_no_more_queries(cast, training_class, traveller):
    enrolment, actor = joined(training_class, cast.wang.person)
    wu = cast.actor("wu")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            evidence(wu, enrolment.uid)
        return len(captured)

    study(traveller, enrolment, actor, seconds=10, beat=10)
    queries()  # the key of sealed columns is read once per process
    one = queries()
    for _ in range(8):
        study(traveller, enrolment, actor, seconds=10, beat=10)

    assert queries() == one


def test_a_learner_sees_the_way_through_the_own_class(cast, studied):
    progress = learner_progress(cast.actor("wang"), studied.uid)

    assert [one.state for one in progress.completion.lessons] == ["studying", "done"]
    assert progress.resume.lesson == lessons_of(studied.training_class)[0]
    assert progress.completion.missing[0] == "还有1个课时没有学完：第1课。"
    assert progress.rules[0].label == "学时"


@pytest.mark.parametrize("who", ["lu", "li", "zhao", "qian", "chen", "zhou", "wu"])
def test_nobody_else_has_that_page(cast, studied, who):
    with pytest.raises(NotFoundError):
        learner_progress(cast.actor(who), studied.uid)


def test_ones_own_classes_only_and_constant_queries(cast, studied, traveller):
    wang = cast.actor("wang")

    def queries(size: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(my_enrolments(wang)) == size
        return len(captured)

    one = queries(1)
    for _ in range(4):
        joined(make_class(studied.training_class.course_version, cast.department), cast.wang.person)

    assert queries(5) == one
    assert my_enrolments(cast.actor("lu")) == []
    assert my_enrolments(cast.actor("chen")) == []
