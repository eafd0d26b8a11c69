"""The socket of a study session: the same words as over HTTP, and news pushed by the server."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from pydantic_core import from_json, to_json

from attendance.consumers.collector import collector
from attendance.queries import seat_of_session
from attendance.rules import Claim
from attendance.services import Answered, BeatsRequest, answer_check
from attendance.services.beats import stop_of
from attendance.services.settling import study_group
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.people.consumers import Scope, SignedInConsumer

FLOOD, FLOOD_SECONDS = 50, 10
LONGEST_MESSAGE = 8_192
MOST_CHOSEN = 8
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
UNREADABLE = "beats_unreadable", "心跳内容读不懂，请刷新页面。"


def claim_of(beat: Any) -> Claim:
    """Return a claim of a message's beat: whole numbers or nothing (SQLite would store 1.5)."""
    seq, start, end, rate = beat["seq"], beat["from"], beat["to"], beat.get("rate", 100)
    if not type(seq) is type(start) is type(end) is type(rate) is int:
        raise ValueError("whole numbers only")
    return Claim(seq, start, end, rate, bool(beat.get("playing", True)), bool(beat.get("visible", True)))


def beats_message(event: Event) -> Event | None:
    """Return an event's message if it carries beats."""
    text = event.get("text") or ""
    if '"beats"' not in text or len(text) > LONGEST_MESSAGE:
        return None
    try:
        message = from_json(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("type") == "beats" else None


def is_answer(words: Any) -> bool:
    """Return whether a message's answer is one: a word, or ids of options."""
    if isinstance(words, list):
        return len(words) <= MOST_CHOSEN and all(isinstance(word, str) for word in words)
    return isinstance(words, str)


class StudyConsumer(SignedInConsumer):
    """One learner's player. Beats pass Channels' dispatch by, which costs more than all the rest of a beat."""

    actor: Actor
    is_ready = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let everything but beats through to Channels."""
        self.inbox, self.outbox = receive, scope.get("wire", send)
        await super().__call__(scope, self.next_event, send)

    async def next_event(self) -> Event:
        """Return the next event that is not beats; those are answered here, one request after another."""
        while True:
            event = await self.inbox()
            message = beats_message(event) if self.is_ready else None
            if message is None:
                return event
            now = clock.now_ms()
            if await self.is_flood(now):
                continue
            await self.beats(message, now)

    async def entered(self) -> None:
        """Let the learner of the session in."""
        self.actor = await database_sync_to_async(actor_for)(self.user)
        self.session: UUID = self.scope["url_route"]["kwargs"]["session"]
        self.times: deque[int] = deque(maxlen=FLOOD)
        self.collector = collector()
        if not await database_sync_to_async(seat_of_session)(self.session, self.actor.person_id):
            await self.end(4403, "session_not_found", "没有找到这次学习，请重新打开课时。")
            return
        await self.channel_layer.group_add(study_group(self.session), self.channel_name)
        self.is_ready = True
        await self.send_json({"type": "ready"})

    async def is_flood(self, now: int) -> bool:
        """Count a message; close a flood."""
        self.times.append(now)
        flood = len(self.times) == FLOOD and now - self.times[0] < FLOOD_SECONDS * 1000
        if flood:
            await self.end(4429, "too_many", "消息太频繁，请刷新页面后继续。")
        return flood

    async def received(self, message: dict[str, Any]) -> None:
        """Take whatever is not readable as beats: the answer of a check, or a broken message."""
        now = clock.now_ms()
        if await self.is_flood(now):
            return
        if message.get("type") == "answer":
            await self.answer(message)
        elif message.get("type") == "beats":
            await self.refuse(*UNREADABLE)

    async def beats(self, message: dict[str, Any], now: int) -> None:
        """Take beats and acknowledge what is committed."""
        try:
            claims = [claim_of(beat) for beat in message["beats"]]
            token = str(message["token"])[:64]
        except (KeyError, TypeError, ValueError, AttributeError):
            await self.refuse(*UNREADABLE)
            return
        answer = await self.collector.post(BeatsRequest(self.session, token, claims, self.actor.person_id, now))
        if isinstance(answer, DomainError):
            await self.refuse(answer.code, answer.message)
        else:
            text = to_json({"type": "ack", **answer.fields()}).decode()
            await self.outbox({"type": "websocket.send", "text": text})

    async def answer(self, message: dict[str, Any]) -> None:
        """Take the answer of a check."""
        check, words = message.get("check"), message.get("answer")
        if type(check) is not int or not is_answer(words):
            await self.refuse("answer_unreadable", "应答内容读不懂，请重新点击确认。")
            return
        try:
            answered: Answered = await database_sync_to_async(answer_check)(
                session=self.session, number=check, answer=words, actor=self.actor
            )
        except DomainError as error:
            await self.refuse(error.code, error.message)
            return
        await self.send_json({"type": "answered", **answered.fields()})

    async def refuse(self, code: str, detail: str) -> None:
        """Say that a message was not taken."""
        await self.send_json({"type": "refused", "code": code, "detail": detail})

    async def study_stopped(self, event: dict[str, Any]) -> None:
        """Push that the session ended."""
        stop = await database_sync_to_async(stop_of)(self.session, event["code"])
        kind = "takeover" if stop.code == "takeover" else "stop"
        await self.send_json({"type": kind, "code": stop.code, "detail": stop.detail})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.user is not None:
            await self.channel_layer.group_discard(study_group(self.session), self.channel_name)
        await super().disconnect(code)
