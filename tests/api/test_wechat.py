"""Signatures for pages inside WeChat: for our own addresses only, by the one ticket of all processes."""

from __future__ import annotations

import pytest

from lms.wechat.rules.signing import page_signature
from tests.api.contract import check
from tests.wechat.conftest import fake  # noqa: F401  the fake WeChat server

API = "/api/v1/wechat/jssdk"
PAGE = "https://px.example.cn/learn/a/b/?from=menu"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def morning(at):
    return at(2026, 4, 20, 9, 0)


def test_a_page_of_ours_is_signed_without_its_fragment(client, fake):  # noqa: F811
    answer = client.get(API, {"url": PAGE + "#part-2"})

    body = check("GET", API, answer)
    ticket = fake.tickets[0].value
    signed = page_signature(ticket=ticket, nonce=body["nonce_str"], timestamp=body["timestamp"], url=PAGE)
    assert (body["signature"], body["app_id"]) == (signed, "wx1234567890abcdef")
    assert ticket not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_many_pages_cost_one_ticket(client, fake):  # noqa: F811
    nonces = {client.get(API, {"url": PAGE}).json()["nonce_str"] for _ in range(3)}

    assert (len(nonces), len(fake.tickets)) == (3, 1)


@pytest.mark.parametrize("url", ["https://evil.example/", "https://px.example.cn@evil.example/", "", "x" * 4001])
def test_pages_of_others_are_not_signed(client, fake, settings, url):  # noqa: F811
    answer = client.get(API, {"url": url})

    assert answer.status_code == 422
    check("GET", API, answer)
    assert fake.asked == []


def test_plain_http_is_signed_in_development_only(client, fake, settings):  # noqa: F811
    assert client.get(API, {"url": "http://px.example.cn/"}).status_code == 200
    settings.DEMO_MODE = False

    assert client.get(API, {"url": "http://px.example.cn/"}).status_code == 422


def test_without_an_account_there_is_nothing_to_sign_with(client, settings):
    settings.WECHAT = settings.WECHAT | {"appid": ""}

    answer = client.get(API, {"url": PAGE})

    assert check("GET", API, answer)["code"] == "wechat_off"
    assert answer.status_code == 404


def test_a_platform_that_is_away_is_said_so(client, fake):  # noqa: F811
    fake.script["/cgi-bin/ticket/getticket"] = ["down"]

    answer = client.get(API, {"url": PAGE})

    assert (answer.status_code, check("GET", API, answer)["code"]) == (503, "wechat_down")
