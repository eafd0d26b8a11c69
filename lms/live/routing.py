"""Socket addresses."""

from typing import Any

from django.urls import path

from lms.live.consumers import BroadcastConsumer, RoomConsumer
from lms.people.consumers import signed_in_door

websocket_urlpatterns: list[Any] = [
    path("ws/v1/live-sessions/<uuid:session>/broadcast", signed_in_door(BroadcastConsumer.as_asgi())),
    path("ws/v1/live-sessions/<uuid:session>/room", signed_in_door(RoomConsumer.as_asgi())),
]
