"""Who may open a socket, and what closes it: over a consumer of the test behind the real door."""

import asyncio
import time

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from lms.access.queries import actor_for
from lms.access.rules import SYSTEM, Role
from lms.access.services import grant_role
from lms.kernel import clock
from lms.people import consumers
from lms.people.consumers import SignedInConsumer, signed_in_door
from lms.people.models import User
from lms.people.queries import unchanged_sessions
from lms.people.services import end_role
from tests.accounts import signed_in
from tests.cast import PASSWORD, make_user
from tests.lines import Line

pytestmark = pytest.mark.django_db(transaction=True)
HOME = b"http://testserver"


class Echo(SignedInConsumer):
    """Says who came and repeats what it hears."""

    async def entered(self):
        await self.send_json({"type": "ready", "user": self.user.username})

    async def received(self, message):
        await self.send_json({"heard": message})


@pytest.fixture(autouse=True)
def fresh_layer(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends = {}


def socket(*, cookie="", origin=b"", protocols=()):
    headers = [(b"host", b"testserver")]
    if cookie:
        headers.append((b"cookie", f"sessionid={cookie}".encode()))
    if origin:
        headers.append((b"origin", origin))
    return Line(signed_in_door(Echo.as_asgi()), "/ws/", headers=headers, subprotocols=list(protocols))


async def closed_with(line):
    """Return the code of the farewell and of the close frame."""
    bye = await line.receive_json_from()
    assert bye["type"] == "bye"
    assert bye["detail"].endswith("。")
    frame = await line.receive_output()
    return bye["code"], frame["code"]


def cookie_of(client):
    return client.c.cookies["sessionid"].value


async def test_page_of_ours_comes_in_by_cookie(learner):
    browser = await sync_to_async(signed_in)("browser", "ulearner")
    line = socket(cookie=cookie_of(browser), origin=HOME, protocols=["lms.v1"])

    assert await line.connect() == (True, "lms.v1")
    assert await line.receive_json_from() == {"type": "ready", "user": "ulearner"}
    await line.send_json_to({"type": "x"})
    assert await line.receive_json_from() == {"heard": {"type": "x"}}
    await line.disconnect()


@pytest.mark.parametrize("origin", [b"", b"http://testserver:8443", b"https://testserver", b"http://evil.example"])
async def test_cookie_from_elsewhere_is_worth_nothing(learner, origin, monkeypatch):
    monkeypatch.setattr(consumers, "AUTH_SECONDS", 0.1)
    browser = await sync_to_async(signed_in)("browser", "ulearner")
    line = socket(cookie=cookie_of(browser), origin=origin)
    await line.connect()

    assert await closed_with(line) == ("auth_timeout", 4401)


async def test_token_as_first_message(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    line = socket()
    await line.connect()
    await line.send_json_to({"type": "auth", "token": app.token})

    assert await line.receive_json_from() == {"type": "ready", "user": "ulearner"}
    await line.disconnect()


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ({"type": "auth", "token": "nonsense"}, "invalid_token"),
        ({"type": "auth", "token": "x" * 65}, "auth_first"),
        ({"type": "auth", "token": None}, "auth_first"),
        ({"type": "beats"}, "auth_first"),
        ([], "auth_first"),
    ],
)
async def test_any_other_first_message_closes(learner, first, code):
    line = socket()
    await line.connect()
    await line.send_json_to(first)

    assert await closed_with(line) == (code, 4401)


@pytest.mark.parametrize("frame", [{"text_data": "{"}, {"bytes_data": b"\x00"}])
async def test_what_is_no_json_closes(learner, frame):
    line = socket()
    await line.connect()
    await line.send_to(**frame)

    assert await closed_with(line) == ("auth_first", 4401)


async def enter(client):
    line = socket()
    await line.connect()
    await line.send_json_to({"type": "auth", "token": client.token})
    await line.receive_json_from()
    return line


async def test_sign_out_closes(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    line = await enter(app)

    await sync_to_async(app)("DELETE", "auth/session")

    assert await closed_with(line) == ("logged_out", 4401)


async def test_session_ended_on_another_device_closes_that_one_only(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    other = await sync_to_async(signed_in)("app", "ulearner")
    line, stays = await enter(other), await enter(app)
    devices = (await sync_to_async(app)("GET", "/api/v1/me/devices")).d
    theirs = next(device["id"] for device in devices if not device["is_current"])

    await sync_to_async(app)("DELETE", f"/api/v1/me/devices/{theirs}")

    assert await closed_with(line) == ("session_ended", 4403)
    assert await stays.receive_nothing()
    await stays.disconnect()


async def test_change_of_password_closes_all(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    line = await enter(app)

    new = {"current_password": PASSWORD, "new_password": "another-horse-9"}
    await sync_to_async(app)("POST", "account/password/change", new)

    assert await closed_with(line) == ("password_changed", 4401)


async def test_role_that_ended_closes_and_signs_out(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    line = await enter(app)

    def end():
        lead = make_user("lead")
        roles = ((lead, Role.OFFICE_CHECKER), (learner, Role.AUDITOR))
        grants = [grant_role(user=user, role=role, organisation=None, actor=SYSTEM) for user, role in roles]
        end_role(grant=grants[1], reason="已离职交接", actor=actor_for(lead))

    await sync_to_async(end)()

    assert await closed_with(line) == ("session_ended", 4403)
    assert (await sync_to_async(app)("GET", "/api/v1/me")).status_code == 401


async def test_account_switched_off_closes(learner):
    line = await enter(await sync_to_async(signed_in)("app", "ulearner"))

    def switch_off():
        learner.is_active = False
        learner.save()

    await sync_to_async(switch_off)()

    assert await closed_with(line) == ("inactive", 4403)


async def test_session_that_vanished_is_noticed(learner, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.1)
    line = await enter(await sync_to_async(signed_in)("app", "ulearner"))
    await sync_to_async(Session.objects.all().delete)()

    assert await closed_with(line) == ("session_gone", 4401)


async def test_a_token_that_was_sent_in_time_is_good_however_slowly_it_is_looked_at(learner, monkeypatch):
    monkeypatch.setattr(consumers, "AUTH_SECONDS", 0.1)
    honest = consumers.authenticate_by_x_session_token

    def slow(token):
        time.sleep(0.5)
        return honest(token)

    monkeypatch.setattr(consumers, "authenticate_by_x_session_token", slow)
    line = await enter(await sync_to_async(signed_in)("app", "ulearner"))
    await line.disconnect()


@pytest.mark.parametrize(
    "change", [{"password": "another"}, {"is_active": False}], ids=["a new password", "an account switched off"]
)
async def test_a_change_of_the_account_that_no_message_told_is_noticed(learner, monkeypatch, change):
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.1)
    line = await enter(await sync_to_async(signed_in)("app", "ulearner"))
    await sync_to_async(User.objects.filter(username="ulearner").update)(**change)

    assert await closed_with(line) == ("session_gone", 4401)


async def test_a_session_that_goes_on_stays_and_is_not_asked_for_by_itself(learner, monkeypatch):
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.1)
    line = await enter(await sync_to_async(signed_in)("app", "ulearner"))
    looked = asyncio.Event()
    honest = consumers.unchanged_sessions
    loop = asyncio.get_running_loop()

    def noted(*asked):
        loop.call_soon_threadsafe(looked.set)
        return honest(*asked)

    def asked_alone(token):
        raise AssertionError("nothing of it had changed")

    monkeypatch.setattr(consumers, "unchanged_sessions", noted)
    monkeypatch.setattr(consumers, "authenticate_by_x_session_token", asked_alone)
    await asyncio.wait_for(looked.wait(), 60)
    await line.send_json_to({"type": "x"})

    assert await line.receive_json_from() == {"heard": {"type": "x"}}
    await line.disconnect()


@pytest.mark.parametrize("count", [5, 50])
def test_the_sessions_of_a_process_are_looked_at_by_two_statements(count, django_assert_num_queries):
    users = [make_user(f"one{number}") for number in range(count)]
    keys = {}
    for user in users:
        session = SessionStore()
        session.create()
        keys[session.session_key] = (user.pk, user.password)

    with django_assert_num_queries(2):
        assert unchanged_sessions(keys, clock.now()) == set(keys)


async def test_account_that_must_change_its_password_does_not_enter(learner):
    app = await sync_to_async(signed_in)("app", "ulearner")
    await sync_to_async(User.objects.update)(must_change_password=True)
    line = socket()
    await line.connect()
    await line.send_json_to({"type": "auth", "token": app.token})

    assert await closed_with(line) == ("change_password", 4403)


def test_layer_that_is_down_does_not_keep_anybody_in(learner, monkeypatch):
    class Down:
        async def group_send(self, *a):
            raise ConnectionError

    monkeypatch.setattr("lms.kernel.realtime.get_channel_layer", Down)
    app = signed_in("app", "ulearner")

    assert app("DELETE", "auth/session").status_code == 401
    assert app("GET", "auth/session").status_code == 410
