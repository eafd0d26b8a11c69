"""What pages may ask of the browser (浏览器权限): neither camera nor microphone, but for faces and for lessons given live."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

HEADER = "Permissions-Policy"
CLOSED, CAMERA = "camera=(), microphone=()", "camera=(self), microphone=()"
DEVICES = "camera=(self), microphone=(self)"
STUDIO = "camera=(self), microphone=(self), display-capture=(self)"
View = Callable[..., Any]


def with_camera(view: View) -> View:
    """Let the page of a view ask for the camera."""
    return opened(view, CAMERA)


def with_studio(view: View) -> View:
    """Let the page of a view ask for camera, microphone and screen: who teaches live is seen and heard."""
    return opened(view, STUDIO)


def with_devices(view: View) -> View:
    """Let the page of a view ask for camera and microphone: to check them before a lesson, to speak in one."""
    return opened(view, DEVICES)


def opened(view: View, powers: str) -> View:
    """Return a view whose page may ask for some powers."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        response = view(*args, **kwargs)
        response.headers[HEADER] = powers
        return response

    return answered


class PowersMiddleware:
    """Says on every answer what it may ask of the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Close what the view did not open."""
        response = self.get_response(request)
        response.headers.setdefault(HEADER, CLOSED)
        return response
