"""Signing, filing and confirming at once: one session's deeds come one after another, and break without its lock."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry
from lms.kernel import clock
from lms.live import services as live
from lms.live.services import timetable as live_timetable
from lms.practice.models import ListDecision, PracticeSession, PresenceList, Signature
from lms.practice.services import (
    code_now,
    confirm_list,
    file_list,
    lists,
    plan_practice,
    sign,
    signing,
    ticket_for,
)
from lms.practice.services import timetable as practice_timetable
from tests.concurrency.race import PATIENCE, at_once, meeting
from tests.factories import make_class
from tests.practice.stage import HERE, lay_workshop, moment, ms, present

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def workshop(cast, site_root, at):
    return lay_workshop(cast, site_root, at(2026, 5, 5, 10, 0))


def signer(workshop, enrolment, way):
    """Return a deed that signs with the code of now: the refusal's code, or which way was signed."""
    actor = workshop.actor(enrolment)
    shown = code_now(session=workshop.session, way=way, actor=workshop.cast.actor("li")).code.token
    held = ticket_for(session=workshop.session, way=way, given=shown, enrolment=enrolment, actor=actor)
    return lambda: sign(session=workshop.session, enrolment=enrolment, ticket=held, actor=actor, fix=HERE).way


def unlocked(session):
    related = ("training_class__programme", "training_class__institution", "training_class__course_version")
    return PracticeSession.objects.select_related(*related).get(pk=session.pk)


def last_seat(workshop, monkeypatch, seconds=1.0):
    """Let two learners sign in for the last place."""
    workshop.session.steps.update(capacity=1)
    workshop.at(8, 55)
    monkeypatch.setattr(signing, "nearness", meeting(signing.nearness, 2, seconds))
    return sorted(at_once(*(signer(workshop, one, "in") for one in (workshop.wang, workshop.join(31)))))


def test_the_last_place_is_taken_once(workshop, monkeypatch):
    assert last_seat(workshop, monkeypatch) == ["in", "practice_full"]
    assert Signature.objects.count() == 1


def test_without_the_lock_the_last_place_is_taken_twice(workshop, monkeypatch):
    monkeypatch.setattr(signing, "lock_session", unlocked)

    assert last_seat(workshop, monkeypatch, PATIENCE) == ["in", "in"]


def test_the_same_ticket_twice_at_once_is_one_signature(workshop):
    workshop.at(8, 55)
    deed = signer(workshop, workshop.wang, "in")

    assert at_once(deed, deed) == ["in", "in"]
    assert Signature.objects.count() == 1


def signing_out_while_filing(workshop, monkeypatch, seconds=1.0):
    """Let somebody sign out in the moment in which the list that says otherwise is filed."""
    workshop.at(8, 55)
    workshop.sign(workshop.wang, "in")
    workshop.at(11, 5)
    out = signer(workshop, workshop.wang, "out")
    line = present(workshop.wang, ms(9), ms(11), "全程在岗")
    monkeypatch.setattr(lists, "needs_second", meeting(lists.needs_second, 2, seconds))
    monkeypatch.setattr(signing, "nearness", meeting(signing.nearness, 2, seconds))

    def file():
        return file_list(session=workshop.session, lines=[line], actor=workshop.cast.actor("li")).needs_second

    return at_once(file, out)


def test_signing_out_and_filing_come_one_after_the_other(workshop, monkeypatch):
    waits, signed = signing_out_while_filing(workshop, monkeypatch)

    # Filed first: no signature any more, the list rests on the teacher. Signed first: the list knows of the signature.
    assert (waits, signed) in {(True, "practice_listed"), (False, "out")}
    assert Signature.objects.filter(way="out").count() == (signed == "out")


def two_timetables(workshop, monkeypatch, seconds=1.0):
    """Plan practice in one class and a live lesson in another for one teacher at one time; return what became of them."""
    cast, begin, end = workshop.cast, moment(14), moment(15)
    other = make_class(workshop.training_class.course_version, cast.department, teacher=cast.li)
    practice_plan = workshop.plan(starts_at=begin, ends_at=end)
    live_plan = live.Plan("答疑", begin, end, cast.li)
    for module in (practice_timetable, live_timetable):
        monkeypatch.setattr(module, "clash_of", meeting(module.clash_of, 2, seconds))
    actors = cast.actor("zhao"), cast.actor("zhao")

    def practice():
        plan_practice(training_class=workshop.training_class, plan=practice_plan, actor=actors[0])
        return "planned"

    def lesson():
        live.plan_live(training_class=other, plan=live_plan, actor=actors[1])
        return "planned"

    return sorted(str(one) for one in at_once(practice, lesson))


def test_a_teacher_is_put_into_one_timetable_at_a_time(workshop, monkeypatch):
    assert two_timetables(workshop, monkeypatch) == ["invalid", "planned"]


def test_without_the_lock_a_teacher_is_in_two_places(workshop, monkeypatch):
    for module in (practice_timetable, live_timetable):
        monkeypatch.setattr(module, "lock_teachers", lambda users: None)

    assert two_timetables(workshop, monkeypatch, PATIENCE) == ["planned", "planned"]


def confirm_twice(workshop, monkeypatch, seconds=1.0):
    """Let two people confirm the list that a third one filed."""
    workshop.at(11, 10)
    line = present(workshop.wang, ms(9), ms(11), "全程在岗")
    filed = file_list(session=workshop.session, lines=[line], actor=workshop.cast.actor("zhao"))
    monkeypatch.setattr(lists, "is_second", meeting(lambda *any_one: True, 2, seconds))
    actors = [workshop.cast.actor(name) for name in ("li", "zhao")]

    def deed(actor):
        return lambda: confirm_list(presence_list=filed, opinion="", actor=actor).number

    return sorted(at_once(*map(deed, actors)), key=str)


def test_two_who_confirm_credit_once(workshop, monkeypatch):
    assert confirm_twice(workshop, monkeypatch) == [1, "list_decided"]
    assert [entry.ms for entry in HoursEntry.objects.all()] == [7_200_000]


def test_without_the_lock_only_the_constraint_stands(workshop, monkeypatch):
    monkeypatch.setattr(lists, "lock_session", unlocked)

    assert confirm_twice(workshop, monkeypatch, PATIENCE) == [1, "IntegrityError"]
    assert (PresenceList.objects.count(), ListDecision.objects.count()) == (1, 1)
    assert HoursEntry.objects.count() == 1
    assert clock.now() == workshop.traveller.moment
