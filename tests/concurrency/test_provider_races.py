"""Several enrolments at once at the day's limit of a provider: as many are asked as the policy allows; unlocked, more are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lms.faces.models import ProviderDay
from lms.faces.services import providing
from lms.kernel import clock
from tests.concurrency.race import PATIENCE, at_once, meeting
from tests.faces.terms import TERMS

LIMITED = replace(TERMS, provider_daily=2, provider_pause_after=9)
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def reserve_at_once(at):
    """Return a function that asks for leave several times at once: how often it was given, and what was said else."""
    at(2026, 5, 6, 9, 0)
    moment = clock.now()

    def reserve(times):
        said = at_once(*[lambda: providing.reserved("tencent", LIMITED, moment)] * times)
        return said.count(""), sorted(set(said) - {""})

    return reserve


def test_the_days_first_request_is_counted_with_all_others(reserve_at_once):
    assert reserve_at_once(5) == (2, ["provider_limit"])
    assert ProviderDay.objects.get().asked == 2


def test_the_last_request_of_the_day_is_given_once(reserve_at_once):
    ProviderDay.objects.create(provider="tencent", day=clock.today(), asked=1)

    assert reserve_at_once(4) == (1, ["provider_limit"])
    assert ProviderDay.objects.get().asked == 2


def test_without_the_lock_more_are_asked_than_the_day_allows(reserve_at_once, monkeypatch):
    ProviderDay.objects.create(provider="tencent", day=clock.today(), asked=1)

    def unlocked(provider, moment):
        return ProviderDay.objects.get(provider=provider, day=clock.local(moment).date())

    monkeypatch.setattr(providing, "held_day", meeting(unlocked, 2, PATIENCE))

    assert reserve_at_once(2) == (2, [])
