"""The limit of a room's news: Channels passing one message to a group. No database, no account, no versions."""

from __future__ import annotations

import os

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": 15, "max_connections": 5_000}],
                "prefix": "bare",
            },
        }
    },
)
http = get_asgi_application()


class Member(AsyncWebsocketConsumer):
    """Hears what is said to the room; what it says itself, all hear."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.channel_layer.group_send("room", {"type": "room.news", "text": text_data})

    async def room_news(self, event: dict[str, str]) -> None:
        """Pass it on."""
        await self.send(text_data=event["text"])

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard("room", self.channel_name)


application = ProtocolTypeRouter({"http": http, "websocket": URLRouter([path("ws/", Member.as_asgi())])})
