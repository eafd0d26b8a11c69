"""The limit of a viewer's request: Django on daphne answering with bytes that it has at hand. No door, no token, no file."""

from __future__ import annotations

import os
from pathlib import Path

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(SECRET_KEY="bare", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, MIDDLEWARE=[])
PIECE = Path(os.environ["BARE_PIECE"])


def piece(request: HttpRequest) -> HttpResponse:
    """Return the file that the environment names."""
    return HttpResponse(PIECE.read_bytes(), content_type="video/mp4")


urlpatterns = [path("piece", piece)]
application = ProtocolTypeRouter({"http": get_asgi_application()})
