"""The socket of a room: news out, nothing in. Who is connected is in the room; what is done there goes over the API."""

from __future__ import annotations

from collections import deque
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.live import services
from lms.live.consumers.keeper import keeper
from lms.live.queries.activities import leaders_group
from lms.live.queries.rooms import Seat, member_group, room_group, session_at_door
from lms.people.consumers import SignedInConsumer

FLOOD, FLOOD_SECONDS = 20, 10
ENDED = "这次直播课已经结束，感谢参加。"
REMOVED = "教师已将您移出教室，不能再进入这次直播课。如有疑问，请联系教师或培训机构。"


def entered_seat(actor: Actor, uid: UUID) -> Seat:
    """Return the seat of an actor who comes in."""
    return services.enter_room(session=session_at_door(uid), actor=actor)


class RoomConsumer(SignedInConsumer):
    """One page in a room."""

    seat: Seat | None = None

    async def entered(self) -> None:
        """Come in, listen, then say so: whatever is told from now on reaches the page."""
        self.times: deque[int] = deque(maxlen=FLOOD)
        actor = await database_sync_to_async(actor_for)(self.user)
        try:
            seat = await database_sync_to_async(entered_seat)(actor, self.scope["url_route"]["kwargs"]["session"])
        except DomainError as error:
            await self.end(4403, error.code, error.message)
            return
        for group in self.groups_of(seat):
            await self.channel_layer.group_add(group, self.channel_name)
        self.seat = seat
        await keeper().join(seat.session.pk, seat.member)
        await self.send_json({"type": "ready", "place": seat.place.value})

    @staticmethod
    def groups_of(seat: Seat) -> list[str]:
        """Return where a seat hears news."""
        own = [member_group(seat.member.uid)] if seat.member else []
        led = [leaders_group(seat.session.uid)] if seat.standing.leads else []
        return [room_group(seat.session.uid), *own, *led]

    async def received(self, message: dict[str, Any]) -> None:
        """Take nothing but a sign of life, and not too many."""
        now = clock.now_ms()
        self.times.append(now)
        if len(self.times) == FLOOD and now - self.times[0] < FLOOD_SECONDS * 1000:
            await self.end(4429, "too_many", "消息太频繁，请刷新页面后继续。")

    async def room_news(self, event: dict[str, Any]) -> None:
        """Pass news on as it was written: no work for each member but this."""
        await self.send(text_data=event["text"])

    async def room_closed(self, event: dict[str, Any]) -> None:
        """Close, because the lesson is over."""
        await self.end(4410, "live_ended", ENDED)

    async def room_removed(self, event: dict[str, Any]) -> None:
        """Close, because its member was sent out."""
        await self.end(4403, "removed", REMOVED)

    async def disconnect(self, code: int) -> None:
        """Leave the room; the lease holds on for a moment, for most pages come back."""
        seat, self.seat = self.seat, None
        if seat is not None:
            await keeper().leave(seat.session.pk, seat.member)  # first: nobody stays there because Redis is away
            for group in self.groups_of(seat):
                await self.channel_layer.group_discard(group, self.channel_name)
        await super().disconnect(code)
