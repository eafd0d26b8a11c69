"""The socket of a teacher's page before a real ffmpeg: what is acknowledged is written, drops cost nothing, one page at a time."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels.routing import URLRouter

from lms.kernel import clock
from lms.live import stores
from lms.live.consumers.broadcast import give_up
from lms.live.models import Broadcast, LiveSession
from lms.live.routing import websocket_urlpatterns
from lms.live.rules.amounts import CUTS
from lms.live.rules.chunks import HEADER, LARGEST_CHUNK
from lms.live.services import end_live, ingest, sweep
from lms.people.services import end_role
from tests.lines import Line
from tests.live.stage import signed_in
from tests.live_lessons.recordings import MIMES, chunks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_machine(settings, tmp_path):
    """Give every test a layer, a folder and a registry of its own, and leave no encoder behind."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends = {}
    settings.LIVE_ROOT, settings.STAFF_MFA_REQUIRED = tmp_path, False
    stores.KEPT.clear()
    yield
    for one in list(ingest.INGESTS.values()):
        ingest.discard(one)


@pytest.fixture
def lesson(school):
    """Return the stage ten minutes before its live lesson."""
    school.at(18, 50)
    return school


class Page:
    """A teacher's page at its socket."""

    def __init__(self, lesson, name="li"):
        self.user = getattr(lesson.cast, name) if isinstance(name, str) else name
        self.lesson = lesson
        self.epoch, self.next = "", 0

    async def connect(self):
        door = URLRouter(websocket_urlpatterns)
        self.line = Line(door, f"/ws/v1/live-sessions/{self.lesson.session.uid}/broadcast")
        await self.line.connect()
        await self.line.send_json_to({"type": "auth", "token": await database_sync_to_async(signed_in)(self.user)})
        return await self.hear()

    async def hear(self):
        return await self.line.receive_json_from()

    async def say(self, kind, **more):
        await self.line.send_json_to({"type": kind, **more})
        return await self.hear()

    async def begin(self, kind="h264", **more):
        said = await self.say("hello", **{"mime": MIMES[kind], "source": "camera"} | more)
        self.epoch = said.get("epoch", "")
        return said

    async def send(self, messages):
        """Send chunks, four by four, and wait for what acknowledges them. Returns the last answer."""
        said = None
        for place, message in enumerate(messages):
            await self.line.send_to(bytes_data=message)
            if (HEADER.unpack_from(message)[0] + 1) % 4 == 0 and place >= 0:
                said = await self.hear()
        return said

    async def drop(self):
        await self.line.disconnect()
        await self.line.wait()


@database_sync_to_async
def rows():
    return list(Broadcast.objects.order_by("number").values_list("number", "end"))


@database_sync_to_async
def state_of(lesson):
    return lesson.now().state


@database_sync_to_async
def playlist(lesson):
    return stores.playlist(lesson.session.uid, is_over=False)


async def until_pieces(lesson, count):
    for _ in range(1_200):
        text = await playlist(lesson)
        if text.count(".m4s") >= count:
            return text
        await asyncio.sleep(0.05)
    raise AssertionError(text)


def wholes(messages):
    """Return chunks without the last few, so that the rest are all acknowledged."""
    return messages[: len(messages) // 4 * 4]


async def test_a_teacher_goes_live_and_ends(lesson):
    page = Page(lesson)
    ready = await page.connect()
    assert (ready["type"], ready["largest"], await state_of(lesson)) == ("ready", LARGEST_CHUNK, "open")

    started = await page.begin()
    sent = wholes(chunks("h264"))
    acked = await page.send(sent)

    assert (started["type"], started["next"], acked) == ("start", 0, {"type": "ack", "next": len(sent)})
    assert await state_of(lesson) == "live"
    assert "e1_init.mp4" in await until_pieces(lesson, 4)
    assert (await page.say("finish")) == {"type": "finished"}
    assert await rows() == [(1, "finished")]
    assert await state_of(lesson) == "interrupted"  # its page ends the lesson
    await page.drop()


async def test_an_acknowledgement_comes_after_the_encoder_has_it(lesson, monkeypatch):
    page, written = Page(lesson), []
    await page.connect()
    await page.begin()
    running = ingest.INGESTS[lesson.session.uid].encoder
    real = running.write
    monkeypatch.setattr(running, "write", lambda content: (real(content), written.append(content)))
    sent = chunks("h264")[:4]

    assert (await page.send(sent))["next"] == 4
    assert written == [message[4:] for message in sent]
    await page.drop()


async def test_repeated_chunks_are_taken_once_and_a_gap_is_asked_for_once(lesson):
    page = Page(lesson)
    await page.connect()
    await page.begin()
    sent = chunks("h264")
    assert (await page.send(sent[:4]))["next"] == 4

    for message in (sent[2], sent[7], sent[8]):
        await page.line.send_to(bytes_data=message)
    assert await page.hear() == {"type": "ack", "next": 4}
    assert await page.hear() == {"type": "resume", "epoch": page.epoch, "next": 4}
    assert (await page.send(sent[4:8])) == {"type": "ack", "next": 8}
    assert ingest.INGESTS[lesson.session.uid].following == 8
    await page.drop()


async def test_a_short_drop_costs_nothing(lesson):
    first, second = Page(lesson), Page(lesson)
    sent = wholes(chunks("h264"))
    await first.connect()
    await first.begin()
    await first.send(sent[:8])
    await first.line.send_to(bytes_data=sent[8])  # written, its acknowledgement never comes
    await first.drop()

    await second.connect()
    resumed = await second.say("hello", epoch=first.epoch, next=8)
    assert (resumed["type"], resumed["next"] in (8, 9)) == ("resume", True)
    acks = await second.send(sent[resumed["next"] :])

    assert acks["next"] == len(sent)
    assert await rows() == [(1, "")]
    assert (await state_of(lesson), "DISCONTINUITY\n" in await until_pieces(lesson, 4)) == ("live", False)
    await second.drop()


async def test_a_long_drop_interrupts_and_the_page_begins_anew(lesson):
    first, second = Page(lesson), Page(lesson)
    await first.connect()
    await first.begin()
    ingest.INGESTS[lesson.session.uid].drop_seconds = 0.2
    await first.send(wholes(chunks("h264")))
    await first.drop()
    for _ in range(1_200):
        if await state_of(lesson) == "interrupted":
            break
        await asyncio.sleep(0.05)
    assert await rows() == [(1, "lost")]

    await second.connect()
    assert (await second.say("hello", epoch=first.epoch, next=8))["type"] == "restart"
    await second.begin("vp8")
    await second.send(wholes(chunks("vp8", 3)))
    await second.say("finish")

    assert await rows() == [(1, "lost"), (2, "finished")]
    text = await until_pieces(lesson, 8)
    assert "#EXT-X-DISCONTINUITY\n" in text
    assert "#EXT-X-ENDLIST" not in text
    await second.drop()


async def test_a_line_that_came_back_is_not_given_up(lesson):
    first, second = Page(lesson), Page(lesson)
    await first.connect()
    await first.begin()
    running = ingest.INGESTS[lesson.session.uid]
    owner = running.owner
    await first.drop()
    await second.connect()
    await second.say("hello", epoch=first.epoch, next=0)
    running.drop_seconds = 0
    await give_up(running, owner)  # as when the time is up

    assert await rows() == [(1, "")]
    await second.drop()


async def test_a_killed_encoder_is_followed_by_another(lesson):
    page = Page(lesson)
    await page.connect()
    await page.begin()
    sent = wholes(chunks("h264"))
    await page.send(sent)
    encoder = ingest.INGESTS[lesson.session.uid].encoder
    os.kill(encoder.pid, signal.SIGKILL)
    while encoder.is_running:
        await asyncio.sleep(0.01)

    await page.line.send_to(bytes_data=HEADER.pack(len(sent)) + b"x")
    assert (await page.hear())["type"] == "restart"
    assert await state_of(lesson) == "live"
    await page.begin()
    await page.send(wholes(chunks("h264", 3)))

    assert await rows() == [(1, "broken"), (2, "")]
    await page.drop()


async def test_a_second_page_takes_over_and_the_first_is_told(lesson):
    first, second = Page(lesson), Page(lesson)
    await first.connect()
    await first.begin()
    await first.send(chunks("h264")[:4])
    await second.connect()
    await second.begin()

    said = await first.hear()
    assert (said["type"], said["code"]) == ("bye", "taken_over")
    assert (await second.send(chunks("h264")[:4]))["next"] == 4
    assert await rows() == [(1, "replaced"), (2, "")]
    await first.drop()
    await second.drop()


async def test_another_process_that_takes_over_is_noticed_from_the_rows(lesson):
    """Where the news is lost: the rows alone say that another process is on the air."""
    page = Page(lesson)
    await page.connect()
    await page.begin()
    sent = chunks("h264")
    await page.send(sent[:4])
    await database_sync_to_async(Broadcast.objects.update)(ended_at=lesson.session.starts_at, end="replaced")
    lesson.traveller.advance(seconds=6)

    await page.line.send_to(bytes_data=sent[4])
    assert (await page.hear())["code"] == "taken_over"
    assert ingest.INGESTS == {}
    await page.drop()


async def test_who_ends_the_lesson_elsewhere_ends_the_stream(lesson):
    page = Page(lesson)
    await page.connect()
    await page.begin()
    actor = await database_sync_to_async(lesson.cast.actor)("li")
    await database_sync_to_async(end_live)(session=lesson.session, actor=actor)

    said = await page.hear()
    assert (said["code"], await state_of(lesson), ingest.INGESTS) == ("live_ended", "ended", {})
    await page.drop()


def end_li(lesson):
    end_role(grant=lesson.cast.li.grants.get(), reason="已离职交接", actor=lesson.cast.actor("chen"))


async def test_whose_role_ends_is_off_the_air_at_once_and_comes_back_with_nothing(lesson):
    page = Page(lesson)
    await page.connect()
    await page.begin()
    await page.send(chunks("h264")[:4])
    await database_sync_to_async(end_li)(lesson)

    said = await page.hear()
    assert (said["type"], said["code"]) == ("bye", "not_the_teacher")
    assert "已不能主讲" in said["detail"]
    assert (await rows(), await state_of(lesson), ingest.INGESTS) == ([(1, "lost")], "interrupted", {})
    await page.drop()
    again = Page(lesson)
    assert (await again.connect())["type"] == "bye"
    await again.drop()


async def test_another_teachers_role_that_ends_leaves_the_picture_alone(lesson):
    helper = await database_sync_to_async(lesson.helper)()
    await database_sync_to_async(lesson.session.assistants.add)(helper)
    page = Page(lesson)
    await page.connect()
    await page.begin()
    grant = await database_sync_to_async(helper.grants.get)()
    actor = await database_sync_to_async(lesson.cast.actor)("chen")
    await database_sync_to_async(end_role)(grant=grant, reason="已离职交接", actor=actor)

    assert (await page.send(chunks("h264")[:4]))["type"] == "ack"
    assert (await rows(), await state_of(lesson)) == ([(1, "")], "live")
    await page.drop()


async def test_whose_role_ended_while_the_broadcast_began_is_cut_by_the_ticker(lesson):
    """The rows of both were committed at the same moment: neither saw the other."""
    page = Page(lesson)
    await page.connect()
    await page.begin()
    await database_sync_to_async(lesson.cast.li.grants.all().delete)()
    await database_sync_to_async(sweep)(clock.now())

    assert (await page.hear())["code"] == "not_the_teacher"
    assert (await rows(), await state_of(lesson)) == ([(1, "lost")], "interrupted")
    await page.drop()


@pytest.mark.parametrize("name", ["zhao", "qian", "wang", "lu", "chen"])
async def test_nobody_else_is_let_in(lesson, name):
    page = Page(lesson, name)

    said = await page.connect()

    assert (said["type"], said["code"] in {"not_the_teacher", "live_not_found"}) == ("bye", True)
    assert (await state_of(lesson), await rows()) == ("scheduled", [])
    await page.drop()


async def test_an_assistant_may_broadcast(lesson):
    helper = await database_sync_to_async(lesson.helper)()
    await database_sync_to_async(lesson.session.assistants.add)(helper)
    page = Page(lesson, helper)
    await page.connect()

    assert (await page.begin("sound", source="sound"))["type"] == "start"
    await page.drop()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"mime": "video/webm -f concat"}, "recorder_unknown", id="an unknown recorder"),
        pytest.param({"source": "/dev/video0"}, "recorder_unknown", id="an unknown source"),
        pytest.param({"mime": 7}, "recorder_unknown", id="no word at all"),
    ],
)
async def test_what_is_not_taken_is_refused_and_starts_nothing(lesson, changes, code):
    page = Page(lesson)
    await page.connect()

    said = await page.begin(**changes)

    assert (said["type"], said["code"], await rows()) == ("refused", code, [])
    await page.drop()


async def test_no_room_is_said(lesson, monkeypatch):
    monkeypatch.setattr(stores, "LEAST_FREE_BYTES", 1 << 62)
    page = Page(lesson)
    await page.connect()

    assert (await page.begin())["code"] == "disk_full"
    assert await rows() == []
    await page.drop()


async def test_a_lesson_on_the_air_stops_before_the_disk_is_full_and_says_so(lesson, monkeypatch):
    page, messages = Page(lesson), wholes(chunks("h264"))
    await page.connect()
    await page.begin()
    await page.send(messages[:4])
    monkeypatch.setattr(stores, "LEAST_LEFT_BYTES", 1 << 62)
    lesson.traveller.advance(seconds=6)

    await page.line.send_to(bytes_data=messages[4])
    said = await page.hear()

    assert (said["code"], said["detail"]) == ("disk_full", CUTS["no_space"])
    assert (await rows(), await state_of(lesson)) == ([(1, "no_space")], "interrupted")
    await page.drop()


@pytest.mark.parametrize("message", [b"\0\0", b"\0\0\0\1", b"\0" * (LARGEST_CHUNK + 1)], ids=len)
async def test_what_is_no_chunk_ends_the_line(lesson, message):
    page = Page(lesson)
    await page.connect()
    await page.begin()

    await page.line.send_to(bytes_data=message)

    assert (await page.hear())["code"] == "chunk_unreadable"
    await page.drop()


async def test_too_early_is_said(school):
    page = Page(school)

    assert (await page.connect())["code"] == "too_early"
    assert await state_of(school) == "scheduled"
    await page.drop()


async def test_a_broadcast_whose_process_died_is_closed_by_the_ticker(lesson):
    page = Page(lesson)
    await page.connect()
    await page.begin()
    started = (await database_sync_to_async(LiveSession.objects.get)()).began_at

    @database_sync_to_async
    def swept(seconds):
        return sweep(started + timedelta(seconds=seconds))

    assert await swept(35) == 0
    assert await swept(41) == 1
    assert (await rows(), await state_of(lesson)) == ([(1, "lost")], "interrupted")
    await page.drop()
