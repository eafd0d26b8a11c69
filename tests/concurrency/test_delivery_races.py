"""Two workers at one message, two tickers at one queue: one message goes out; without the guard there are two."""

from __future__ import annotations

import pytest

from lms.kernel import clock
from lms.kernel.models import Job
from lms.notifications.models import Delivery
from lms.notifications.services import sending
from tests.concurrency.race import PATIENCE, at_once, meeting
from tests.notifications import stage
from tests.notifications.stage import Scripted, tell

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def waiting(cast, at, settings):
    at(2026, 4, 20, 9, 0)
    settings.SMS = settings.SMS | {"gateway": "tests.notifications.stage.Scripted"}
    Scripted.ends, Scripted.sent = [], []
    stage.lay(cast, email_kinds=(), gather_minutes=0)
    tell(cast.wang)
    return cast


def leased():
    """Give the message to the workers without starting one."""
    row = Delivery.objects.get()
    sending.gather(row.recipient, row.channel)
    Delivery.objects.update(lease_until=clock.now() + sending.LEASE)
    return Delivery.objects.get().message_uid


def test_of_two_workers_one_sends(waiting, monkeypatch):
    uid = leased()
    monkeypatch.setattr(sending, "may_go", meeting(sending.may_go, 2, PATIENCE))

    assert sorted(at_once(*[lambda: sending.send_message(uid)] * 2)) == ["nothing", "sent"]
    assert len(Scripted.sent) == 1


def test_without_the_guard_both_send(waiting, monkeypatch):
    def begin(uid):
        return Delivery.objects.filter(message_uid=uid).update(state="sending") > 0

    uid = leased()
    monkeypatch.setattr(sending, "may_go", meeting(sending.may_go, 2, PATIENCE))
    monkeypatch.setattr(sending, "begin", meeting(begin, 2, PATIENCE))

    assert at_once(*[lambda: sending.send_message(uid)] * 2) == ["sent", "sent"]
    assert len(Scripted.sent) == 2


def test_of_two_tickers_one_hands_a_message_out(waiting, monkeypatch):
    monkeypatch.setattr(sending, "settle_leases", meeting(sending.settle_leases, 2, PATIENCE))
    moment = clock.now()

    assert sorted(at_once(*[lambda: sending.hand_out(moment)] * 2)) == [0, 1]
    assert Job.objects.filter(task="lms.notifications.tasks.send").count() == 1
    assert len(Scripted.sent) == 1


def test_told_twice_at_once_it_is_queued_once(waiting):
    at_once(*[lambda: tell(waiting.wang, key="b")] * 2)

    assert Delivery.objects.filter(key="b").count() == 1
