"""Short messages: the one outside system of accounts. Development keeps them in a file and shows them on a page."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.kernel.ids import new_uid

TIMEOUT_SECONDS = 5
PAUSES = (0.2, 0.4)  # seconds between tries: a learner waits in front of the page
DOWN = "短信暂时发不出去，请过几分钟再试；急用请改用密码登录。"
log = logging.getLogger(__name__)


class SmsDownError(DomainError):
    """The message could not be handed over (短信通道故障)."""

    code = "sms_down"
    status = 503


class SmsGateway(Protocol):
    """Hands a message to a number: `template` is one of code, already_registered, not_registered."""

    def send(self, phone: str, template: str, parameters: dict[str, str]) -> None:
        """Send, or raise SmsDownError."""


class DevelopmentSms:
    """Keeps messages in a file under var/ for the development page and the tests."""

    @property
    def outbox(self) -> Path:
        """Return the file of messages, one JSON line each."""
        return Path(settings.VAR_DIR) / "sms.jsonl"

    def send(self, phone: str, template: str, parameters: dict[str, str]) -> None:
        """Append the message."""
        self.outbox.parent.mkdir(parents=True, exist_ok=True)
        line = {"at": clock.now().isoformat(), "phone": phone, "template": template, **parameters}
        with self.outbox.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(line, ensure_ascii=False) + "\n")

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

    def send(self, phone: str, template: str, parameters: dict[str, str]) -> None:
        """Post the message; after the last failed try raise SmsDownError."""
        told = {"id": str(new_uid()), "at": clock.now().isoformat(), "phone": phone}
        body = json.dumps({**told, "template": template, "parameters": parameters}).encode()
        signature = hmac.new(settings.SMS["secret"].encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": signature}
        request = urllib.request.Request(settings.SMS["endpoint"], data=body, headers=headers)  # noqa: S310 - from env
        for pause in (*PAUSES, None):
            if handed_over(request):
                return
            if pause is not None:
                time.sleep(pause)
        raise SmsDownError(DOWN)


def handed_over(request: urllib.request.Request) -> bool:
    """Return whether the provider took the message; False where another try may help. Raises SmsDownError."""
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return True
    except urllib.error.HTTPError as error:
        log.warning("the SMS provider answered %s", error.code)
        if error.code < 500 and error.code != 429:
            raise SmsDownError(DOWN) from error
    except (OSError, http.client.HTTPException) as error:
        log.warning("the SMS provider cannot be reached: %s", type(error).__name__)
    return False


def gateway() -> SmsGateway:
    """Return the gateway of the settings."""
    made: SmsGateway = import_string(settings.SMS["gateway"])()
    return made
