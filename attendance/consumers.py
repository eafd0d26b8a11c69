"""The socket of a study session: the same words as over HTTP, and news pushed by the server."""

from __future__ import annotations

from collections import deque
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from attendance.queries import seat_of_session
from attendance.rules import Claim, SeatState, confirmed
from attendance.services import BeatsRequest, answer_check, post_beats
from attendance.services.beats import STOPS
from attendance.services.settling import study_group
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.people.consumers import SignedInConsumer

FLOOD, FLOOD_SECONDS = 50, 10


def claim_of(beat: Any) -> Claim:
    """Return a claim of a message's beat: whole numbers or nothing (SQLite would store 1.5)."""
    seq, start, end, rate = beat["seq"], beat["from"], beat["to"], beat.get("rate", 100)
    if any(type(number) is not int for number in (seq, start, end, rate)):
        raise ValueError("whole numbers only")
    return Claim(seq, start, end, rate, bool(beat.get("playing", True)), bool(beat.get("visible", True)))


class StudyConsumer(SignedInConsumer):
    """One learner's player."""

    actor: Actor

    async def entered(self) -> None:
        """Let the learner of the session in."""
        self.actor = await database_sync_to_async(actor_for)(self.user)
        self.session: UUID = self.scope["url_route"]["kwargs"]["session"]
        self.times: deque[int] = deque(maxlen=FLOOD)
        if not await database_sync_to_async(seat_of_session)(self.session, self.actor.person_id):
            await self.end(4403, "session_not_found", "没有找到这次学习，请重新打开课时。")
            return
        await self.channel_layer.group_add(study_group(self.session), self.channel_name)
        await self.send_json({"type": "ready"})

    async def received(self, message: dict[str, Any]) -> None:
        """Answer beats and checks; close a flood."""
        now = clock.now_ms()
        self.times.append(now)
        if len(self.times) == FLOOD and now - self.times[0] < FLOOD_SECONDS * 1000:
            await self.end(4429, "too_many", "消息太频繁，请刷新页面后继续。")
            return
        handlers = {"beats": self.beats, "answer": self.answer}
        handler = handlers.get(str(message.get("type")))
        if handler is not None:
            await handler(message, now)

    async def beats(self, message: dict[str, Any], now: int) -> None:
        """Take beats."""
        try:
            claims = [claim_of(beat) for beat in message["beats"]]
            token = str(message["token"])[:64]
        except (KeyError, TypeError, ValueError, AttributeError):
            await self.refuse("beats_unreadable", "心跳内容读不懂，请刷新页面。")
            return
        request = BeatsRequest(self.session, token, claims, self.actor, now)
        answer = (await database_sync_to_async(post_beats)([request]))[0]
        if isinstance(answer, DomainError):
            await self.refuse(answer.code, answer.message)
        else:
            await self.send_json({"type": "ack", **answer.fields()})

    async def answer(self, message: dict[str, Any], now: int) -> None:
        """Take the answer of a check."""
        check, words = message.get("check"), message.get("answer")
        if type(check) is not int or not isinstance(words, str):
            await self.refuse("answer_unreadable", "应答内容读不懂，请重新点击确认。")
            return
        try:
            seat: SeatState = await database_sync_to_async(answer_check)(
                session=self.session, number=check, answer=words, actor=self.actor
            )
        except DomainError as error:
            await self.refuse(error.code, error.message)
            return
        await self.send_json(
            {
                "type": "answered",
                "result": "passed" if seat.session else "failed",
                "credited_seconds": confirmed(seat) // 1000,
                "pending_seconds": seat.pending // 1000,
            }
        )

    async def refuse(self, code: str, detail: str) -> None:
        """Say that a message was not taken."""
        await self.send_json({"type": "refused", "code": code, "detail": detail})

    async def study_stopped(self, event: dict[str, Any]) -> None:
        """Push that the session ended."""
        code = event["code"]
        kind = "takeover" if code == "takeover" else "stop"
        await self.send_json({"type": kind, "code": code, "detail": STOPS.get(code, STOPS["closed"])})

    async def disconnect(self, code: int) -> None:
        """Leave the group."""
        if self.user is not None:
            await self.channel_layer.group_discard(study_group(self.session), self.channel_name)
        await super().disconnect(code)
