"""Short messages: the provider's door against a server of the test, and the development page."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lms.people.gateways import sms
from lms.people.gateways.sms import HttpSms, SmsDownError
from lms.people.models import User
from tests.accounts import PHONE, code, sent


class Provider(BaseHTTPRequestHandler):
    """Answers from a list and keeps what it was sent."""

    answers: list[int] = []
    received: list[tuple[dict, str, bytes]] = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((json.loads(body), self.headers["X-Signature"], body))
        self.send_response(self.answers.pop(0))
        self.end_headers()

    def log_message(self, *a):
        """Stay silent."""


@pytest.fixture
def provider(settings, monkeypatch):
    server = HTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Provider.answers, Provider.received = [], []
    monkeypatch.setattr(sms, "PAUSES", (0, 0))
    endpoint = f"http://127.0.0.1:{server.server_port}/send"
    settings.SMS = settings.SMS | {"gateway": "lms.people.gateways.sms.HttpSms", "endpoint": endpoint, "secret": "示例"}
    yield Provider
    server.shutdown()
    server.server_close()
    thread.join()


def test_message_is_signed(provider):
    provider.answers = [200]

    HttpSms().send(PHONE, "code", {"code": "123456"})

    [(told, signature, body)] = provider.received
    assert (told["phone"], told["template"], told["parameters"]) == (PHONE, "code", {"code": "123456"})
    assert signature == hmac.new("示例".encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("answers", [[500, 200], [503, 429, 204]])
def test_hiccup_is_tried_again_as_the_same_message(provider, answers):
    provider.answers = list(answers)

    HttpSms().send(PHONE, "code", {"code": "123456"})

    assert len(provider.received) == len(answers)
    assert len({told["id"] for told, *_ in provider.received}) == 1


def test_tries_are_bounded(provider):
    provider.answers = [500] * 9

    with pytest.raises(SmsDownError):
        HttpSms().send(PHONE, "code", {"code": "123456"})

    assert len(provider.received) == 3


def test_refusal_is_not_tried_again(provider):
    provider.answers = [401, 200]

    with pytest.raises(SmsDownError):
        HttpSms().send(PHONE, "code", {"code": "123456"})

    assert len(provider.received) == 1


@pytest.fixture
def nobody_there(settings, monkeypatch):
    monkeypatch.setattr(sms, "PAUSES", (0, 0))
    with HTTPServer(("127.0.0.1", 0), Provider) as server:
        endpoint = f"http://127.0.0.1:{server.server_port}/"
    settings.SMS = settings.SMS | {"gateway": "lms.people.gateways.sms.HttpSms", "endpoint": endpoint, "secret": "x"}


def test_page_says_that_messages_are_down(db, nobody_there, client, caplog):
    answer = client.post("/accounts/phone/", {"phone": "13800138000"})

    assert answer.status_code == 503
    assert "短信暂时发不出去" in answer.content.decode()
    assert "13800138000" not in caplog.text


def test_headless_says_that_messages_are_down(app, nobody_there):
    answer = app("POST", "auth/phone", {"phone": "13800138000"})

    assert (answer.status_code, answer.d["errors"][0]["code"]) == (503, "sms_down")
    assert not User.objects.filter(phone_verified=True).exists()


def test_silent_provider_times_out(settings, monkeypatch):
    import socket

    monkeypatch.setattr(sms, "PAUSES", ())
    monkeypatch.setattr(sms, "TIMEOUT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SMS = settings.SMS | {"endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}/", "secret": "x"}
        with pytest.raises(SmsDownError):
            HttpSms().send(PHONE, "code", {"code": "123456"})


def test_development_page_shows_the_newest_first(db, client, app):
    app("POST", "auth/phone", {"phone": "13800138000"})

    page = client.get("/dev/sms/").content.decode()

    assert code() in page


def test_development_page_is_not_there_in_production(db, client, app, settings):
    app("POST", "auth/phone", {"phone": "13800138000"})
    settings.DEMO_MODE = False

    answer = client.get("/dev/sms/")

    assert answer.status_code == 404
    assert code() not in answer.content.decode()


def test_development_page_is_not_there_with_a_real_provider(db, client, provider):
    assert client.get("/dev/sms/").status_code == 404
    assert sent() == []
