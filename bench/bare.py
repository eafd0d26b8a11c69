"""The limits: Django and ninja with nothing in between, answering the bytes that the real page or endpoint answers.

`BARE_FOLDER` holds them: `<row>.body` for a view, `<row>.json` for an endpoint.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="bare",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[],
    INSTALLED_APPS=["ninja"],
    USE_TZ=True,
)
FOLDER = Path(os.environ["BARE_FOLDER"])
application = get_wsgi_application()

from ninja import NinjaAPI  # noqa: E402 - ninja reads the settings

api = NinjaAPI(docs_url=None, openapi_url=None)


@cache
def body(row: str) -> bytes:
    """Return what the real page answered."""
    return (FOLDER / f"{row}.body").read_bytes()


@cache
def data(row: str) -> Any:
    """Return what the real endpoint answered, parsed."""
    return json.loads((FOLDER / f"{row}.json").read_bytes())


def page(request: HttpRequest, row: str) -> HttpResponse:
    """Answer a page."""
    return HttpResponse(body(row))


@api.get("/{row}")
def endpoint(request: HttpRequest, row: str) -> Any:
    """Answer as ninja does."""
    return data(row)


urlpatterns = [path("page/<str:row>/", page), path("api/", api.urls)]
