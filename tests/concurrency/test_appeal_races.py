"""Two deciders of one appeal at once: the lock holds, and without it both come to the ledger's door."""

from __future__ import annotations

import pytest

from attendance.models import HoursEntry
from lms.appeals.models import AppealStep, HoursAppeal
from lms.appeals.services import confirm_opinion, deciding
from tests.appeals.conftest import stage, staged  # noqa: F401  the stage of appeals
from tests.appeals.stage import appeal, propose
from tests.concurrency.race import MOMENT, PATIENCE, at_once, meeting

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


def unlocked(appealed):
    return HoursAppeal.objects.select_related("enrolment__training_class__programme", "entry").get(pk=appealed.pk)


def two_decisions(stage, monkeypatch, seconds=MOMENT):  # noqa: F811
    appealed = propose(appeal(stage.withheld(), stage.wang), stage.cast.actor("sun"))
    monkeypatch.setattr(deciding, "newest_proposal", meeting(deciding.newest_proposal, 2, seconds))

    def by(name):
        actor = stage.cast.actor(name)
        return lambda: confirm_opinion(appeal=appealed, agrees=True, opinion="同意", actor=actor).kind

    return sorted(at_once(by("chen"), by("zhou")))


def test_of_two_deciders_one_is_refused(stage, monkeypatch):  # noqa: F811
    assert two_decisions(stage, monkeypatch) == ["appeal_state", "confirmed"]
    assert HoursEntry.objects.filter(kind="restored").count() == 1
    assert AppealStep.objects.filter(kind="confirmed").count() == 1


def test_without_the_lock_both_come_through_and_the_ledger_lets_one_in(stage, monkeypatch):  # noqa: F811
    monkeypatch.setattr(deciding, "lock_appeal", unlocked)

    assert two_decisions(stage, monkeypatch, PATIENCE) == ["confirmed", "hours_restored"]
    assert HoursEntry.objects.filter(kind="restored").count() == 1
