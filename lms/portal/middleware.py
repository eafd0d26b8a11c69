"""Refusals on pages: what happened and what to do next, in the frame of the site."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from courses.stores import bucket
from lms.access.views import came_from
from lms.kernel.errors import DomainError
from lms.kernel.ids import readable_code
from lms.kernel.texts import UNREADABLE

log = logging.getLogger(__name__)
MACHINES = ("/api/", "/_allauth/", "/cms/", "/uploads/")
NOT_A_PAGE = DomainError(
    "这个地址只接收提交的内容，不能直接打开。如果刚才登录过期，请回到原来的页面重新提交一次。", code="not_a_page"
)


class RefusalMiddleware:
    """Turns a DomainError that a page raised into a page; the API translates its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content and not request.path.startswith(MACHINES):
            return refused(request, NOT_A_PAGE, response.status_code, allow=response.headers.get("Allow", ""))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page of a refusal, with a number that can be read out on the phone."""
        refusal = refusal_of(exception)
        if refusal is None or request.path.startswith("/_allauth/"):
            return None  # allauth's JSON is answered in its own shape, by the gate
        return refused(request, refusal, refusal.status)


def refusal_of(exception: Exception) -> DomainError | None:
    """Return what is to be said of an exception, or nothing of a fault of our own.

    Libraries write to the storage and to the database too: where it is away, or where a form let through what no
    database takes, people read the same sentences as elsewhere.
    """
    if isinstance(exception, DomainError):
        return exception
    if isinstance(exception, DataError):
        log.warning("data: %s", exception)
        return UNREADABLE
    return bucket.down(exception) if bucket.is_away(exception) else None


def refused(request: HttpRequest, refusal: DomainError, status: int, *, allow: str = "") -> HttpResponse:
    """Return the page of a refusal: its number, and the way back to where one came from."""
    reference = readable_code()
    log.info("refused %s %s %s", refusal.code, request.path, reference)
    context = {"refusal": refusal, "reference": reference, "back": came_from(request, default="")}
    response = render(request, "errors/refusal.html", context, status=status)
    if allow:
        response.headers["Allow"] = allow
    return response
