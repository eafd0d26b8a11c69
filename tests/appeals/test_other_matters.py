"""An appeal beside other matters of the same time: a case that withdrew the credit, and two records that became one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from attendance.models import HoursEntry
from attendance.queries import totals_of
from lms.access.queries import actor_for
from lms.anomalies.models import AnomalyCase, CaseStep
from lms.anomalies.queries.cases import learner_party
from lms.anomalies.services import appeal as appeal_ruling
from lms.anomalies.services import decide_appeal, detect, take_up
from lms.appeals.models import HoursAppeal
from lms.appeals.services import confirm_opinion
from lms.audit.services import sequence, verify
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.people.services import decide_merge, propose_merge, undo_merge
from tests.anomalies import stage as anomalies
from tests.appeals.stage import appeal, grant, miss_check, propose
from tests.cast import make_person, make_user
from tests.factories import make_enrolment
from tests.player import Player


@pytest.fixture
def scripted(cast, site_root, at):
    """Return a stage whose 王芳 answered eight checks after the same time and missed the ninth, in one session."""
    stage = anomalies.lay_stage(cast, site_root, at(2026, 5, 6, 9, 0))
    enrolment, actor = stage.enrol(cast.wang.person)
    lesson = stage.training_class.course_version.lessons.get(kind="video")
    player, answered = Player(stage.traveller, enrolment, lesson, actor, key="script"), 0
    while not HoursEntry.objects.filter(kind="withheld").exists():
        ack = player.watch(10)
        if ack.check is not None and answered < 8:
            stage.traveller.advance(milliseconds=3_000)
            player.answer(ack.check.number)
            answered += 1
    return stage


def withheld():
    return HoursEntry.objects.filter(kind="withheld").latest("pk")


def withdrawn_by_case(stage, **plan):
    """Let the office find the session made by a script and withdraw its credit."""
    detect()
    case = AnomalyCase.objects.get(person=stage.cast.wang.person)
    take_up(case=case, actor=stage.cast.actor("sun"))
    plans = [replace(one, **plan) for one in stage.plans("withdraw")]
    anomalies.propose_ruling(
        case=anomalies.fresh(case), outcome="fraud", reason=anomalies.REASON, plans=plans, actor=stage.cast.actor("sun")
    )
    anomalies.confirm_ruling(
        case=anomalies.fresh(case), agrees=True, opinion="同意", actor=stage.cast.actor("chen")
    )  # fmt: skip


def test_what_a_case_withdrew_is_neither_appealed_nor_proposed_nor_granted_here(scripted):
    cast, entry = scripted.cast, withheld()
    elsewhere = miss_check(entry.enrolment, scripted.wang, scripted.traveller)
    filed = appeal(entry, scripted.wang)
    proposed = propose(appeal(elsewhere, scripted.wang), cast.actor("sun"))
    withdrawn_by_case(scripted)

    with pytest.raises(ConflictError) as refused:
        propose(filed, cast.actor("sun"))
    assert refused.value.code == "credit_withdrawn_by_case"
    confirm_opinion(appeal=proposed, agrees=True, opinion="同意", actor=cast.actor("chen"))  # of another session
    assert HoursEntry.objects.get(kind="restored").reverses == elsewhere
    assert propose(filed, cast.actor("sun"), grants=False).state == "proposed"


def test_an_opinion_from_before_the_case_grants_nothing_until_the_case_is_lifted(scripted):
    cast, entry = scripted.cast, withheld()
    proposed = propose(appeal(entry, scripted.wang), cast.actor("sun"))
    withdrawn_by_case(scripted)

    with pytest.raises(ConflictError) as refused:
        confirm_opinion(appeal=proposed, agrees=True, opinion="同意", actor=cast.actor("chen"))
    assert (refused.value.code, HoursAppeal.objects.get().state) == ("credit_withdrawn_by_case", "proposed")
    assert not HoursEntry.objects.filter(kind="restored").exists()

    asked = appeal_ruling(
        ruling=CaseStep.objects.get(kind="ruled"), text="那天是我本人在家用电脑学习的，有家人可以证明。",
        party=learner_party(scripted.wang), actor=scripted.wang,
    )  # fmt: skip
    decide_appeal(asked=asked, grants=True, opinion="核对辅助设备记录属实", actor=cast.actor("zhou"))
    confirm_opinion(appeal=proposed, agrees=True, opinion="同意", actor=cast.actor("chen"))
    assert HoursEntry.objects.get(kind="restored").reverses == entry


def test_filing_is_refused_and_the_learner_is_sent_to_the_cases_own_appeal(scripted):
    withdrawn_by_case(scripted)

    with pytest.raises(ConflictError, match="核查与申诉") as refused:
        appeal(withheld(), scripted.wang)

    assert (refused.value.code, HoursAppeal.objects.count()) == ("appeal_not_open", 0)


@pytest.fixture
def twin(stage):
    """Return (her second record's account, its enrolment in the same class, what a missed check withheld of it)."""
    other = make_user("wangfang2", make_person("王芳", 61))
    enrolment = make_enrolment(stage.enrolment.training_class, other.person)
    return other, enrolment, miss_check(enrolment, actor_for(other), stage.traveller)


def merge(stage, other):
    """Make the second record part of the first."""
    cast = stage.cast
    made = propose_merge(
        survivor=cast.wang.person,
        absorbed=other.person,
        reason="护照和身份证已当面核对，是同一人",
        actor=cast.actor("sun"),
    )
    return decide_merge(
        merge=made, agrees=True, opinion="证件已核对", actor=cast.actor("chen"), is_verified=True
    )  # fmt: skip


def confirmed(*enrolments):
    return [totals_of([one.pk])[one.pk].confirmed_ms for one in enrolments]


@pytest.mark.parametrize("is_filed_before", [True, False])
def test_what_is_given_back_after_a_merge_counts_in_the_enrolment_that_stays(stage, twin, is_filed_before):
    other, second, entry = twin
    filed = appeal(entry, actor_for(other)) if is_filed_before else None
    step = merge(stage, other)

    granted = grant(filed or appeal(entry, stage.wang), stage.cast)

    assert (granted.state, confirmed(stage.enrolment, second)) == ("granted", [entry.ms, 0])
    sequence(clock.now())
    assert not verify().findings
    undo_merge(merge=step.merge, opinion="两个人同名，办错了", actor=stage.cast.actor("sun"))
    assert confirmed(stage.enrolment, second) == [0, entry.ms]


def test_a_case_against_one_record_bars_what_the_other_would_be_given_back(scripted):
    other = make_user("wangfang2", make_person("王芳", 61))
    second, actor = scripted.enrol(other.person)
    filed = appeal(miss_check(second, actor, scripted.traveller), actor)
    merge(scripted, other)
    withdrawn_by_case(scripted, is_whole=True)

    with pytest.raises(ConflictError) as refused:
        propose(filed, scripted.cast.actor("sun"))

    assert refused.value.code == "credit_withdrawn_by_case"
