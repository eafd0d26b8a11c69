"""The socket of the page that puts a live lesson on the air: numbered chunks in, acknowledgements out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import connection

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.live import services
from lms.live.models import Broadcast, LiveSession
from lms.live.queries.sessions import live_for, publish_group
from lms.live.rules.chunks import ACK_EVERY, LARGEST_CHUNK, Verdict, parse
from lms.people.consumers import SignedInConsumer

FLOOD, FLOOD_SECONDS = 20, 10
CLOSES = {"taken_over": 4409, "too_many": 4429}
WAITING: set[asyncio.Task[None]] = set()
End = Broadcast.End


def opened(actor: Actor, uid: UUID) -> LiveSession:
    """Return a live lesson whose room the actor opens."""
    return services.open_live(session=live_for(actor, uid), actor=actor)


def apart(deed: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """Do a deed that may wait for a pipe in a thread of its own, and give its connection back to the pool at once."""
    try:
        return deed(*args, **more)
    finally:
        connection.close()


async def give_up(ingest: services.Ingest, owner: str) -> None:
    """End a broadcast whose line did not come back."""
    await asyncio.sleep(ingest.drop_seconds)
    await database_sync_to_async(apart, thread_sensitive=False)(services.drop_ingest, ingest, End.LOST, owner=owner)


class BroadcastConsumer(SignedInConsumer):
    """One teacher's page. The encoder outlives it: a page that comes back in time goes on where it was."""

    actor: Actor
    session: LiveSession | None = None
    ingest: services.Ingest | None = None
    asked = -1

    async def entered(self) -> None:
        """Let who teaches in, and open the room."""
        self.times: deque[int] = deque(maxlen=FLOOD)
        self.actor = await database_sync_to_async(actor_for)(self.user)
        uid: UUID = self.scope["url_route"]["kwargs"]["session"]
        try:
            self.session = await database_sync_to_async(opened)(self.actor, uid)
        except DomainError as error:
            await self.end(4403, error.code, error.message)
            return
        await self.channel_layer.group_add(publish_group(uid), self.channel_name)
        drop = self.session.terms.live_drop_seconds
        await self.send_json({"type": "ready", "largest": LARGEST_CHUNK, "grace_seconds": drop})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Take a chunk, or leave it to the door."""
        if bytes_data is None or self.session is None:
            await super().receive(text_data=text_data, bytes_data=bytes_data, **kwargs)
        elif self.ingest is not None:
            await self.take(self.ingest, bytes_data)

    async def take(self, ingest: services.Ingest, data: bytes) -> None:
        """Hand a chunk to the encoder, then acknowledge it."""
        try:
            chunk = parse(data)
        except ValueError:
            await self.end(4413, "chunk_unreadable", "直播数据读不懂，请刷新页面重新开播。")
            return
        try:
            found = await database_sync_to_async(apart, thread_sensitive=False)(
                services.feed, ingest, chunk, self.channel_name
            )
        except services.StreamGoneError as error:
            self.ingest = None
            await self.send_json({"type": "restart", "code": error.code, "detail": error.message})
        except DomainError as error:
            self.ingest = None
            await self.end(CLOSES.get(error.code, 4403), error.code, error.message)
        else:
            await self.answer(ingest, found)

    async def answer(self, ingest: services.Ingest, found: Verdict) -> None:
        """Say how far the stream is; of a gap once, or every chunk behind it would ask for all of them."""
        following = ingest.following
        if found == Verdict.GAP:
            if self.asked != following:
                self.asked = following
                await self.send_json({"type": "resume", "epoch": ingest.epoch.hex, "next": following})
        elif found == Verdict.REPEATED or following % ACK_EVERY == 0:
            await self.send_json({"type": "ack", "next": following})

    async def received(self, message: dict[str, Any]) -> None:
        """Take a word of the page."""
        now = clock.now_ms()
        self.times.append(now)
        if len(self.times) == FLOOD and now - self.times[0] < FLOOD_SECONDS * 1000:
            await self.end(4429, "too_many", "消息太频繁，请刷新页面后继续。")
        elif self.session is not None and message.get("type") == "hello":
            await self.hello(self.session, message)
        elif message.get("type") == "finish":
            await self.finish()

    async def hello(self, session: LiveSession, message: dict[str, Any]) -> None:
        """Begin a broadcast, or go on with the one that the page knows."""
        epoch = str(message.get("epoch") or "")
        if epoch:
            await self.resume(session, epoch)
            return
        asked = {name: str(message.get(name) or "") for name in ("mime", "source")}
        try:
            self.ingest = await database_sync_to_async(apart, thread_sensitive=False)(
                services.start_ingest, session=session, owner=self.channel_name, actor=self.actor, **asked
            )
        except DomainError as error:
            await self.send_json({"type": "refused", "code": error.code, "detail": error.message})
            return
        self.asked = -1
        await self.send_json({"type": "start", "epoch": self.ingest.epoch.hex, "next": 0})

    async def resume(self, session: LiveSession, epoch: str) -> None:
        """Go on after a drop, or have the page begin anew."""
        self.ingest = await database_sync_to_async(apart, thread_sensitive=False)(
            services.resume_ingest, session=session.uid, epoch=epoch, owner=self.channel_name
        )
        self.asked = -1
        if self.ingest is None:
            await self.send_json({"type": "restart", "code": "restart", "detail": "断线时间较长，正在重新开始。"})
        else:
            await self.send_json({"type": "resume", "epoch": epoch, "next": self.ingest.following})

    async def finish(self) -> None:
        """End the broadcast with all that was sent; the lesson itself is ended by its page."""
        if self.ingest is not None:
            await self.let_go(End.FINISHED)
        await self.send_json({"type": "finished"})

    async def let_go(self, end: str) -> None:
        """End the broadcast that this page feeds."""
        ingest, self.ingest = self.ingest, None
        await database_sync_to_async(apart, thread_sensitive=False)(
            services.drop_ingest, ingest, end, owner=self.channel_name
        )

    async def broadcast_began(self, event: dict[str, Any]) -> None:
        """Stop, when another page is on the air now."""
        if self.ingest is not None and self.ingest.epoch.hex != event["epoch"]:
            await self.let_go(End.REPLACED)
            await self.end(4409, "taken_over", "这次直播课已经在另一个页面或设备上开播，本页已停止。")

    async def broadcast_cut(self, event: dict[str, Any]) -> None:
        """Stop, because the account teaches the lesson no more."""
        if self.ingest is not None and self.ingest.epoch.hex == event["epoch"]:
            await self.let_go(End.LOST)
            await self.end(
                4403, "not_the_teacher", "您已不能主讲这次直播课，直播已停止。如有疑问，请联系培训机构或区办。"
            )

    async def live_ended(self, event: dict[str, Any]) -> None:
        """Stop, because the lesson was ended."""
        await self.let_go(End.FINISHED)
        await self.end(4410, "live_ended", "这次直播课已经结束。")

    async def disconnect(self, code: int) -> None:
        """Keep the encoder for a while: most lines come back."""
        if self.session is not None:
            await self.channel_layer.group_discard(publish_group(self.session.uid), self.channel_name)
        if self.ingest is not None:
            task = asyncio.get_running_loop().create_task(give_up(self.ingest, self.channel_name))
            WAITING.add(task)
            task.add_done_callback(WAITING.discard)
        await super().disconnect(code)
