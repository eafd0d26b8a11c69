"""The limits of beats: Channels echoing what it hears, and ninja reading a POST by a schema. No database, no account."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest
from django.urls import path

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=["ninja", "channels"],
    CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}},
    USE_TZ=True,
)
http = get_asgi_application()

from ninja import NinjaAPI, Schema  # noqa: E402 - ninja reads the settings


class Beat(Schema):
    """What a beat is made of."""

    seq: int
    from_ms: int
    to_ms: int
    rate: int
    playing: bool
    visible: bool


class Beats(Schema):
    """A request of beats."""

    token: str
    beats: list[Beat]


class Echo(AsyncWebsocketConsumer):
    """Says what it hears."""

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data=text_data)


api = NinjaAPI(docs_url=None, openapi_url=None)


@api.post("/beats")
def beats(request: HttpRequest, payload: Beats) -> dict[str, int]:
    """Answer how many came."""
    return {"acked_seq": payload.beats[-1].seq}


urlpatterns = [path("api/", api.urls)]
application = ProtocolTypeRouter({"http": http, "websocket": URLRouter([path("ws/", Echo.as_asgi())])})
