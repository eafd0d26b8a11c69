"""When a batch of beats begins: at once where few come, later where so many come that waiting fills it."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attendance.consumers.collector import LONGEST_GATHERING, WORTH_A_BATCH, Collector, gathering


@given(st.floats(0, 1e6))
def test_nobody_waits_long_and_whoever_waits_fills_a_batch(per_second):
    pause = gathering(per_second)

    assert 0 <= pause <= LONGEST_GATHERING
    assert pause == 0 or pause * per_second == pytest.approx(WORTH_A_BATCH)


class Loop:
    """An event loop that stands still; `later` holds what it was asked to do, and when."""

    def __init__(self):
        self.now, self.later = 100.0, []

    def time(self):
        return self.now

    def call_later(self, seconds, do):
        self.later.append((seconds, do))


class Thread:
    """Takes batches and writes none."""

    def __init__(self):
        self.batches = []

    def submit(self, write, batch, loop):
        self.batches.append(len(batch))


@pytest.fixture
def loop(monkeypatch):
    loop = Loop()
    monkeypatch.setattr(asyncio, "get_running_loop", lambda: loop)
    return loop


def written_after(loop, came, seconds):
    """Return a collector that began a batch of one so long ago, and ended it when so many more had come."""
    one = Collector()
    one.thread = Thread()
    one.waiting = [object()]
    one.write()
    one.waiting = [object() for _ in range(came)]
    loop.now += seconds
    one.go_on()
    return one


def test_a_rush_is_gathered_into_one_batch(loop):
    one = written_after(loop, came=8, seconds=0.005)  # 1,600 a second: 120 are there 75 ms after the last beginning

    [(pause, do)] = loop.later
    one.waiting += [object() for _ in range(112)]
    do()

    assert pause == pytest.approx(0.07)
    assert one.thread.batches == [1, 120]


def test_few_are_written_at_once(loop):
    one = written_after(loop, came=1, seconds=0.005)

    assert (one.thread.batches, loop.later) == ([1, 1], [])


def test_a_batch_that_took_long_is_followed_at_once(loop):
    one = written_after(loop, came=300, seconds=0.2)

    assert (one.thread.batches, loop.later) == ([1, 300], [])


def test_nothing_is_written_while_nothing_waits_and_the_next_is_written_at_once(loop):
    one = written_after(loop, came=0, seconds=0.005)

    assert (one.thread.batches, loop.later, one.is_writing) == ([1], [], False)
