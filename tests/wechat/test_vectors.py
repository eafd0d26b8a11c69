"""Signatures and ciphertexts equal to the published ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lms.wechat.rules.callbacks import UnreadableError, callback_of, elements
from lms.wechat.rules.crypto import SealError, key_of, opened, sealed
from lms.wechat.rules.signing import callback_signature, is_signed, is_timely, page_signature, signable

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
TOKEN, STAMP, NONCE = "TestToken2026", "1700000001", "987654321"
KEY, APPID = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx1234567890abcdef"
SIGNED = "ad55866551f0f6861be0b8a84f3e0b7e30bc2ae1"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0001]]></ToUserName><FromUserName><![CDATA[oOPENID]]></FromUserName>"
    "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好]]></Content>"
    "<MsgId>23456789012345678</MsgId></xml>"
).encode()


def ciphertext(message=MESSAGE, appid=APPID, key=KEY):
    return sealed(message, encoding_key=key, appid=appid, head=b"0123456789abcdef")


def test_page_signature_is_the_published_one():
    made = page_signature(
        ticket=TICKET, nonce="Wm3WZYTPz0wzccnW", timestamp=1414587457, url="http://mp.weixin.qq.com?params=value"
    )

    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_handshake_signature():
    assert callback_signature(TOKEN, STAMP, NONCE) == "03f5e2cf24d54406e4e89a8a820e1a093335c7df"


def test_key_of_the_vector():
    assert key_of(KEY).hex() == "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051"


def test_message_is_sealed_signed_and_opened_as_in_the_vector():
    made = ciphertext()

    assert (made[:32], made[-10:]) == ("Q3stYC6hdFzMh9T8HCvyDNgxXtulvVHD", "647w3STTb3")
    assert is_signed(SIGNED, TOKEN, STAMP, NONCE, made)
    assert opened(made, encoding_key=KEY, appid=APPID) == MESSAGE


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("", id="nothing"),
        pytest.param("not base64!", id="no base64"),
        pytest.param("QUJD", id="no whole block"),
        pytest.param(ciphertext(appid="wx0000000000000000"), id="of another app"),
        pytest.param(ciphertext(key="Z" * 43), id="of another key"),
        pytest.param(ciphertext()[:-24] + ciphertext()[:24], id="changed"),
        pytest.param("A" * 70_000, id="too long"),
    ],
)
def test_what_is_not_for_us_does_not_open(broken):
    with pytest.raises(SealError):
        opened(broken, encoding_key=KEY, appid=APPID)


@pytest.mark.parametrize("length", range(0, 65, 7))
def test_every_length_is_padded_and_opened(length):
    assert opened(ciphertext(b"x" * length), encoding_key=KEY, appid=APPID) == b"x" * length


@pytest.mark.parametrize(
    ("stamp", "timely"),
    [
        ("1700000001", True),
        ("1699999701", True),
        ("1699999700", False),
        ("1700000301", True),
        ("1700000302", False),
        ("", False),
        ("-1", False),
        ("１７００００００００", False),
        ("9" * 30, False),
    ],
)
def test_the_window_of_replay(stamp, timely):
    assert is_timely(stamp, datetime.fromtimestamp(1_700_000_001, UTC)) is timely


@pytest.mark.parametrize("signature", ["", "0" * 40, SIGNED.upper(), "签名"])
def test_wrong_signatures(signature):
    assert not is_signed(signature, TOKEN, STAMP, NONCE, ciphertext())


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://px.example.cn/courses/?page=2#top", "https://px.example.cn/courses/?page=2"),
        ("https://px.example.cn:8443/", "https://px.example.cn:8443/"),
        ("http://px.example.cn/", None),
        ("https://px.example.cn.evil.example/", None),
        ("https://evil.example/?px.example.cn", None),
        ("https://px.example.cn@evil.example/", None),
        ("https://user@px.example.cn/", None),
        ("javascript:alert(1)", None),
        ("//px.example.cn/", None),
        ("https://[px", None),
        ("https://px.example.cn/\n", None),
        ("https://px.example.cn/" + "x" * 2000, None),
    ],
)
def test_only_pages_of_ours_are_signed(url, address):
    assert signable(url, ["px.example.cn"]) == address


def test_a_message_is_known_by_its_number():
    told = callback_of(MESSAGE)

    assert (told.openid, told.kind, told.key) == ("oOPENID", "text", "message:23456789012345678")
    assert told.told == {"Content": "你好"}


def event(name="subscribe", created="1700000000", number=""):
    return (
        f"<xml><FromUserName>oOPENID</FromUserName><CreateTime>{created}</CreateTime><MsgType>event</MsgType>"
        f"<Event>{name}</Event><MsgID>{number}</MsgID></xml>"
    ).encode()


def test_an_event_is_known_by_who_when_and_what():
    keys = [callback_of(one).key for one in (event(), event("unsubscribe"), event(created="1700000001"))]

    assert len(set(keys)) == 3
    assert callback_of(event()).kind == "subscribe"
    finished = [callback_of(event("TEMPLATESENDJOBFINISH", number=number)).key for number in ("1", "2")]
    assert len(set(finished)) == 2


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<xml>",
        b"{}",
        b"<xml><MsgType>text</MsgType></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><FromUserName>&a;</FromUserName></xml>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
    ],
)
def test_what_is_no_callback_is_not_read(xml):
    with pytest.raises(UnreadableError):
        callback_of(xml)


def test_nested_elements_are_dropped():
    assert elements("<xml><a>1</a><b><c>2</c></b></xml>") == {"a": "1"}
