"""Tokens of the scaled path, the words of media servers, and the addresses of clouds by their published examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from lms.live.rules.callbacks import Asked, asked
from lms.live.rules.grants import Action, BadGrantError, Grant, grant_of, token_of
from lms.live.rules.relays import Relay, aliyun_query, play_address, push_address, tencent_query

STREAM = UUID("0190a3d2-1111-7abc-8def-000000000001")
NOW = datetime(2026, 5, 6, 11, 0, tzinfo=UTC)
GRANT = Grant(Action.PLAY, STREAM, 42, NOW + timedelta(minutes=5))
KEY = b"k" * 32


def opened(token, *, action="play", stream=STREAM.hex, now=NOW, key=KEY):
    return grant_of(token, key, action=action, stream=stream, now=now)


def test_a_token_gives_back_what_it_was_made_of():
    assert opened(token_of(GRANT, KEY)) == GRANT


def test_a_token_needs_no_escaping_anywhere():
    assert set(token_of(GRANT, KEY)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


@pytest.mark.parametrize(
    "how",
    [
        pytest.param({"action": "publish"}, id="a token to play does not publish"),
        pytest.param({"stream": "0" * 32}, id="another stream"),
        pytest.param({"now": NOW + timedelta(minutes=5)}, id="over in the very second of its end"),
        pytest.param({"key": b"x" * 32}, id="another key"),
    ],
)
def test_a_token_is_worth_nothing_elsewhere(how):
    with pytest.raises(BadGrantError):
        opened(token_of(GRANT, KEY), **how)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda token: token.replace(".42.", ".43."), id="another account"),
        pytest.param(lambda token: token.replace("play.", "publish."), id="another action"),
        pytest.param(lambda token: token[:-1], id="cut"),
        pytest.param(lambda token: token + "=", id="longer"),
        pytest.param(lambda token: token.replace(".42.", ".٤٢."), id="other digits"),
        pytest.param(lambda token: "", id="nothing"),
    ],
)
def test_a_changed_token_opens_nothing(change):
    with pytest.raises(BadGrantError):
        opened(change(token_of(GRANT, KEY)), action="publish" if "publish" in change(token_of(GRANT, KEY)) else "play")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param({"call": "play", "name": "s1", "token": "t", "addr": "1.2.3.4"}, id="nginx-rtmp"),
        pytest.param({"action": "on_play", "stream": "s1", "param": "?token=t", "client_id": 9}, id="SRS"),
        pytest.param({"action": "read", "path": "live/s1", "query": "token=t", "token": ""}, id="MediaMTX, RTMP"),
        pytest.param({"action": "read", "path": "live/s1/", "token": "t", "query": ""}, id="MediaMTX, bearer"),
    ],
)
def test_every_server_asks_in_its_own_words(sent):
    assert asked(sent) == Asked("play", "s1", "t")


@pytest.mark.parametrize("sent", [{}, {"call": "record_done", "name": ["s1"]}, {"action": 7, "path": None}], ids=str)
def test_what_is_no_question_asks_for_nothing(sent):
    assert asked(sent) == Asked("", "", "")


def test_tencents_published_example():
    """Document 267/31560: key, stream `test` and txTime 5C271099."""
    moment = datetime.fromtimestamp(0x5C271099, UTC)

    assert tencent_query("test", moment, "e12c46f2612d5106e2034781ab261ca3") == (
        "txSecret=f85a2ab363fe4deaffef9754d79da6fe&txTime=5C271099"
    )


def test_alibabas_published_example():
    """URL signing, type A: /video/standard/1K.html until 2015-10-10 00:00:00 (UTC+8)."""
    moment = datetime.fromtimestamp(1444435200, UTC)

    assert aliyun_query("http://cdn.example.com/video/standard/1K.html", moment, "aliyuncdnexp1234") == (
        "auth_key=1444435200-0-0-80cd3862d699b7118eed99103f2a3a4f"
    )


@pytest.mark.parametrize(
    ("kind", "push", "play"),
    [
        pytest.param("nginx", "rtmp://push/live/s1?token=T", "https://play/live/T/s1/index.m3u8", id="our own nginx"),
        pytest.param("aliyun", "rtmp://push/live/s1?auth_key=", "https://play/live/s1.m3u8?auth_key=", id="Alibaba"),
        pytest.param("tencent", "rtmp://push/live/s1?txSecret=", "https://play/live/s1.m3u8?txSecret=", id="Tencent"),
    ],
)
def test_each_relay_has_its_addresses(kind, push, play):
    relay = Relay(kind, "rtmp://push/live", "https://play/live", "a", "b")

    assert push_address(relay, "s1", NOW, "T").startswith(push)
    assert play_address(relay, "s1", NOW, "T").startswith(play)


def test_pushing_and_playing_have_keys_of_their_own():
    relay = Relay("tencent", "rtmp://push/live", "https://play/live", "a", "b")

    assert push_address(relay, "s1", NOW, "").endswith(tencent_query("s1", NOW, "a"))
    assert play_address(relay, "s1", NOW, "").endswith(tencent_query("s1", NOW, "b"))
