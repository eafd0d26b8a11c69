"""JSON clients of allauth's headless endpoints, as a front end would be, and the short messages that were sent."""

from __future__ import annotations

import json
import time
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client

from lms.people.gateways.sms import DevelopmentSms
from lms.people.models import User
from lms.people.services import store_phone
from tests.cast import PASSWORD, make_user

PHONE, OTHER_PHONE = "+8613800138000", "+8613900139000"


class Http:
    """A client of one of the two kinds: an app with its token, or a browser with cookie and CSRF token."""

    def __init__(self, kind: str = "app"):
        self.kind, self.c, self.token = kind, Client(enforce_csrf_checks=True), None
        if kind == "browser":
            self("GET", "config")

    def __call__(self, method: str, path: str, body: Any = None, *, headers: dict | None = None, csrf: bool = True):
        sent = dict(headers or {})
        if self.kind == "app" and self.token:
            sent.setdefault("X-Session-Token", self.token)
        if self.kind == "browser" and csrf and "csrftoken" in self.c.cookies:
            sent["X-CSRFToken"] = self.c.cookies["csrftoken"].value
        url = path if path.startswith("/") else f"/_allauth/{self.kind}/v1/{path}"
        content = {} if method == "GET" else {"data": json.dumps(body or {}), "content_type": "application/json"}
        answer = getattr(self.c, method.lower())(url, headers=sent, **content)
        is_json = bool(answer.content) and "json" in answer.headers.get("Content-Type", "")
        answer.d = answer.json() if is_json else None
        if isinstance(answer.d, dict) and isinstance(answer.d.get("meta"), dict):
            self.token = answer.d["meta"].get("session_token", self.token)
        return answer


def sent() -> list[dict[str, str]]:
    """Return the messages, newest first."""
    return DevelopmentSms().latest()


def code() -> str:
    """Return the newest code."""
    return sent()[0]["code"]


def wrong_code() -> str:
    """Return a code that is not the newest."""
    return f"{(int(code()) + 1) % 1_000_000:06}"


def pending(body: dict[str, Any]) -> list[str]:
    """Return the steps of a sign-in that wait."""
    return [flow["id"] for flow in body["data"]["flows"] if flow.get("is_pending")]


def signed_in(kind: str, username: str) -> Http:
    """Return a client signed in by password."""
    client = Http(kind)
    assert client("POST", "auth/login", {"username": username, "password": PASSWORD}).status_code == 200
    return client


def make_learner(username: str = "ulearner", phone: str = PHONE) -> User:
    """Return an account with a verified number and the cast's password."""
    user = make_user(username)
    store_phone(user, phone, verified=True)
    return user


def make_staff(username: str = "office") -> User:
    """Return a staff account without number and second factor."""
    user = make_user(username)
    user.is_staff = user.is_superuser = True
    user.save()
    return user


def enrol(user: User) -> str:
    """Give an account a second factor and return its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def totp(secret: str) -> str:
    """Return what an authenticator shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
