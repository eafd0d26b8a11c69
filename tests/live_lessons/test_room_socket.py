"""A room's sockets: news to everybody by one send, and who is there by leases, through reconnects and the death of a server."""

from __future__ import annotations

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import channel_layers
from channels.routing import URLRouter

from lms.access.queries import actor_for
from lms.live.consumers import keeper as keeping
from lms.live.models import LiveSession, RoomLease
from lms.live.queries.rooms import head_counts, session_at_door
from lms.live.routing import websocket_urlpatterns
from lms.live.rules import leases
from lms.live.rules.leases import GRACE, LEASE
from lms.live.services import end_live, enter_room, open_live, remove_member, renew_leases, say, set_room, take_lease
from tests.lines import Line
from tests.live.stage import signed_in
from tests.live_lessons.rooms import REASON, classmate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_layer(settings, monkeypatch):
    """Give every test a layer of its own, and seconds that pass at once."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.STAFF_MFA_REQUIRED = False
    channel_layers.backends = {}
    monkeypatch.setattr(keeping, "SECOND", 0.05)


@pytest.fixture
def lesson(school):
    school.at(18, 50)
    open_live(session=school.session, actor=school.cast.actor("li"))
    return school


class Page:
    """A page in the room."""

    def __init__(self, lesson, user):
        self.lesson, self.user = lesson, user

    async def connect(self):
        door = URLRouter(websocket_urlpatterns)
        self.line = Line(door, f"/ws/v1/live-sessions/{self.lesson.session.uid}/room")
        await self.line.connect()
        await self.line.send_json_to({"type": "auth", "token": await database_sync_to_async(signed_in)(self.user)})
        return await self.hear()

    async def hear(self, kind=None):
        """Return the next message, or the next of a kind."""
        while True:
            said = await self.line.receive_json_from()
            if kind is None or said["type"] == kind:
                return said

    async def heads(self, wanted):
        """Wait until the room says how many learners are there."""
        while (await self.hear("heads"))["head_count"] != wanted:
            pass

    async def drop(self):
        await self.line.disconnect()
        await self.line.wait()


async def deed(lesson, service, name, **values):
    """Do something as somebody of the cast."""

    def done():
        session = session_at_door(lesson.session.uid)
        return service(session=session, actor=lesson.cast.actor(name), **values)

    return await database_sync_to_async(done)()


@database_sync_to_async
def count_of(lesson):
    return head_counts([lesson.session.pk])[lesson.session.pk]


async def test_what_is_said_reaches_everybody_with_its_version(lesson):
    li, wang = Page(lesson, lesson.cast.li), Page(lesson, lesson.cast.wang)
    assert await li.connect() == {"type": "ready", "place": "teacher"}
    assert await wang.connect() == {"type": "ready", "place": "learner"}

    await deed(lesson, say, "wang", text="老师好", key="k1")
    await deed(lesson, set_room, "li", is_quiet=True)

    for page in (li, wang):
        first, second = await page.hear("news"), await page.hear("news")
        assert (first["kind"], first["item"]["text"], first["item"]["called"]) == (
            "message",
            "老师好",
            lesson.cast.wang.called,
        )
        assert (second["kind"], second["item"]["is_quiet"], second["version"]) == ("room", True, first["version"] + 1)
        await page.drop()


async def test_heads_are_told_once_for_all_who_came(lesson):
    li = Page(lesson, lesson.cast.li)
    await li.connect()
    await li.heads(0)
    mates = [Page(lesson, (await database_sync_to_async(classmate)(lesson, n))[0]) for n in range(4)]
    for mate in mates:
        await mate.connect()

    await li.heads(4)
    for mate in mates:
        await mate.drop()
    await li.drop()


async def test_a_large_room_hears_its_count_less_often(lesson, monkeypatch):
    monkeypatch.setattr(leases, "TOLD_A_SECOND", 1)  # four heads are large, then: once in four seconds
    monkeypatch.setattr(keeping.Keeper, "run", nothing)
    keeper, mates = keeping.keeper(), []
    for number in range(4):
        mates.append(Page(lesson, (await database_sync_to_async(classmate)(lesson, number))[0]))
        await mates[-1].connect()
    await second(keeper)
    assert (await mates[0].hear("heads"))["head_count"] == 4
    await mates[3].drop()
    lesson.traveller.advance(seconds=GRACE.total_seconds() + 1)

    while keeper.told[lesson.session.pk] != 3:
        await second(keeper)

    assert keeper.turn == 4
    for mate in mates[:3]:
        await mate.drop()


async def nothing(keeper):
    """Let no second pass by itself."""


async def second(keeper):
    """Let a second pass."""
    keeper.turn += 1
    await keeper.once()


async def test_a_page_that_comes_back_never_left_and_one_that_does_not_is_gone(lesson):
    li, wang = Page(lesson, lesson.cast.li), Page(lesson, lesson.cast.wang)
    await li.connect()
    await wang.connect()
    await wang.drop()
    assert await count_of(lesson) == 1  # the grace of a reload
    again = Page(lesson, lesson.cast.wang)
    await again.connect()
    lesson.traveller.advance(seconds=GRACE.total_seconds() + 1)
    assert await count_of(lesson) == 1

    await again.drop()
    lesson.traveller.advance(seconds=GRACE.total_seconds() + 1)
    assert await count_of(lesson) == 0
    await li.heads(0)
    await li.drop()


async def test_two_pages_of_one_learner_are_one_head_and_the_last_one_counts(lesson):
    one, other = Page(lesson, lesson.cast.wang), Page(lesson, lesson.cast.wang)
    await one.connect()
    await other.connect()
    assert await count_of(lesson) == 1
    await one.drop()
    lesson.traveller.advance(seconds=GRACE.total_seconds() + 1)

    assert await count_of(lesson) == 1
    await other.drop()


async def test_a_dead_server_s_leases_run_out_and_a_living_one_renews_its_own(lesson):
    wang = Page(lesson, lesson.cast.wang)
    await wang.connect()
    dead = keeping.Keeper()
    user, _ = await database_sync_to_async(classmate)(lesson, 1)

    def left_by_a_dead_server():
        seat = enter_room(session=session_at_door(lesson.session.uid), actor=actor_for(user))
        take_lease(member=seat.member, holder=dead.holder)

    await database_sync_to_async(left_by_a_dead_server)()
    assert await count_of(lesson) == 2
    lesson.traveller.advance(seconds=LEASE.total_seconds() - 1)
    await database_sync_to_async(renew_leases)(holder=keeping.keeper().holder)
    lesson.traveller.advance(seconds=2)

    assert await count_of(lesson) == 1
    await wang.drop()


async def test_who_is_sent_out_hears_it_and_its_socket_closes(lesson):
    wang = Page(lesson, lesson.cast.wang)
    await Page(lesson, lesson.cast.li).connect()
    await wang.connect()
    member = await database_sync_to_async(lambda: RoomLease.objects.get(member__place="learner").member.uid)()

    await deed(lesson, remove_member, "li", member=member, reason=REASON)

    assert (await wang.hear("you"))["item"]["is_removed"] is True
    assert (await wang.hear("bye"))["code"] == "removed"
    assert await count_of(lesson) == 0
    await wang.drop()
    back = Page(lesson, lesson.cast.wang)
    assert (await back.connect())["code"] == "removed"
    await back.drop()


async def test_the_end_of_the_lesson_closes_the_room_and_no_lease_is_renewed(lesson):
    wang = Page(lesson, lesson.cast.wang)
    await wang.connect()
    await deed(lesson, end_live, "li")

    assert (await wang.hear("news"))["item"]["phase"] == "ended"
    assert (await wang.hear("bye"))["code"] == "live_ended"
    await database_sync_to_async(RoomLease.objects.update)(is_held=True)
    assert await database_sync_to_async(renew_leases)(holder=keeping.keeper().holder) == 0
    await wang.drop()


async def test_an_inspector_hears_and_is_not_counted(lesson):
    chen, wang = Page(lesson, lesson.cast.chen), Page(lesson, lesson.cast.wang)
    assert await chen.connect() == {"type": "ready", "place": "inspector"}
    await wang.connect()
    await deed(lesson, say, "wang", text="老师好", key="k1")

    assert (await chen.hear("news"))["item"]["text"] == "老师好"
    assert await count_of(lesson) == 1
    await chen.drop()
    await wang.drop()


@pytest.mark.parametrize("name", ["lu", "qian", "zhao"])
async def test_nobody_else_is_let_in(lesson, name):
    page = Page(lesson, getattr(lesson.cast, name))

    assert (await page.connect())["code"] == "live_not_found"
    assert await database_sync_to_async(RoomLease.objects.count)() == 0
    await page.drop()


async def test_a_flood_of_messages_closes_the_line(lesson):
    wang = Page(lesson, lesson.cast.wang)
    await wang.connect()
    for _ in range(20):
        await wang.line.send_json_to({"type": "ping"})

    assert (await wang.hear("bye"))["code"] == "too_many"
    await wang.drop()


async def test_a_database_that_is_away_for_a_moment_ends_no_presence(lesson, monkeypatch):
    li = Page(lesson, lesson.cast.li)
    real, failed = keeping.services.publish_heads, asyncio.Event()

    def once(**values):
        if not failed.is_set():
            failed.set()
            raise RuntimeError("away")
        return real(**values)

    monkeypatch.setattr(keeping.services, "publish_heads", once)
    await li.connect()

    await li.heads(0)
    assert failed.is_set()
    assert await database_sync_to_async(LiveSession.objects.count)() == 1
    await li.drop()
