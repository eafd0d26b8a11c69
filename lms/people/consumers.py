"""Sockets of signed-in accounts: the cookie when the Origin is ours, else a first message {"type":"auth","token":…}."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakKeyDictionary

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from channels.auth import AuthMiddlewareStack
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings
from django.http import HttpRequest

from lms.kernel import clock
from lms.people.queries import demand, session_group, unchanged_sessions, user_group

log = logging.getLogger(__name__)
PROTOCOL = "lms.v1"
AUTH_SECONDS = 5
RECHECK_SECONDS = 30
MOST_AT_ONCE = 500
LONGEST_TOKEN = 64
Scope = dict[str, Any]


class CookieOnlyFromHome:
    """A foreign or missing Origin does not close the door: it only makes the cookie worthless.

    What is sent by the scope's `wire` passes by the middleware's look at the session, which no message on a socket changes.
    """

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin1")
        scope = {**scope, "wire": send}
        if origin not in settings.WS_ORIGINS:
            scope = {**scope, "headers": [(name, value) for name, value in scope["headers"] if name != b"cookie"]}
        await self.inner(scope, receive, send)


def signed_in_door(inner: Any) -> Any:
    """Return the consumer behind our rule of who is asked for what."""
    return CookieOnlyFromHome(AuthMiddlewareStack(inner))


def missing(user: Any, session: Any) -> str | None:
    """Return what the account must do first."""
    request = HttpRequest()
    request.user, request.session = user, session
    return demand(request)


class Watch:
    """Second line of defence: sessions that end without a message (expiry, SQL, another process's crash).

    All sockets of a process are looked at together; only a session that is no longer as it was is asked for by itself.
    """

    def __init__(self) -> None:
        self.sockets: set[SignedInConsumer] = set()
        self.task = asyncio.get_running_loop().create_task(self.run())

    async def run(self) -> None:
        """Look at all of them, again and again."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            for some in in_parts(list(self.sockets)):
                try:
                    await self.look(some)
                except Exception:  # noqa: BLE001 - a database that is away for a moment must not end the watch
                    log.exception("sessions at sockets were not looked at this time")

    async def look(self, sockets: list[SignedInConsumer]) -> None:
        """Look at some of them."""
        came_in = {one.session_key: (one.user.pk, one.user.password) for one in sockets}
        same = await database_sync_to_async(unchanged_sessions)(came_in, clock.now())
        for one in sockets:
            if one.session_key not in same and one in self.sockets:
                await one.check()


def in_parts(sockets: list[SignedInConsumer]) -> list[list[SignedInConsumer]]:
    """Return the sockets in parts that one statement can ask for."""
    return [sockets[at : at + MOST_AT_ONCE] for at in range(0, len(sockets), MOST_AT_ONCE)]


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """Return the watch of this process: of its event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = Watch()
    return _watches[loop]


class SignedInConsumer(AsyncJsonWebsocketConsumer):
    """A socket that knows who speaks. Subclasses have `entered` and `received`."""

    user: Any = None
    session_key = ""
    timer: asyncio.Task[None] | None = None

    async def entered(self) -> None:
        """Do what comes after sign-in."""

    async def received(self, message: dict[str, Any]) -> None:
        """Handle a message of a signed-in account."""

    async def connect(self) -> None:
        """Accept first: a refusal before that is a bare 403 without a reason."""
        offered = self.scope.get("subprotocols") or []
        await self.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
        if self.scope["user"].is_authenticated:
            await self.enter(self.scope["user"], self.scope["session"])
        else:
            self.timer = asyncio.create_task(self.give_up())

    async def give_up(self) -> None:
        """Close a socket that did not say who it is."""
        await asyncio.sleep(AUTH_SECONDS)
        if self.user is None:
            await self.end(4401, "auth_timeout", "没有收到登录信息，请重新登录。")

    async def enter(self, user: Any, session: Any) -> None:
        """Let a known account in, unless it must do something first."""
        if need := await database_sync_to_async(missing)(user, session):
            await self.end(4403, need, "请先在网页上完成账号安全设置。")
            return
        self.user, self.session_key = user, session.session_key
        for group in (session_group(self.session_key), user_group(user.pk)):
            await self.channel_layer.group_add(group, self.channel_name)
        watch().sockets.add(self)
        await self.entered()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Take the token first, then the subclass's messages."""
        if self.user is not None:
            await self.received(content if isinstance(content, dict) else {})
            return
        token = content.get("token") if isinstance(content, dict) and content.get("type") == "auth" else None
        if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
            await self.end(4401, "auth_first", "请先发送登录凭证。")
            return
        if self.timer:
            self.timer.cancel()  # it was said in time, however long this server takes to look at it
        found = await database_sync_to_async(authenticate_by_x_session_token)(token)
        if not found:
            await self.end(4401, "invalid_token", "登录已失效，请重新登录。")
            return
        await self.enter(*found)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Take bytes as what they are here: no message of ours."""
        await super().receive(text_data=text_data or "null", **kwargs)

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """Return nothing for what is no JSON: it is refused like any other stranger's message."""
        with contextlib.suppress(ValueError):
            return await super().decode_json(text_data)
        return None

    async def check(self) -> None:
        """Close if the session is over."""
        if await database_sync_to_async(authenticate_by_x_session_token)(self.session_key) is None:
            await self.end(4401, "session_gone", "登录已失效，请重新登录。")

    async def revoked(self, event: dict[str, Any]) -> None:
        """Close because the session or the account ended."""
        await self.end(event["code"], event["reason"], "您已在别处退出或登录已失效，请重新登录。")

    async def end(self, code: int, reason: str, detail: str) -> None:
        """Say why, then close: daphne drops the reason of a close frame."""
        await self.send_json({"type": "bye", "code": reason, "detail": detail})
        await self.close(code=code)

    async def disconnect(self, code: int) -> None:
        """Leave the groups."""
        watch().sockets.discard(self)
        if self.timer and self.timer is not asyncio.current_task():
            self.timer.cancel()
        if self.user is not None:
            for group in (session_group(self.session_key), user_group(self.user.pk)):
                await self.channel_layer.group_discard(group, self.channel_name)
