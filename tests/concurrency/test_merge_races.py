"""Two hands at once on a person with two records: one seat is sat on, and a merge happens once."""

from __future__ import annotations

import pytest

from attendance.models import Seat
from attendance.services import open_session, sittings
from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.classes.models import Enrolment
from lms.people.models import MergeStep
from lms.people.services import decide_merge, merging, propose_merge
from lms.planning.rules import StudyTerms
from tests.cast import make_person, make_user
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting
from tests.factories import MINUTE, make_class, make_course_version, make_enrolment

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def stage(cast, site_root, at):
    """Return (proposed merge, enrolment of the record that stays, enrolment of the other, its account)."""
    at(2026, 5, 6, 9, 0)
    other = make_user("wangfang2", make_person("王芳", 61))
    version = make_course_version(site_root, cast.institution_a, lessons=(("video", 60 * MINUTE),))
    terms = StudyTerms(check_min_ms=None, check_max_ms=None, lessons_in_order=False)
    places = [
        make_enrolment(make_class(version, cast.department, terms=terms), person)
        for person in (cast.wang.person, other.person)
    ]
    proposed = propose_merge(
        survivor=cast.wang.person, absorbed=other.person, reason="证件已当面核对，是同一人", actor=cast.actor("sun")
    )
    return proposed, *places, other


def agree(cast, proposed, name="chen"):
    def deed():
        words = {"agrees": True, "opinion": "证件已核对", "is_verified": True}
        return decide_merge(merge=proposed, actor=cast.actor(name), **words).kind

    return deed


def sit(enrolment, user):
    lesson = enrolment.training_class.course_version.lessons.get()

    def deed():
        own = Enrolment.objects.select_related("training_class", "person").get(pk=enrolment.pk)
        words = {"client": "pc", "device": "Chromium", "key": f"k{enrolment.pk}", "actor": actor_for(user)}
        return str(open_session(enrolment=own, lesson_uid=lesson.lesson_uid, **words).session)

    return deed


def sitting():
    return Seat.objects.filter(session__gt=0).count()


def two_sittings(cast, stage, monkeypatch, seconds=MOMENT):
    proposed, first, second, _ = stage
    agree(cast, proposed)()
    monkeypatch.setattr(sittings, "take_seat", meeting(sittings.take_seat, 2, seconds))
    return at_once(sit(first, cast.wang), sit(second, cast.wang))


def test_of_two_records_one_seat_is_sat_on(cast, stage, monkeypatch):
    outcomes = two_sittings(cast, stage, monkeypatch)

    assert (len(set(outcomes)), sitting()) == (2, 1)


def test_with_only_the_own_seat_held_a_person_sits_twice(cast, stage, monkeypatch):
    monkeypatch.setattr(sittings, "family_of", lambda person: [person])

    two_sittings(cast, stage, monkeypatch, PATIENCE)

    assert sitting() == 2


def test_who_sits_down_while_records_are_merged_sits_alone_or_is_asked_to_come_again(cast, stage, monkeypatch):
    proposed, first, second, other = stage
    monkeypatch.setattr(merging, "tie", meeting(merging.tie, 3))

    merged, *_ = at_once(agree(cast, proposed), sit(first, cast.wang), sit(second, other))

    assert merged == "confirmed"
    assert sitting() <= 1


def test_two_who_confirm_at_once_merge_once(cast, stage):
    proposed, *_ = stage

    third = make_user("another_checker")

    grant_role(user=third, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    words = {"agrees": True, "opinion": "证件已核对", "is_verified": True}

    outcomes = at_once(
        agree(cast, proposed),
        lambda: decide_merge(merge=proposed, actor=actor_for(third), **words).kind,
    )

    assert sorted(outcomes) == ["confirmed", "merge_impossible"]
    assert MergeStep.objects.count() == 1
