"""Who sits at the sockets of this process: leases renewed together, rooms told at most once a second how many are there."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from lms.live import services
from lms.live.models import RoomMember
from lms.live.rules.leases import LOOK_SECONDS, RENEW_SECONDS, count_seconds

log = logging.getLogger(__name__)
SECOND = 1.0


class Keeper:
    """One statement renews all leases of a process, one message a second tells a room of all who came and went (在场维持)."""

    def __init__(self) -> None:
        self.holder: UUID = uuid4()
        self.sockets: Counter[int] = Counter()  # by member
        self.rooms: Counter[int] = Counter()  # sockets by lesson, unseen ones too
        self.changed: set[int] = set()
        self.told: dict[int, int] = {}
        self.turn = 0
        self.task: asyncio.Task[None] | None = None

    async def join(self, session: int, member: RoomMember | None) -> None:
        """Keep a socket; an inspector's holds no lease."""
        self.rooms[session] += 1
        if member is not None:
            self.sockets[member.pk] += 1
            await database_sync_to_async(services.take_lease)(member=member, holder=self.holder)
            self.changed.add(session)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self.run())

    async def leave(self, session: int, member: RoomMember | None) -> None:
        """Let a socket go; a member's last one here ends the lease in a moment."""
        self.rooms[session] -= 1
        if self.rooms[session] <= 0:
            del self.rooms[session]
            self.told.pop(session, None)
        if member is None:
            return
        self.sockets[member.pk] -= 1
        if self.sockets[member.pk] <= 0:
            del self.sockets[member.pk]
            await database_sync_to_async(services.leave_lease)(member=member, holder=self.holder)
        self.changed.add(session)

    async def run(self) -> None:
        """Go on as long as there are sockets."""
        while self.rooms:
            await asyncio.sleep(SECOND)
            self.turn += 1
            try:
                await self.once()
            except Exception:  # noqa: BLE001 - a database that is away for a moment must not end all presence
                log.exception("the rooms of this process were not kept this second")

    async def once(self) -> None:
        """Do what a second asks for."""
        if self.turn % RENEW_SECONDS == 0:
            await database_sync_to_async(services.renew_leases)(holder=self.holder)
        if self.turn % LOOK_SECONDS == 0:
            self.changed |= set(self.rooms)
        in_turn = {pk for pk in self.rooms if self.turn % count_seconds(self.told.get(pk, 0)) == 0}
        if in_turn:
            await database_sync_to_async(services.publish_counts)(sessions=in_turn)
        due = self.changed & in_turn
        self.changed -= due
        if due:
            found = await database_sync_to_async(services.publish_heads)(sessions=due, told=dict(self.told))
            self.told |= {pk: heads for pk, heads in found.items() if pk in self.rooms}


_keepers: WeakKeyDictionary[asyncio.AbstractEventLoop, Keeper] = WeakKeyDictionary()


def keeper() -> Keeper:
    """Return the keeper of this process: of its event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _keepers:
        _keepers[loop] = Keeper()
    return _keepers[loop]
