"""Beats over the socket: written together, acknowledged after COMMIT, and news of the session."""

from __future__ import annotations

import asyncio
import threading

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.db import OperationalError

from attendance import stores
from attendance.consumers import collector as collecting
from attendance.models import Beat, Seat
from attendance.routing import websocket_urlpatterns
from attendance.rules import Claim
from attendance.services import BeatsRequest, post_beats
from lms.classes.models import TrainingClass
from lms.kernel import clock
from tests.lines import Line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def wang(people):
    learner = await people[0].connect()
    yield learner
    await collecting.collector().stop()
    await learner.line.disconnect()


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def gate(monkeypatch):
    """Hold every write until the gate is opened; note how many seats each one moved."""
    gate, sizes, commit = threading.Event(), [], stores.commit

    def wait(moves):
        sizes.append(len(moves))
        gate.wait(60)
        return commit(moves)

    monkeypatch.setattr(stores, "commit", wait)
    gate.sizes = sizes
    yield gate
    gate.set()


async def test_a_beat_is_acknowledged_once_it_is_stored(wang, traveller):
    traveller.advance(seconds=10)
    await wang.say()

    ack = await wang.ack()

    assert (ack["acked_seq"], ack["pending_seconds"], ack["stop"]) == (1, 10, None)
    assert await sync_to_async(Beat.objects.count)() == 1


async def test_nothing_is_acknowledged_before_it_is_committed(wang, traveller, gate):
    traveller.advance(seconds=10)
    await wang.say()

    assert await wang.line.receive_nothing(timeout=0.2)
    gate.set()
    assert (await wang.ack())["acked_seq"] == 1


async def test_what_arrives_while_others_are_written_is_written_together(wang, people, traveller, gate):
    others = [await one.connect() for one in people[1:]]
    traveller.advance(seconds=10)
    await wang.say()
    await until(lambda: gate.sizes == [1])
    for one in others:
        await one.say()
    await until(lambda: len(collecting.collector().waiting) == 2)

    gate.set()

    assert [(await one.ack())["acked_seq"] for one in (wang, *others)] == [1, 1, 1]
    assert gate.sizes == [1, 2]
    for one in others:
        await one.line.disconnect()


async def test_a_write_that_fails_acknowledges_nothing_and_the_same_beat_is_taken_later(wang, traveller, monkeypatch):
    def fail(moves):
        raise OperationalError("the server closed the connection")

    traveller.advance(seconds=10)
    with monkeypatch.context() as broken:
        broken.setattr(stores, "commit", fail)
        await wang.say()
        assert (await wang.hear())["code"] == "not_saved"
    assert await sync_to_async(Beat.objects.count)() == 0

    await wang.say()

    assert (await wang.ack())["pending_seconds"] == 10


async def test_a_write_whose_answer_was_lost_is_found_again_not_written_twice(wang, traveller, monkeypatch):
    commit = stores.commit

    def lose(moves):
        commit(moves)
        raise OperationalError("the connection broke in COMMIT")

    traveller.advance(seconds=10)
    with monkeypatch.context() as broken:
        broken.setattr(stores, "commit", lose)
        await wang.say()
        assert (await wang.hear())["code"] == "not_saved"

    await wang.say()

    assert (await wang.ack())["pending_seconds"] == 10
    assert await sync_to_async(Beat.objects.count)() == 1


async def test_beats_over_http_in_between_are_known_to_the_socket(wang, traveller):
    traveller.advance(seconds=10)
    await wang.say()
    ack = await wang.ack()
    traveller.advance(seconds=10)
    elsewhere = BeatsRequest(
        wang.opened.session, ack["token"], [Claim(2, 10_000, 20_000)], wang.actor.person_id, clock.now_ms()
    )
    wang.beat_token = (await sync_to_async(post_beats)([elsewhere]))[0].token
    wang.seq = 2
    traveller.advance(seconds=10)

    await wang.say()

    assert (await wang.ack())["pending_seconds"] == 30


async def test_a_second_device_takes_over_and_both_ways_say_so(wang, traveller):
    traveller.advance(seconds=10)
    await wang.say()
    await wang.ack()
    await sync_to_async(wang.sit)("phone")

    assert (await wang.hear())["type"] == "takeover"
    traveller.advance(seconds=10)
    await wang.say()
    assert (await wang.hear())["stop"]["code"] == "takeover"


async def test_a_class_that_is_closed_stops_within_seconds(wang, traveller):
    traveller.advance(seconds=10)
    await wang.say()
    await wang.ack()
    await sync_to_async(TrainingClass.objects.update)(state=TrainingClass.State.CLOSED)
    traveller.advance(seconds=10)

    await wang.say()

    assert (await wang.hear())["stop"]["code"] == "class_over"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"to": 10_000.5}, id="half a millisecond"),
        pytest.param({"to": "10000"}, id="a number in quotes"),
        pytest.param({"to": 2**62}, id="a number that the database cannot hold"),
        pytest.param({"note": "x" * 8_192}, id="a message beyond all measure"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_the_line_stays(wang, traveller, changes):
    traveller.advance(seconds=10)
    await wang.say(**changes)

    refused = await wang.hear()

    assert (refused["type"], refused["code"]) == ("refused", "beats_unreadable")
    await wang.say()
    assert (await wang.ack())["acked_seq"] == 1


async def test_a_flood_is_closed(wang):
    for _ in range(50):
        await wang.say()
    heard = [await wang.hear() for _ in range(50)]

    assert heard[-1]["code"] == "too_many"
    assert (await wang.line.receive_output())["code"] == 4429


async def test_a_strangers_session_is_not_found(people, traveller):
    wang, lu, _ = people
    line = Line(URLRouter(websocket_urlpatterns), f"/ws/v1/study-sessions/{wang.opened.session}")
    await line.connect()
    await line.send_json_to({"type": "auth", "token": lu.token})

    assert (await line.receive_json_from())["code"] == "session_not_found"
    assert (await line.receive_output())["code"] == 4403
    assert await sync_to_async(Seat.objects.filter(acked__gt=0).count)() == 0
