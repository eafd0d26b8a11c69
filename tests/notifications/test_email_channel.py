"""Mail servers that refuse, break off or are away: what is tried again, what is given up."""

from __future__ import annotations

import smtplib

import pytest
from django.core.mail.backends.base import BaseEmailBackend

from tests.notifications import stage
from tests.notifications.stage import states, tell, work


class Server(BaseEmailBackend):
    """A mail server that fails as it is told to."""

    opening: Exception | None = None
    sending: Exception | None = None
    sent: list = []

    def open(self):
        if self.opening:
            raise self.opening
        return True

    def close(self):
        raise smtplib.SMTPServerDisconnected("示例")

    def send_messages(self, messages):
        if self.sending:
            raise self.sending
        self.sent.extend(messages)
        return len(messages)


@pytest.fixture
def laid(cast, at, settings, monkeypatch):
    at(2026, 4, 20, 9, 0)
    settings.EMAIL_BACKEND = "tests.notifications.test_email_channel.Server"
    for name, value in (("opening", None), ("sending", None), ("sent", [])):
        monkeypatch.setattr(Server, name, value)
    stage.lay(cast, sms_kinds=(), wechat_kinds=(), gather_minutes=0)
    return cast


@pytest.mark.parametrize(
    ("opening", "sending", "end"),
    [
        pytest.param(ConnectionRefusedError(), None, ("failed", "down"), id="nobody there"),
        pytest.param(TimeoutError(), None, ("failed", "down"), id="too slow to greet"),
        pytest.param(smtplib.SMTPAuthenticationError(535, b""), None, ("failed", "down"), id="our password is wrong"),
        pytest.param(
            None, smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"")}), ("given_up", "blocked"), id="no such box"
        ),
        pytest.param(
            None, smtplib.SMTPRecipientsRefused({"a@b.example": (452, b"")}), ("failed", "down"), id="box is full"
        ),
        pytest.param(None, smtplib.SMTPDataError(554, b""), ("given_up", "refused"), id="refused as spam"),
        pytest.param(None, smtplib.SMTPDataError(421, b""), ("failed", "down"), id="come again"),
        pytest.param(None, smtplib.SMTPServerDisconnected(""), ("given_up", "unconfirmed"), id="broke off"),
        pytest.param(None, TimeoutError(), ("given_up", "unconfirmed"), id="silent after the message"),
    ],
)
def test_how_a_failure_is_taken(laid, opening, sending, end):
    Server.opening, Server.sending = opening, sending
    tell(laid.wang)
    work()

    assert states() == [("email", *end)]


def test_a_server_that_is_rude_at_the_end_changes_nothing(laid):
    tell(laid.wang)
    work()

    assert states() == [("email", "sent", "")]
    assert len(Server.sent) == 1


def test_without_a_server_nothing_is_queued(laid, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

    tell(laid.wang)

    assert states() == []
