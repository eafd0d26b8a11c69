"""The sockets of live lessons."""

from lms.live.consumers.broadcast import BroadcastConsumer
from lms.live.consumers.room import RoomConsumer

__all__ = ["BroadcastConsumer", "RoomConsumer"]
