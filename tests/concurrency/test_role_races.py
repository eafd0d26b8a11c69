"""Two hands at once on roles: one request, one grant, and a lead always stays."""

from __future__ import annotations

import pytest

from lms.access.models import Grant
from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.people.models import RoleRequest
from lms.people.services import ask_role, decide_role, end_role, roles
from tests.cast import make_user
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]
REASON = "任职文件示例1号"


@pytest.fixture
def lead(cast, site_root):
    """Return a second lead."""
    user = make_user("another_checker")
    grant_role(user=user, role=Role.OFFICE_CHECKER, organisation=None, actor=SYSTEM)
    return user


def ask(cast, by):
    words = {"role": Role.AUDITOR, "organisation": None, "reason": REASON}
    return lambda: ask_role(user=cast.lu, actor=cast.actor(by), **words).state


def decide(asked, user):
    return lambda: decide_role(asked=asked, agrees=True, opinion="文件已核对", actor=actor_for(user)).state


def end(user, by):
    return lambda: end_role(grant=user.grants.get(), reason=REASON, actor=actor_for(by))


def test_two_who_ask_at_once_ask_once(cast, lead):
    assert sorted(at_once(ask(cast, "sun"), ask(cast, "chen"))) == ["role_waiting", "waiting"]
    assert RoleRequest.objects.count() == 1


def test_two_who_agree_at_once_make_one_grant(cast, lead):
    ask(cast, "sun")()
    asked = RoleRequest.objects.get()

    outcomes = at_once(decide(asked, cast.chen), decide(asked, lead))

    assert sorted(outcomes) == ["granted", "role_decided"]
    assert cast.lu.grants.count() == 1


def end_each_other(cast, lead, monkeypatch, seconds=MOMENT):
    monkeypatch.setattr(roles, "require_lead", meeting(roles.require_lead, 2, seconds))
    return at_once(end(lead, cast.chen), end(cast.chen, lead))


def test_of_two_leads_who_end_each_other_one_stays(cast, lead, monkeypatch):
    outcomes = end_each_other(cast, lead, monkeypatch)

    assert sorted(outcomes, key=str) == [None, "not_lead"]
    assert Grant.objects.filter(role=Role.OFFICE_CHECKER).count() == 1


def test_without_the_lock_no_lead_stays(cast, lead, monkeypatch):
    monkeypatch.setattr(roles, "require_lead", lambda actor: {cast.chen.pk, lead.pk})

    end_each_other(cast, lead, monkeypatch, PATIENCE)

    assert not Grant.objects.filter(role=Role.OFFICE_CHECKER).exists()
