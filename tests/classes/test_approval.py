"""Approval: maker and checker differ (M3), policy and version freeze, everybody known is enrolled once."""

from __future__ import annotations

from datetime import date

import pytest

from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import Enrolment
from lms.classes.services import approve_class, close_class, enrol_from_rosters, return_class, submit_class
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.planning.models import StudyPolicy
from lms.planning.rules import StudyTerms
from lms.planning.services import add_policy_version
from tests.cast import document_number, make_person
from tests.classes.stage import bring, filed, row, submitted


@pytest.fixture(autouse=True)
def spring(at):
    at(2026, 4, 20, 9, 0)


def approve(cast, training_class, who="chen", opinion="材料齐全，同意开班"):
    return approve_class(training_class=training_class, opinion=opinion, actor=cast.actor(who))


def test_approval_freezes_the_policy_of_the_first_day(cast, site_root):
    made = submitted(cast, site_root)
    later = add_policy_version(
        name="示例口径",
        terms=StudyTerms(daily_cap_ms=4 * 3_600_000),
        effective_from=date(2026, 5, 1),
        source="示例〔2026〕1号",
        actor=cast.actor("chen"),
    )
    add_policy_version(
        name="示例口径",
        terms=StudyTerms(daily_cap_ms=3_600_000),
        effective_from=date(2026, 5, 7),  # the day after the class's first
        source="示例〔2026〕2号",
        actor=cast.actor("chen"),
    )

    approve(cast, made)

    made.refresh_from_db()
    assert (made.state, made.number, made.policy) == ("open", "KB-2026-0001", later)
    assert made.study_terms().daily_cap_ms == 4 * 3_600_000
    StudyPolicy.objects.filter(pk=later.pk).update(terms=StudyTerms().as_json())
    made.refresh_from_db()
    assert made.study_terms().daily_cap_ms == 4 * 3_600_000


def test_without_a_policy_in_force_nothing_is_approved(cast, site_root):
    made = submitted(cast, site_root)
    StudyPolicy.objects.update(effective_to=date(2026, 5, 5))

    with pytest.raises(ConflictError) as refusal:
        approve(cast, made)

    assert refusal.value.code == "no_policy"
    made.refresh_from_db()
    assert (made.state, made.number) == ("submitted", None)


def test_numbers_follow_one_another(cast, site_root):
    first = submitted(cast, site_root)
    second = submitted(cast, site_root, row(33))

    numbers = [approve(cast, one).number for one in (first, second)]

    assert numbers == ["KB-2026-0001", "KB-2026-0002"]


@pytest.mark.parametrize("who", ["zhao", "qian", "li", "zhou", "wu", "wang", "lu"])
def test_others_may_not_decide(cast, site_root, who):
    made = submitted(cast, site_root)

    with pytest.raises(ForbiddenError):
        approve(cast, made, who)
    with pytest.raises(ForbiddenError):
        return_class(training_class=made, opinion="这样不行，退回", actor=cast.actor(who))

    made.refresh_from_db()
    assert made.state == "submitted"
    assert made.decisions.count() == 1


def test_the_maker_is_not_the_checker(cast, site_root):
    grant_role(user=cast.zhao, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    made = submitted(cast, site_root)

    with pytest.raises(ForbiddenError) as refusal:
        approve(cast, made, "zhao")

    assert refusal.value.code == "maker_is_checker"
    made.refresh_from_db()
    assert made.state == "submitted"


def test_an_earlier_submitter_is_a_maker_too(cast, site_root):
    grant_role(user=cast.sun, role=Role.INSTITUTION, organisation=cast.institution_a, actor=SYSTEM)
    made = filed(cast, site_root)
    bring(cast, made, row(31))
    submit_class(training_class=made, actor=cast.actor("sun"))
    return_class(training_class=made, opinion="教师资质材料不全", actor=cast.actor("chen"))
    submit_class(training_class=made, actor=cast.actor("zhao"))

    with pytest.raises(ForbiddenError):
        approve(cast, made, "sun")

    assert approve(cast, made).state == "open"


def test_returning_needs_an_opinion(cast, site_root):
    made = submitted(cast, site_root)

    with pytest.raises(InvalidError):
        return_class(training_class=made, opinion="不行 ", actor=cast.actor("chen"))

    made.refresh_from_db()
    assert made.state == "submitted"


def test_a_returned_class_comes_back_changed(cast, site_root):
    made = submitted(cast, site_root)

    return_class(training_class=made, opinion="请补充学员名册", actor=cast.actor("sun"))
    made.refresh_from_db()
    bring(cast, made, row(36))
    submit_class(training_class=made, actor=cast.actor("zhao"))
    approve(cast, made)

    steps = [(step.kind, step.opinion) for step in made.decisions.order_by("pk")]
    assert steps == [
        ("submitted", ""),
        ("returned", "请补充学员名册"),
        ("submitted", ""),
        ("approved", "材料齐全，同意开班"),
    ]
    assert made.roster.count() == 3


@pytest.mark.parametrize("state", ["draft", "open"])
def test_only_a_submitted_class_is_approved(cast, site_root, state):
    made = filed(cast, site_root)
    if state == "open":
        made = submitted(cast, site_root)
        approve(cast, made)

    with pytest.raises(ConflictError):
        approve(cast, made)


def test_approval_enrols_who_has_a_real_name(cast, site_root):
    made = submitted(cast, site_root, row(2, "王芳"), row(31))

    approve(cast, made)

    enrolment = Enrolment.objects.get(training_class=made)
    assert (enrolment.person, enrolment.roster_row.name) == (cast.wang.person, "王芳")


def test_registering_later_enrols_in_every_open_class_once(cast, site_root):
    first, second = submitted(cast, site_root, row(50)), submitted(cast, site_root, row(50))
    waiting = submitted(cast, site_root, row(50))
    approve(cast, first)
    approve(cast, second)
    person = make_person("学员", 50)
    assert person.document_number == document_number(50)

    enrol_from_rosters(person)
    enrol_from_rosters(person)

    enrolled = set(Enrolment.objects.filter(person=person).values_list("training_class_id", flat=True))
    assert enrolled == {first.pk, second.pk}
    approve(cast, waiting)
    assert Enrolment.objects.filter(person=person).count() == 3


def test_another_document_type_with_the_same_number_is_nobody(cast, site_root):
    made = submitted(cast, site_root, row(2, "王芳"))
    made.roster.update(document_type="residence_permit_tw")

    approve(cast, made)

    assert not Enrolment.objects.exists()


def test_a_closed_class_takes_nobody(cast, site_root):
    made = submitted(cast, site_root, row(50))
    approve(cast, made)
    close_class(training_class=made, opinion="", actor=cast.actor("chen"))

    enrol_from_rosters(make_person("学员", 50))

    assert not Enrolment.objects.exists()
