"""The nightly run reads signatures: one phone for three is told to a person, an honest day is not."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from attendance.rules import Origin
from lms.anomalies.models import AnomalyFlag
from lms.anomalies.queries.rows import week_of
from lms.anomalies.queries.signatures import signatures_in
from lms.anomalies.rules.terms import AnomalyTerms
from lms.anomalies.services import detect, publish_policy


@pytest.fixture
def policy(workshop):
    publish_policy(
        terms=AnomalyTerms(), effective_from=date(2026, 1, 1), source="示例", actor=workshop.cast.actor("sun")
    )


@pytest.mark.usefixtures("policy")
def test_one_phone_for_three_is_flagged_for_each_of_them(workshop):
    people = [workshop.wang, workshop.join(31), workshop.join(33)]
    workshop.at(8, 55)
    for one in people:
        workshop.sign(one, "in", origin=Origin("one phone", "203.0.113.7"))

    detect()

    flags = AnomalyFlag.objects.filter(kind="shared_signer")
    assert sorted(flags.values_list("person", flat=True)) == sorted(one.person_id for one in people)
    assert "3人用同一台手机" in flags[0].seen
    assert detect().flags == 0


@pytest.mark.usefixtures("policy")
def test_an_honest_day_raises_none(workshop):
    workshop.attend(workshop.wang)

    detect()

    assert not AnomalyFlag.objects.exists()


def test_reading_costs_the_same_for_one_and_for_many(workshop):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            signatures_in(week_of(date(2026, 5, 6)))
        return len(captured)

    workshop.at(8, 55)
    workshop.sign(workshop.wang, "in")
    few = queries()
    for serial in (31, 33, 35):
        workshop.sign(workshop.join(serial), "in")

    assert queries() == few == 2
