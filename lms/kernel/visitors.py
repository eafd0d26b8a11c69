"""Whole pages kept for visitors (访客整页缓存): what everybody sees is rendered once, and anew as soon as content changes.

Only answers that a view marks are kept, only for requests without a session, and only if nothing personal went into
them: an answer that sets a cookie (a session, a CSRF token, a message) never is. See docs/adr/0020.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import BaseCache, caches
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language_from_request
from redis.exceptions import RedisError

from lms.kernel import clock

LONGEST_QUERY = 300
SEARCH_SECONDS = 60  # there are more searches than anybody wants to keep
EDITION = "edition"
PERSONAL_COOKIES = (settings.SESSION_COOKIE_NAME, CookieStorage.cookie_name)
PERSONAL_HEADERS = ("HTTP_X_SESSION_TOKEN", "HTTP_AUTHORIZATION")
View = Callable[..., Any]


def kept_for_visitors(view: View) -> View:
    """Mark a view whose answer is the same for all visitors."""

    @wraps(view)
    def marked(*args: Any, **kwargs: Any) -> Any:
        response = view(*args, **kwargs)
        response.is_kept_for_visitors = True
        return response

    return marked


def forget_pages_on_commit() -> None:
    """Have all kept pages made anew once this transaction is committed (内容已变)."""
    transaction.on_commit(forget_pages)


def forget_pages() -> None:
    """Begin a new edition: nothing kept under an older one is ever shown again."""
    try:
        pages().set(EDITION, uuid4().hex, None)
    except RedisError:
        return  # whoever cannot be told cannot be asked either; what is kept expires


def forget_pages_when_told(**news: Any) -> None:
    """Do it when a library says that content has changed."""
    forget_pages_on_commit()


def pages() -> BaseCache:
    """Return where pages are kept."""
    return caches["pages"]


def edition() -> str:
    """Return what the pages of now are kept under."""
    return str(pages().get(EDITION) or pages().get_or_set(EDITION, uuid4().hex, None))


def address_of(request: HttpRequest) -> str:
    """Return the address without what is empty, its names in order: two spellings of one page are one (规范地址)."""
    query = request.META.get("QUERY_STRING", "")
    pairs = sorted(parse_qsl(query), key=lambda pair: pair[0]) if query else []
    return f"{request.path}?{urlencode(pairs)}" if pairs else request.path


def is_visitor(request: HttpRequest) -> bool:
    """Return whether a request carries nothing that could make its answer personal."""
    return (
        request.method == "GET"
        and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
        and not any(name in request.COOKIES for name in PERSONAL_COOKIES)
        and not any(name in request.META for name in PERSONAL_HEADERS)
    )


def key_of(request: HttpRequest) -> str:
    """Return what a visitor's page depends on: edition, day, host, scheme, language, size of type and address."""
    parts = (
        edition(),
        clock.today().isoformat(),
        request.scheme or "",
        request.META.get("HTTP_HOST", ""),
        get_language_from_request(request),
        request.COOKIES.get("large_type") == "1",
        address_of(request),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class VisitorPagesMiddleware:
    """Answers visitors from what is kept; stands before everything that costs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return a kept page, or let one be made."""
        if not is_visitor(request):
            return self.get_response(request)
        try:
            key = key_of(request)  # before the page is made: what changes meanwhile begins another edition
            kept = pages().get(key)
        except RedisError:
            return self.get_response(request)
        if kept is None:
            response = self.get_response(request)
            if not is_keepable(response):
                return response
            kept = keep(key, request, response)
        return answer(request, *kept)


def is_keepable(response: HttpResponse) -> bool:
    """Return whether an answer may be shown to other visitors."""
    marked = getattr(response, "is_kept_for_visitors", False)
    return bool(marked) and response.status_code == 200 and not response.cookies and not response.streaming


def keep(key: str, request: HttpRequest, response: HttpResponse) -> tuple[bytes, dict[str, str]]:
    """Keep an answer under its key and return what was kept."""
    patch_vary_headers(response, ["Cookie"])
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, no_cache=True)  # browsers ask again, and mostly hear 304
    response.headers["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    kept = response.content, dict(response.items())
    with suppress(RedisError):
        pages().set(key, kept, **({"timeout": SEARCH_SECONDS} if request.META.get("QUERY_STRING") else {}))
    return kept


def answer(request: HttpRequest, content: bytes, headers: dict[str, str]) -> HttpResponse:
    """Return a kept page, or 304 to somebody who has it."""
    response = HttpResponse(content, headers=headers)
    if "HTTP_IF_NONE_MATCH" not in request.META:
        return response
    return get_conditional_response(request, etag=headers["ETag"], response=response) or response
