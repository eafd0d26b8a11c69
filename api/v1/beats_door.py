"""Beats of apps over HTTP, taken before Django's chain of a request: many are signed in and written in one batch.

It answers the plain case only and word for word as the route of the API does. Whatever needs more, from a malformed body
to a session that must be renewed, goes the usual way, with its body unread as far as Django can tell.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from pydantic import ValidationError

from api.v1.errors import RETRY_SECONDS, problem
from api.v1.schemas.study import AckOut, BeatsIn
from attendance.consumers.collector import NOT_PLAIN, NOT_SAVED, Answer, collector
from attendance.rules import Claim
from attendance.services import BeatsRequest
from lms.kernel import clock
from lms.kernel.errors import DomainError

PATH = re.compile(r"/api/v1/study-sessions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/beats")
LONGEST_BODY = 8_192
LONGEST_TOKEN = 64
Scope = dict[str, Any]
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
Inner = Callable[[Scope, Any, Any], Awaitable[None]]


class BeatsDoor:
    """The ASGI application in front of Django's (心跳入口)."""

    def __init__(self, inner: Inner) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer beats, or hand the request on."""
        session, token = addressed(scope)
        if session is None:
            await self.inner(scope, receive, send)
            return
        now = clock.now_ms()
        events = await whole_body(receive)
        claims = beats_of(events)
        answer: Answer = NOT_PLAIN
        if claims is not None:
            beats, proof = claims
            answer = await collector().post(BeatsRequest(session, proof, beats, None, now), token)
        if answer is NOT_PLAIN:
            await self.inner(scope, again(events, receive), send)
        else:
            await say(answer, send)


def addressed(scope: Scope) -> tuple[UUID | None, str]:
    """Return the session that beats are for and the token they come with; no session when they are for Django."""
    found = PATH.fullmatch(scope["path"]) if scope["method"] == "POST" else None
    if not found:
        return None, ""
    headers = dict(scope["headers"])
    token = headers.get(b"x-session-token", b"").decode("latin1")
    domain, _ = split_domain_port(headers.get(b"host", b"").decode("latin1"))
    is_json = headers.get(b"content-type", b"").startswith(b"application/json")
    if not (0 < len(token) <= LONGEST_TOKEN and is_json and domain and is_home(domain)):
        return None, ""
    return UUID(found[1]), token


def is_home(domain: str) -> bool:
    """Return whether the platform itself is asked, not the host of course packages or a name that is not ours."""
    is_sandbox = domain == urlsplit(settings.SCORM_ORIGIN).hostname
    return validate_host(domain, settings.ALLOWED_HOSTS) and not is_sandbox


async def whole_body(receive: Receive) -> list[Event]:
    """Return the events of a body, up to its end or to where it is too long for beats."""
    events, size = [await receive()], 0
    while events[-1].get("more_body"):
        size += len(events[-1].get("body", b""))
        if size > LONGEST_BODY:
            break
        events.append(await receive())
    return events


def beats_of(events: list[Event]) -> tuple[list[Claim], str] | None:
    """Return the claims of a body and their proof, or nothing when it is no whole request of beats."""
    if events[-1]["type"] != "http.request" or events[-1].get("more_body"):
        return None
    try:
        payload = BeatsIn.model_validate_json(b"".join(event.get("body", b"") for event in events))
    except ValidationError:
        return None
    return payload.claims(), payload.token


def again(events: list[Event], receive: Receive) -> Receive:
    """Return a receiver that says what was heard once more, then goes on."""
    heard = iter(events)

    async def repeat() -> Event:
        event = next(heard, None)
        return await receive() if event is None else event

    return repeat


async def say(answer: Answer, send: Send) -> None:
    """Send an acknowledgement or a refusal."""
    if isinstance(answer, DomainError):
        refusal = problem(503 if answer is NOT_SAVED else answer.status, answer.code, answer.message)
        status, kind, body = refusal.status_code, b"application/problem+json", refusal.content
    else:
        status, kind, body = (
            200,
            b"application/json; charset=utf-8",
            AckOut(**answer.fields()).model_dump_json().encode(),
        )
    headers = [
        *([(b"retry-after", b"%d" % RETRY_SECONDS)] if status == 503 else []),
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", settings.SECURE_REFERRER_POLICY.encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
