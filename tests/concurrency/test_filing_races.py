"""Two hands at once on filings: no number stands twice, a measure is answered once."""

from __future__ import annotations

import pytest

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.filing.models import Filing, FilingStep
from lms.filing.services import (
    accept_application,
    check_application,
    decide_measure,
    propose_measure,
    start_application,
    submit_application,
)
from tests.cast import make_user
from tests.concurrency.race import at_once
from tests.filing.stage import OPINION, REASON, filed, filled

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def lead(cast, site_root):
    """Return a second lead."""
    user = make_user("another_checker")
    grant_role(user=user, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    return user


def checked(cast, unit, name, serial):
    """Return an application that waits for the lead."""
    held = filled(cast, unit, cast.actor(name), serial)
    submit_application(application=held, actor=cast.actor(name))
    check_application(application=held, opinion=OPINION, actor=cast.actor("sun"))
    return held


def accept(held, user):
    return lambda: accept_application(application=held, opinion=OPINION, actor=actor_for(user)).number[-4:]


def test_two_units_accepted_at_once_get_two_numbers(cast, lead):
    first, second = checked(cast, cast.institution_a, "zhao", 1), checked(cast, cast.institution_b, "qian", 2)

    outcomes = at_once(accept(first, cast.chen), accept(second, lead))

    assert sorted(outcomes) == ["0001", "0002"]


def test_two_who_accept_one_application_file_it_once(cast, lead):
    held = checked(cast, cast.institution_a, "zhao", 1)

    assert sorted(at_once(accept(held, cast.chen), accept(held, lead))) == ["0001", "filing_state"]
    assert Filing.objects.count() == 1


def test_two_who_decide_one_measure_decide_it_once(cast, lead):
    filed(cast, cast.institution_a)
    asked = propose_measure(
        organisation=cast.institution_a, measure="suspend", reason=REASON, due_on=None, actor=cast.actor("sun")
    )

    def decide(user, agrees):
        return lambda: decide_measure(proposal=asked, agrees=agrees, opinion=OPINION, actor=actor_for(user)).kind

    outcomes = at_once(decide(cast.chen, True), decide(lead, False))

    assert "filing_step_answered" in outcomes
    assert FilingStep.objects.filter(answers=asked).count() == 1
    assert (Filing.objects.get().state == "suspended") == ("confirmed" in outcomes)


def test_two_who_begin_an_application_begin_one(cast, site_root):
    def begin():
        return start_application(organisation=cast.institution_a, actor=cast.actor("zhao")).pk

    first, second = at_once(begin, begin)

    assert first == second
