"""A WeChat server of the tests: it answers what the facts' table says (docs/wechat.md), errors with HTTP 200.

Rows that no document confirms can be switched: `unverified` holds those that are on, by errcode.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from lms.kernel import clock

APPID, SECRET = "wx1234567890abcdef", "示例密钥"
LIFE, OVERLAP = timedelta(seconds=7200), timedelta(minutes=5)
FORCED_PER_DAY, FORCE_PAUSE = 20, timedelta(seconds=30)
UNVERIFIED = frozenset({-1, 40001, 42001, 40037, 40163, 40164, 45009, 47003})


@dataclass
class Issued:
    """A token: from when, until when."""

    value: str
    until: datetime


@dataclass
class Code:
    """What somebody brings back from WeChat: whose it is, until when, whether it was used."""

    openid: str
    until: datetime
    is_snapshot: bool = False
    is_used: bool = False


@dataclass
class FakeWeChat:
    """The platform's state. `script`: what the next requests to a path end with, an errcode, "slow", "down" or bytes."""

    followers: set[str] = field(default_factory=set)
    templates: set[str] = field(default_factory=lambda: {"T1"})
    most_messages: int = 100_000
    allowed: bool = True  # our address is on the account's list
    unverified: set[int] = field(default_factory=lambda: set(UNVERIFIED))
    asked: list[tuple[str, dict, dict]] = field(default_factory=list)
    script: dict[str, list] = field(default_factory=dict)
    tokens: list[Issued] = field(default_factory=list)
    tickets: list[Issued] = field(default_factory=list)
    forced: list[datetime] = field(default_factory=list)
    sent: dict[str, dict] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    release: threading.Event = field(default_factory=threading.Event)

    def count(self, path: str) -> int:
        return sum(asked == path for asked, *_ in self.asked)

    def answer(self, path: str, query: dict, told: dict) -> dict:
        with self.lock:
            self.asked.append((path, query, told))
            door = getattr(self, "at" + path.replace("/", "_").replace("-", "_"), None)
            return door(query, told) if door else {"errcode": 404, "errmsg": "no such path"}

    def error(self, code: int, otherwise: dict | None = None) -> dict:
        """Answer an errcode; a row that is switched off answers otherwise."""
        if code in UNVERIFIED and code not in self.unverified:
            return otherwise or {"errcode": 40013, "errmsg": "invalid appid"}
        return {"errcode": code, "errmsg": f"error {code} rid: 示例"}

    def is_known(self, query: dict) -> dict | None:
        """Return the refusal of a token that does not work."""
        value, now = query.get("access_token", ""), clock.now()
        found = next((one for one in self.tokens if one.value == value), None)
        if found is None:
            return self.error(40001)
        return None if now < found.until else self.error(42001)

    def at_cgi_bin_stable_token(self, query: dict, told: dict) -> dict:
        if not self.allowed:
            return self.error(40164)
        if (told.get("appid"), told.get("secret")) != (APPID, SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        now = clock.now()
        if told.get("force_refresh"):
            today = [one for one in self.forced if one.date() == now.date()]
            if len(today) >= FORCED_PER_DAY or (today and now - today[-1] < FORCE_PAUSE):
                return self.error(45009)
            self.forced.append(now)
            self.tokens.clear()
        current = self.tokens[-1] if self.tokens else None
        if current is None or current.until - now <= OVERLAP:
            self.tokens = [one for one in self.tokens if one.until > now]  # the old one works to its end
            current = Issued(f"token-{len(self.asked)}", now + LIFE)
            self.tokens.append(current)
        return {"access_token": current.value, "expires_in": int((current.until - now).total_seconds())}

    def at_cgi_bin_ticket_getticket(self, query: dict, told: dict) -> dict:
        if refusal := self.is_known(query):
            return refusal
        self.tickets.append(Issued(f"ticket-{len(self.asked)}", clock.now() + LIFE))
        return {"errcode": 0, "errmsg": "ok", "ticket": self.tickets[-1].value, "expires_in": 7200}

    def at_cgi_bin_message_template_send(self, query: dict, told: dict) -> dict:
        if refusal := self.is_known(query):
            return refusal
        if told.get("touser") not in self.followers:
            return self.error(43004)
        if told.get("template_id") not in self.templates:
            return self.error(40037)
        if any(len(one["value"]) > 20 for one in told["data"].values()):
            return self.error(47003)
        key = told.get("client_msg_id") or f"none-{len(self.asked)}"
        if key not in self.sent and len(self.sent) >= self.most_messages:
            return self.error(45009)
        self.sent.setdefault(key, told | {"msgid": 1000 + len(self.sent)})
        return {"errcode": 0, "errmsg": "ok", "msgid": self.sent[key]["msgid"]}

    def at_sns_oauth2_access_token(self, query: dict, told: dict) -> dict:
        code = self.codes.get(query.get("code", ""))
        if code is None or clock.now() >= code.until:
            return self.error(40029)
        if code.is_used:
            return self.error(40163, otherwise=self.error(40029))
        code.is_used = True
        return {
            "access_token": "sns-token",
            "expires_in": 7200,
            "refresh_token": "sns-refresh",
            "openid": code.openid,
            "scope": "snsapi_base",
        } | ({"is_snapshotuser": 1} if code.is_snapshot else {})

    def at_cgi_bin_user_info(self, query: dict, told: dict) -> dict:
        if refusal := self.is_known(query):
            return refusal
        return {"openid": query["openid"], "subscribe": int(query["openid"] in self.followers)}


class Door(BaseHTTPRequestHandler):
    """Reads a request, ends as the script says or as the state answers."""

    fake: FakeWeChat

    def do_GET(self):
        self.end({})

    def do_POST(self):
        self.end(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def end(self, told):
        address = urlsplit(self.path)
        query = {name: value for name, [value] in parse_qs(address.query).items()}
        script = self.fake.script.get(address.path, [])
        step = script.pop(0) if script else None
        if step == "slow":
            self.fake.asked.append((address.path, query, told))
            self.fake.release.wait(60)
            return
        if step == "down":
            self.close_connection = True
            return
        got = self.fake.error(step) if isinstance(step, int) else self.fake.answer(address.path, query, told)
        body = step if isinstance(step, bytes) else json.dumps(got, ensure_ascii=False).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *a):
        """Stay silent."""


@contextmanager
def serving(fake: FakeWeChat):
    """Serve a fake, return its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Served", (Door,), {"fake": fake}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        fake.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def account(address: str) -> dict:
    """Return settings.WECHAT of the account that the fake knows."""
    return {
        "appid": APPID,
        "secret": SECRET,
        "token": "TestToken2026",
        "aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        "api": address,
        "hosts": ["px.example.cn"],
        "templates": {"notice": "T1"},
    }
