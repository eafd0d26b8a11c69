"""A notice that is written first and committed last is told all the same."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from lms.kernel.ids import new_uid
from lms.notifications.models import Notice
from tests.concurrency.race import PATIENCE

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

SYNC = "/api/v1/me/sync"


def tell(user, key):
    return Notice.objects.create(user=user, kind="class_closed", subject=new_uid(), key=key, title="结班")


def told(client, since):
    answer = client.get(SYNC, {"since": since}).json()
    return [one["id"] for one in answer["notices"]], answer["cursor"]


def test_a_transaction_that_commits_late_is_not_skipped(cast):
    client, written, go, made = Client(), threading.Event(), threading.Event(), []
    client.force_login(cast.wang)

    def slow():
        try:
            with transaction.atomic():
                made.append(tell(cast.wang, "slow"))
                written.set()
                assert go.wait(PATIENCE)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(PATIENCE)
    quick = tell(cast.wang, "quick")
    first, cursor = told(client, "")
    go.set()
    thread.join()
    second, cursor = told(client, cursor)

    assert made[0].pk < quick.pk
    assert (first, second) == ([str(quick.uid)], [str(made[0].uid)])
    assert told(client, cursor)[0] == []
