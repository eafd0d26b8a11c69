"""What people write about people in cases, appeals and merges ends before the evidence does, and leaves a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from lms.anomalies.queries.cases import steps_of
from lms.anomalies.rules.terms import AnomalyTerms, terms_problems
from lms.appeals.models import AppealStep
from lms.audit.models import AuditEntry
from lms.audit.services import sequence, verify
from lms.dossier.services.sheets import appeals, cases
from lms.kernel import clock
from lms.kernel.wording import ERASED_WORDS
from lms.people.models import MergeStep, PersonMerge, SealedWords
from lms.people.services import decide_merge, forget_words, keep_words, propose_merge, purge_words
from lms.planning.rules import StudyTerms
from tests.anomalies.stage import lay_stage
from tests.appeals.stage import REASON, appeal, grant, miss_check
from tests.cast import make_person

TERMS = replace(StudyTerms(), check_min_ms=60_000, check_max_ms=60_000, lessons_in_order=False, appeal_words_days=400)
ASKED, STATED = "请说明5月6日的学习是否本人完成", "那天是我本人在家用电脑学习的。"


@pytest.fixture
def stage(cast, site_root, at):
    return lay_stage(cast, site_root, at(2026, 5, 6, 9, 0), terms=TERMS)


@pytest.fixture
def case(stage):
    """Return a case in which 王芳 was asked and answered."""
    found = stage.reviewing()
    stage.stated(stage.asked(found))
    return found


@pytest.fixture
def appealed(stage):
    """Return 王芳's appeal that was granted."""
    enrolment, actor = stage.enrol(stage.cast.wang.person)
    return grant(appeal(miss_check(enrolment, actor, stage.traveller), actor), stage.cast)


def everything_verifies():
    sequence(clock.now())
    return verify().findings == []


def test_words_of_a_case_end_by_its_policy_and_the_package_says_so(stage, case):
    sequence(clock.now())
    assert [step.words for step in steps_of(case)] == ["", ASKED, STATED]
    first, _ = SealedWords.objects.order_by("pk")
    ends = clock.now() + timedelta(days=AnomalyTerms().words_days)

    assert purge_words(first.expires_at - timedelta(seconds=1)) == 0
    assert purge_words(ends) == 2

    assert [step.words for step in steps_of(case)] == ["", ERASED_WORDS, ERASED_WORDS]
    enrolment, _ = stage.enrol(stage.cast.wang.person)
    assert [line[4] for line in cases(enrolment)] == ["", ERASED_WORDS, ERASED_WORDS]
    assert everything_verifies()


def test_words_of_an_appeal_end_by_the_terms_of_the_class(stage, appealed):
    sequence(clock.now())
    steps = AppealStep.objects.select_related("note").order_by("pk")
    assert steps[0].words == REASON

    assert purge_words(clock.now() + timedelta(days=TERMS.appeal_words_days - 1)) == 0
    assert purge_words(clock.now() + timedelta(days=TERMS.appeal_words_days)) == 3

    enrolment, _ = stage.enrol(stage.cast.wang.person)
    assert {line[4] for line in appeals(enrolment)} == {ERASED_WORDS}
    assert everything_verifies()


@pytest.mark.parametrize("whose", ["wang", "lu"])
def test_words_of_a_merge_end_with_the_first_of_the_two(cast, at, whose):
    at(2026, 5, 6, 9, 0)
    survivor, absorbed = cast.wang.person, make_person("王芳", 61)
    cast.lu.person = absorbed
    merge = propose_merge(
        survivor=survivor, absorbed=absorbed, reason="护照和身份证已当面核对", actor=cast.actor("sun")
    )
    decide_merge(merge=merge, agrees=False, opinion="证件不是同一人", actor=cast.actor("chen"))
    assert "当面核对" not in str(list(AuditEntry.objects.values()))

    forget_words(getattr(cast, whose).person, clock.now())

    assert (PersonMerge.objects.get().words, MergeStep.objects.get().words) == (ERASED_WORDS, ERASED_WORDS)
    assert everything_verifies()


def test_only_the_words_of_whoever_is_erased_go(stage, case, appealed):
    other = keep_words("示例", about=make_person("学员乙", 88))["note"]

    forget_words(stage.cast.wang.person, clock.now())

    assert list(SealedWords.objects.filter(erased_at=None)) == [other]
    assert everything_verifies()


def test_no_words_are_no_note():
    assert keep_words("  ", about=None) == {"note": None, "words_hash": ""}


def test_the_reason_of_a_measure_is_there_as_long_as_the_measure():
    terms = AnomalyTerms()

    assert terms_problems(terms) == {}
    assert "words_days" in terms_problems(replace(terms, words_days=terms.bar_most_days + terms.appeal_days - 1))
