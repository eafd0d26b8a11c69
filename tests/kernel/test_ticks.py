"""Periodic work: what is due runs, what fails keeps nobody else waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from lms.kernel import ticks

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ran: list[tuple[str, datetime]] = []


def first(moment):
    ran.append(("first", moment))


def second(moment):
    ran.append(("second", moment))


def broken(moment):
    raise ValueError("a fault")


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch):
    monkeypatch.setattr(ticks, "TICKS", {})
    ran.clear()


def test_runs_again_only_when_due():
    ticks.register("tests.kernel.test_ticks.first", every=timedelta(seconds=10))
    ticks.register("tests.kernel.test_ticks.second", every=timedelta(minutes=1))

    for seconds in (0, 9, 10, 59, 60):
        ticks.run_due(NINE + timedelta(seconds=seconds))

    assert [(name, (at - NINE).seconds) for name, at in ran] == [
        ("first", 0),
        ("second", 0),
        ("first", 10),
        ("first", 59),
        ("second", 60),
    ]


def test_fault_does_not_keep_the_others_waiting(caplog):
    ticks.register("tests.kernel.test_ticks.broken", every=timedelta(seconds=10))
    ticks.register("tests.kernel.test_ticks.first", every=timedelta(seconds=10))

    ticks.run_due(NINE)

    assert ran == [("first", NINE)]
    assert "tests.kernel.test_ticks.broken failed" in caplog.text


@pytest.mark.django_db
def test_command_runs_what_is_due_and_names_it():
    ticks.register("tests.kernel.test_ticks.first", every=timedelta(seconds=10))
    said = StringIO()

    call_command("tick", stdout=said)

    assert said.getvalue().split() == ["tests.kernel.test_ticks.first"]
    assert len(ran) == 1
