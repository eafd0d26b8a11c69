"""The platform's callback: proven, timely, once, at once; and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from lms.kernel import clock
from lms.kernel.models import Job
from lms.wechat.models import WeChatAccount, WeChatEvent
from lms.wechat.rules.crypto import sealed
from lms.wechat.rules.signing import callback_signature
from lms.wechat.services import callbacks, handle_event, purge_events, when_message_ended
from tests.wechat.fake import APPID

DOOR = "/wechat/callback/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(at, fake):
    return at(2026, 4, 20, 9, 0)


def inner(kind="text", openid="oOPENID", created=1_700_000_000, **elements):
    told = {"FromUserName": openid, "CreateTime": created, "MsgType": kind, **elements}
    return "<xml>" + "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in told.items()) + "</xml>"


def knock(settings, message, *, appid=APPID, age=0, nonce="n1", signature=None, body=None, **query):
    """Send a callback as the platform does; return the answer."""
    terms = settings.WECHAT
    secret = sealed(message.encode(), encoding_key=terms["aes_key"], appid=appid, head=b"r" * 16)
    stamp = str(int(clock.now().timestamp()) - age)
    signed = callback_signature(terms["token"], stamp, nonce, secret)
    asked = {"timestamp": stamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": signature or signed} | query
    told = body or f"<xml><ToUserName>gh_0001</ToUserName><Encrypt><![CDATA[{secret}]]></Encrypt></xml>"
    client = Client(enforce_csrf_checks=True)
    return client.post(DOOR, told, content_type="text/xml", query_params=asked)


def test_the_handshake_is_echoed_plainly(settings, client):
    stamp = str(int(clock.now().timestamp()))
    signature = callback_signature(settings.WECHAT["token"], stamp, "n")
    asked = {"timestamp": stamp, "nonce": "n", "signature": signature, "echostr": "<b>123</b>"}

    answer = client.get(DOOR, asked)

    assert (answer.content, answer["Content-Type"]) == (b"<b>123</b>", "text/plain")
    assert client.get(DOOR, asked | {"signature": "0" * 40}).status_code == 403
    assert client.get(DOOR, asked | {"nonce": "m"}).status_code == 403


def test_a_message_is_taken_answered_and_handed_to_a_worker(settings):
    answer = knock(settings, inner(Content="你好", MsgId="1"))

    assert (answer.status_code, answer.content) == (200, b"success")
    event = WeChatEvent.objects.get()
    assert (event.openid, event.kind, event.told) == ("oOPENID", "text", {"Content": "你好"})
    assert Job.objects.get(task="lms.wechat.tasks.handle").arguments == {"event": str(event.uid)}
    assert not answer.cookies


@pytest.mark.parametrize(
    "told",
    [{"MsgId": "1"}, {"kind": "event", "Event": "subscribe"}, {"kind": "event", "Event": "VIEW", "EventKey": "x"}],
)
def test_told_three_times_it_is_taken_once(settings, told):
    answers = [knock(settings, inner(**told), nonce=nonce).content for nonce in ("n1", "n2", "n3")]

    assert answers == [b"success"] * 3
    assert (WeChatEvent.objects.count(), Job.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"signature": "0" * 40}, id="a wrong signature"),
        pytest.param({"age": 301}, id="too old"),
        pytest.param({"age": -301}, id="from the future"),
        pytest.param({"appid": "wx0000000000000000"}, id="for another app"),
        pytest.param({"body": "<xml><Content>plain</Content></xml>"}, id="in plain mode"),
        pytest.param({"body": "no xml"}, id="no XML"),
        pytest.param({"body": "<xml><Encrypt>x</Encrypt></xml>"}, id="another ciphertext"),
        pytest.param({"body": "<!DOCTYPE x [<!ENTITY a 'b'>]><xml><Encrypt>&a;</Encrypt></xml>"}, id="entities"),
        pytest.param({"body": f"<xml><Encrypt>{'A' * 200_000}</Encrypt></xml>"}, id="too large"),
        pytest.param({"timestamp": "abc"}, id="no time"),
    ],
)
def test_what_is_not_proven_is_refused_and_leaves_nothing(settings, change):
    answer = knock(settings, inner(MsgId="1"), **change)

    assert answer.status_code == 403
    assert not WeChatEvent.objects.exists()


def test_a_replay_within_the_window_changes_nothing(settings, morning):
    knock(settings, inner(MsgId="1"))
    morning.advance(seconds=60)

    knock(settings, inner(MsgId="1"), age=60)

    assert WeChatEvent.objects.count() == 1


def test_without_an_account_nobody_is_let_in(settings):
    open_door = settings.WECHAT | {"token": ""}
    settings.WECHAT = open_door

    assert knock(settings, inner(MsgId="1")).status_code == 403


def tell(settings, **told):
    knock(settings, inner("event", **told))
    event = WeChatEvent.objects.latest("pk")
    for _ in range(2):
        handle_event(event.uid)


def test_following_and_leaving_are_noted(settings):
    tell(settings, Event="subscribe")
    assert WeChatAccount.objects.get().follows is True

    tell(settings, Event="unsubscribe", created=1_700_000_009)

    assert [(one.openid, one.follows) for one in WeChatAccount.objects.all()] == [("oOPENID", False)]


ENDED = []


def note(msgid, reason):
    ENDED.append((msgid, reason))


@pytest.mark.parametrize(
    ("status", "reason"),
    [("success", ""), ("failed:user block", "blocked"), ("failed: system failed", "refused"), ("?", "refused")],
)
def test_the_end_of_a_message_is_told_once_to_who_sent_it(settings, monkeypatch, status, reason):
    monkeypatch.setattr(callbacks, "AFTER_MESSAGE", [])
    ENDED.clear()
    when_message_ended("tests.wechat.test_callback.note")

    tell(settings, Event="TEMPLATESENDJOBFINISH", MsgID="1000", Status=status)

    assert [("1000", reason)] == ENDED


def test_events_are_kept_for_a_month(settings, morning):
    knock(settings, inner(MsgId="1"))

    assert purge_events(clock.now() + timedelta(days=29)) == 0
    assert purge_events(clock.now() + timedelta(days=31)) == 1
