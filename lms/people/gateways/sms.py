"""Short messages: the one outside system of accounts. Development keeps them in a file and shows them on a page."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.kernel.ids import new_uid
from lms.kernel.outside import OutsideError, again, ask
from lms.kernel.texts import most_special

TIMEOUT_SECONDS = 5
PAUSES = (0.2, 0.4)  # seconds between tries: a learner waits in front of the page
DOWN = "短信暂时发不出去，请过几分钟再试；急用请改用密码登录。"
log = logging.getLogger(__name__)


class SmsDownError(DomainError):
    """The message could not be handed over (短信通道故障)."""

    code = "sms_down"
    status = 503


class SmsUnsureError(SmsDownError):
    """Nobody knows whether the message went out (结果不明): the provider did not answer."""


class SmsRefusedError(SmsDownError):
    """The provider does not take the message (被拒). `reason`: blocked, quota, template, or refused for any other."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class SmsGateway(Protocol):
    """Hands a message to a number.

    `template` is one of code, already_registered, not_registered, or a letter's of lms.notifications, from the special to
    the general (`notice.enrolled.en`). `known_for`: for how long a message of the same key is not sent a second time.
    """

    known_for: timedelta

    def send(self, phone: str, template: str, parameters: dict[str, str], *, key: UUID | None = None) -> str:
        """Send, return the provider's number of it, or raise SmsDownError: nothing went out, unless it says otherwise."""


def code_of(template: str, codes: Mapping[str, str]) -> str:
    """Return what the provider calls a template, by the most special name in the settings. Raises SmsRefusedError."""
    found = most_special(template, codes)
    if found is None:
        log.warning("SMS_TEMPLATES names no template for %s", template)
        raise SmsRefusedError(DOWN, "template")
    return found


def tried(once: Callable[[], str]) -> str:
    """Return what a sending returned, tried again while it certainly did not go out (有限重试)."""
    return again(once, PAUSES, unsent=SmsDownError, but=(SmsUnsureError, SmsRefusedError))


class DevelopmentSms:
    """Keeps messages in a file under var/ for the development page and the tests."""

    known_for = timedelta(days=1)

    @property
    def outbox(self) -> Path:
        """Return the file of messages, one JSON line each."""
        return Path(settings.VAR_DIR) / "sms.jsonl"

    def send(self, phone: str, template: str, parameters: dict[str, str], *, key: UUID | None = None) -> str:
        """Append the message."""
        self.outbox.parent.mkdir(parents=True, exist_ok=True)
        line = {"at": clock.now().isoformat(), "phone": phone, "template": template, **parameters}
        with self.outbox.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line, ensure_ascii=False) + "\n")
        return str(key or "")

    def latest(self, most: int = 20) -> list[dict[str, str]]:
        """Return the newest messages first."""
        if not self.outbox.exists():
            return []
        lines = self.outbox.read_text("utf-8").splitlines()[-most:]
        return [json.loads(line) for line in reversed(lines)]


class HttpSms:
    """A provider's HTTP door: JSON signed with HMAC-SHA256 over the body, bounded retries, a timeout for each.

    The body names the message by `id` and its time by `at`: a repeated try is not a second message, an old one is void.
    """

    known_for = timedelta(days=1)

    def send(self, phone: str, template: str, parameters: dict[str, str], *, key: UUID | None = None) -> str:
        """Post the message; after the last failed try raise SmsDownError."""
        told = {"id": str(key or new_uid()), "at": clock.now().isoformat(), "phone": phone}
        body = json.dumps({**told, "template": template, "parameters": parameters}).encode()
        signature = hmac.new(settings.SMS["secret"].encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        tried(lambda: handed_over(body, headers))
        return told["id"]


def handed_over(body: bytes, headers: Mapping[str, str]) -> str:
    """Hand a message over. Raises SmsDownError where another try may help: of one id only one message is sent."""
    try:
        answer = ask(settings.SMS["endpoint"], body=body, headers=headers, seconds=TIMEOUT_SECONDS)
    except OutsideError as error:
        raise SmsDownError(DOWN) from error
    if answer.status >= 300:
        log.warning("the SMS provider answered %s", answer.status)
        raise SmsDownError(DOWN) if answer.status >= 500 or answer.status == 429 else SmsRefusedError(DOWN, "refused")
    return ""


def gateway() -> SmsGateway:
    """Return the gateway of the settings."""
    made: SmsGateway = import_string(settings.SMS["gateway"])()
    return made
