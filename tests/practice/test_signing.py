"""Codes on the screen become signatures: in time, by the account that scanned, once; a place refuses nobody."""

from __future__ import annotations

import pytest

from attendance.rules import Origin
from lms.audit.models import AuditEntry
from lms.kernel.errors import ConflictError, DomainError, ForbiddenError, InvalidError
from lms.practice.models import Signature
from lms.practice.services import code_now, plan_practice, sign, ticket_for
from tests.factories import make_class, make_enrolment
from tests.practice.stage import AT_HOME, HERE, moment, ms, plan_of


def shown(workshop, way="in", name="li"):
    return code_now(session=workshop.session, way=way, actor=workshop.cast.actor(name)).code


def ticket(workshop, given, *, enrolment=None, way="in"):
    enrolment = enrolment or workshop.wang
    return ticket_for(
        session=workshop.session, way=way, given=given, enrolment=enrolment, actor=workshop.actor(enrolment)
    )


def test_the_screen_changes_its_code(workshop):
    workshop.at(8, 50)
    first = shown(workshop)
    workshop.traveller.advance(seconds=29)
    assert shown(workshop) == first

    workshop.traveller.advance(seconds=1)

    assert shown(workshop) != first
    assert len(first.digits) == 6


@pytest.mark.parametrize("name", ["wang", "lu", "qian", "sun", "chen", "wu"])
def test_only_teacher_and_institution_see_the_code(workshop, name):
    workshop.at(8, 50)

    with pytest.raises(ForbiddenError):
        shown(workshop, name=name)


@pytest.mark.parametrize(
    ("way", "time"), [("in", (8, 29)), ("in", (11, 1)), ("out", (8, 59)), ("out", (11, 31))], ids=str
)
def test_outside_of_its_hours_there_is_no_code(workshop, way, time):
    workshop.at(*time)

    with pytest.raises(ConflictError) as refused:
        shown(workshop, way)

    assert refused.value.code == "practice_door_shut"


@pytest.mark.parametrize(
    ("fix", "place", "distance"),
    [
        pytest.param(HERE, "inside", 0, id="at the place"),
        pytest.param(AT_HOME, "outside", 7784, id="at home"),
        pytest.param(None, "withheld", None, id="place not given"),
    ],
)
def test_a_scan_is_kept_whatever_the_place(workshop, fix, place, distance):
    workshop.at(8, 50)

    made = workshop.sign(workshop.wang, "in", fix)

    assert (made.way, made.at_ms, made.place, made.distance_m) == ("in", ms(8, 50), place, distance)
    assert made.network == "203.0.113.*"
    assert len(made.device) == len(made.address) == 40  # marks, not the thing itself


def test_six_digits_do_as_well(workshop):
    workshop.at(8, 50)

    made = workshop.sign(workshop.wang, "in", given=shown(workshop).digits, method="typed")

    assert made.method == "typed"


def test_the_moment_of_the_scan_counts_not_of_the_confirmation(workshop):
    workshop.at(8, 50)
    held = ticket(workshop, shown(workshop).token)
    workshop.traveller.advance(seconds=100)

    made = sign(session=workshop.session, enrolment=workshop.wang, ticket=held, actor=workshop.actor(workshop.wang))

    assert made.at_ms == ms(8, 50)


def test_the_same_code_again_is_the_same_signature(workshop):
    workshop.at(8, 50)
    code = shown(workshop).token

    first, again = workshop.sign(workshop.wang, "in", given=code), workshop.sign(workshop.wang, "in", given=code)

    assert first.pk == again.pk


def test_an_old_code_is_refused_and_noted(workshop):
    workshop.at(8, 50)
    old = shown(workshop).token
    workshop.traveller.advance(seconds=60)

    with pytest.raises(InvalidError) as refused:
        workshop.sign(workshop.wang, "in", given=old)

    assert refused.value.code == "code_expired"
    assert not Signature.objects.exists()
    assert AuditEntry.objects.filter(action="practice.code_refused", target_uid=workshop.session.uid).count() == 1


def test_digits_are_not_found_by_trying(workshop):
    workshop.at(8, 50)
    for guess in range(5):
        with pytest.raises(InvalidError):
            ticket(workshop, f"guess{guess}")

    with pytest.raises(ForbiddenError) as refused:
        ticket(workshop, shown(workshop).digits)

    assert refused.value.code == "too_many_codes"
    workshop.traveller.advance(seconds=61)
    assert ticket(workshop, shown(workshop).digits)


def test_a_ticket_is_its_accounts_and_short_lived(workshop):
    other = workshop.join(31)
    workshop.at(8, 50)
    held = ticket(workshop, shown(workshop).token)

    with pytest.raises(InvalidError) as refused:
        sign(session=workshop.session, enrolment=other, ticket=held, actor=workshop.actor(other))
    assert refused.value.code == "ticket_expired"
    workshop.traveller.advance(seconds=121)
    with pytest.raises(InvalidError):
        sign(session=workshop.session, enrolment=workshop.wang, ticket=held, actor=workshop.actor(workshop.wang))

    assert not Signature.objects.exists()


def test_a_code_of_another_class_is_refused(workshop):
    other_class = make_class(workshop.training_class.course_version, workshop.cast.department, teacher=workshop.cast.li)
    plan = plan_of(other_class, workshop.cast, starts_at=moment(12), ends_at=moment(14))
    other = plan_practice(training_class=other_class, plan=plan, actor=workshop.cast.actor("zhao"))
    enrolment = make_enrolment(other_class, workshop.cast.wang.person)
    workshop.at(11, 40)
    code = code_now(session=other, way="in", actor=workshop.cast.actor("li")).code
    held = ticket_for(session=other, way="in", given=code.token, enrolment=enrolment, actor=workshop.actor(enrolment))
    workshop.at(8, 50)

    with pytest.raises(InvalidError):
        workshop.sign(workshop.wang, "in", given=code.token)
    workshop.at(11, 41)
    with pytest.raises(InvalidError) as refused:
        sign(session=workshop.session, enrolment=workshop.wang, ticket=held, actor=workshop.actor(workshop.wang))

    assert refused.value.code == "ticket_of_another"
    assert not Signature.objects.exists()


def test_a_full_room_is_full(workshop):
    workshop.session.steps.update(capacity=1)
    other = workshop.join(31)
    workshop.at(8, 50)
    workshop.sign(workshop.wang, "in")

    with pytest.raises(ConflictError) as refused:
        workshop.sign(other, "in")

    assert refused.value.code == "practice_full"
    workshop.at(11, 5)
    assert workshop.sign(workshop.wang, "out")


@pytest.mark.parametrize("change", [{"enrolment": "withdrawn"}, {"class": "closed"}, {"assurance": 0}], ids=str)
def test_who_does_not_learn_here_does_not_sign(workshop, change):
    workshop.at(8, 50)
    code = shown(workshop).token
    workshop.wang.state = change.get("enrolment", "active")
    workshop.wang.training_class.state = change.get("class", "open")
    workshop.wang.person.assurance = change.get("assurance", 1)

    with pytest.raises(DomainError):
        workshop.sign(workshop.wang, "in", given=code, origin=Origin())

    assert not Signature.objects.exists()
