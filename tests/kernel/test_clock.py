"""The clock that counts: one anchor per boot, no step of the host's clock reaches it."""

from __future__ import annotations

import logging
import time

import pytest

from lms.kernel import anchor, clock
from lms.kernel.models import ClockAnchor

pytestmark = pytest.mark.django_db
HOUR = 3_600_000


@pytest.fixture(autouse=True)
def own_clock(tmp_path, monkeypatch):
    """Give each test a boot of its own, and put the process's clock back afterwards."""
    boot = tmp_path / "boot_id"
    boot.write_text("11111111-2222-3333-4444-555555555555\n")
    monkeypatch.setattr(anchor, "BOOT_ID", boot)
    monkeypatch.setattr(clock, "_anchor_ms", clock.wall_ms() - clock.boot_ms())
    return boot


def step_host(monkeypatch, milliseconds):
    real = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: real() + milliseconds * 1_000_000)


def test_a_step_of_the_hosts_clock_does_not_reach_a_running_process(monkeypatch):
    before = clock.now_ms()

    step_host(monkeypatch, HOUR)

    assert 0 <= clock.now_ms() - before < 60_000


def test_a_process_that_starts_after_a_step_agrees_with_those_before_it(monkeypatch):
    anchor.adopt()
    before = clock.now_ms()
    step_host(monkeypatch, HOUR)
    clock.go_by(clock.wall_ms() - clock.boot_ms())  # what a new process has before it reads the anchor

    anchor.adopt()

    assert 0 <= clock.now_ms() - before < 60_000
    assert ClockAnchor.objects.count() == 1


def test_time_asleep_is_time_that_passed(monkeypatch):
    before, real = clock.now_ms(), clock.boot_ms

    monkeypatch.setattr(clock, "boot_ms", lambda: real() + HOUR)

    assert clock.now_ms() - before >= HOUR


def test_another_boot_has_another_anchor(own_clock):
    anchor.adopt()
    own_clock.write_text("66666666-7777-8888-9999-000000000000\n")

    anchor.adopt()

    assert ClockAnchor.objects.count() == 2


@pytest.mark.parametrize(
    ("step", "alarms"),
    [
        pytest.param(1_000, 0, id="a second"),
        pytest.param(1_001, 1, id="ahead"),
        pytest.param(-1_001, 1, id="behind"),
    ],
)
def test_a_host_that_is_more_than_a_second_apart_is_told(monkeypatch, caplog, step, alarms):
    now, booted = time.time_ns(), clock.boot_ms()  # both stand still: between two looks a busy machine is away for long
    monkeypatch.setattr(time, "time_ns", lambda: now)
    monkeypatch.setattr(clock, "boot_ms", lambda: booted)
    monkeypatch.setattr(anchor, "database_ms", clock.wall_ms)
    anchor.adopt()
    step_host(monkeypatch, step)

    with caplog.at_level(logging.ERROR, logger="lms.kernel.anchor"):
        anchor.watch()

    assert len(caplog.records) == alarms


def test_the_anchor_is_the_databases_clock_not_the_hosts(monkeypatch):
    monkeypatch.setattr(anchor, "database_ms", lambda: clock.wall_ms() + HOUR)

    anchor.adopt()

    assert abs(clock.ahead_ms() - HOUR) < 60_000


def test_the_databases_clock_is_read():
    assert abs(anchor.database_ms() - clock.wall_ms()) < 60_000
