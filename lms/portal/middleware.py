"""Refusals on pages: what happened and what to do next, in the frame of the site."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lms.kernel.errors import DomainError
from lms.kernel.ids import readable_code

log = logging.getLogger(__name__)


class RefusalMiddleware:
    """Turns a DomainError that a page raised into a page; the API translates its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page of a refusal, with a number that can be read out on the phone."""
        if not isinstance(exception, DomainError) or request.path.startswith("/_allauth/"):
            return None  # allauth's JSON is answered in its own shape, by the gate
        reference = readable_code()
        log.info("refused %s %s %s", exception.code, request.path, reference)
        context = {"refusal": exception, "reference": reference}
        return render(request, "errors/refusal.html", context, status=exception.status)
