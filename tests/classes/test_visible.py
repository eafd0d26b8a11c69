"""Who sees which class (S1), and lists that ask the same number of questions for 5 and for 50 classes."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lms.classes.queries import class_for, classes_visible_to, enrolment_for, roster_of
from lms.kernel.errors import NotFoundError
from tests.factories import make_class, make_course_version, make_enrolment, make_programme


@pytest.fixture
def ours(cast, site_root):
    return make_class(make_course_version(site_root, cast.institution_a), cast.department, teacher=cast.li)


@pytest.mark.parametrize("who", ["zhao", "li", "sun", "chen", "zhou", "wu"])
def test_those_in_charge_see_it(cast, ours, who):
    assert list(classes_visible_to(cast.actor(who))) == [ours]
    assert class_for(cast.actor(who), ours.uid) == ours


@pytest.mark.parametrize("who", ["qian", "wang", "lu"])
def test_others_cannot_tell_it_from_nothing(cast, ours, who):
    sentences = set()
    for uid in (ours.uid, uuid.uuid4()):
        with pytest.raises(NotFoundError) as refusal:
            class_for(cast.actor(who), uid)
        sentences.add(refusal.value.message)

    assert len(sentences) == 1
    assert not classes_visible_to(cast.actor(who)).exists()


@pytest.mark.parametrize("who", ["sun", "chen", "zhou", "wu", "li"])
def test_a_draft_is_the_institutions_own(cast, site_root, who):
    version = make_course_version(site_root, cast.institution_a)
    draft = make_class(version, cast.department, state="draft", number=None)

    assert not classes_visible_to(cast.actor(who)).exists()
    assert class_for(cast.actor("zhao"), draft.uid) == draft


def test_a_department_sees_its_own_programmes_only(cast, ours):
    ours.programme.department = type(cast.department).objects.create(
        kind="department", name="别的局", short_name="别的"
    )
    ours.programme.save()

    assert not classes_visible_to(cast.actor("zhou")).exists()


def test_an_enrolment_is_ones_own_or_of_a_visible_class(cast, ours):
    enrolment = make_enrolment(ours, cast.wang.person)

    for who in ("wang", "zhao", "chen"):
        assert enrolment_for(cast.actor(who), enrolment.uid) == enrolment
    for who in ("lu", "qian"):
        with pytest.raises(NotFoundError):
            enrolment_for(cast.actor(who), enrolment.uid)


def read(cast):
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for one in classes_visible_to(cast.actor("chen")):
            assert one.institution.name
            assert one.programme.department.name
            assert one.course_version.title
            assert one.roster_count + one.learner_count == 0
            list(roster_of(one)[:0])
    return len(asked)


def test_the_list_asks_as_often_for_fifty_as_for_five(cast, site_root):
    version = make_course_version(site_root, cast.institution_a)
    programme = make_programme(cast.department)
    cast.actor("chen")
    for _ in range(5):
        make_class(version, cast.department, programme=programme)
    few = read(cast)
    for _ in range(45):
        make_class(version, cast.department, programme=programme)

    assert read(cast) == few == 1
