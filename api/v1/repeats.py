"""Idempotency-Key: a POST that is sent again under its key is done once and answered as it was (重复提交).

Operations whose services keep the key themselves, with the evidence, name it as a parameter; for all others the answer is
kept here for a day, sealed, in the cache. Refusals are not kept: what was refused may be sent again under the same key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.cache import caches
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from redis.exceptions import RedisError

from lms.kernel.errors import ConflictError, InvalidError
from lms.kernel.sealing import blind_index, seal, unseal

HEADER = "Idempotency-Key"
OWN = "idempotency_key"  # the parameter of operations whose services keep the key
LONGEST = 64
DAY, RUNNING = 86_400, 60  # seconds: how long an answer is kept; after which a request that never ended is given up
View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A key under which a request is being done."""

    place: str
    digest: str

    def settle(self, response: HttpResponse) -> None:
        """Keep the answer of what was done; forget a refusal."""
        with suppress(RedisError):
            if response.status_code >= 400 or response.streaming:
                caches["default"].touch(self.place, 0)
                return
            kept = [
                self.digest,
                response.status_code,
                response.headers.get("Content-Type", ""),
                response.content.decode(),
            ]
            caches["default"].set(self.place, seal(json.dumps(kept).encode(), self.place.encode()), DAY)


def digest_of(request: HttpRequest) -> str:
    """Return a digest of what is sent: of a form, its fields and the names and sizes of its files; of a large picture, none."""
    try:
        body = request.body
    except (RawPostDataException, RequestDataTooBig):
        files = [(name, str(one), getattr(one, "size", 0)) for name, one in request.FILES.items()]
        body = repr((sorted(request.POST.lists()), files)).encode()
    return hashlib.sha256(request.path.encode() + b"\0" + body).hexdigest()


def claim(request: HttpRequest, key: str) -> Claim | HttpResponse:
    """Return the claim under which a request is to be done, or the answer that it had.

    Raises InvalidError `key_wrong` for a key that is none and `key_reused` for one of another request, ConflictError
    `key_in_use` while the first request is under way.
    """
    if not 1 <= len(key) <= LONGEST or not key.isprintable():
        raise InvalidError(f"请求编号（Idempotency-Key）应为1至{LONGEST}个可见字符。", code="key_wrong")
    place = "api-key:" + blind_index(f"{request.user.pk}\0{key}", "idempotency")
    found = Claim(place, digest_of(request))
    if caches["default"].add(place, seal(json.dumps([found.digest]).encode(), place.encode()), RUNNING):
        return found
    sealed = caches["default"].get(place)
    if sealed is None:
        raise ConflictError("上一次同样的请求刚刚结束，请重新提交。", code="key_in_use")
    digest, *kept = json.loads(unseal(sealed, place.encode()))
    if digest != found.digest:
        raise InvalidError("这个请求编号（Idempotency-Key）已用于另一个请求，请换一个编号。", code="key_reused")
    if not kept:
        raise ConflictError("同样的请求正在处理，请稍候再查看结果。", code="key_in_use")
    status, kind, content = kept
    return HttpResponse(content, status=status, content_type=kind, headers={"Idempotency-Replayed": "true"})


def once(view: View) -> View:
    """Have a view of a POST do once what is sent under one key."""

    @wraps(view)
    def keyed(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if request.method != "POST" or key is None or OWN in kwargs:
            return view(request, *args, **kwargs)
        try:
            found = claim(request, key)
        except RedisError:
            return view(request, *args, **kwargs)
        if isinstance(found, HttpResponse):
            return found
        request.claim = found  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return keyed


def settle(request: HttpRequest, response: HttpResponse) -> None:
    """Keep or forget the answer of a request that was done under a key."""
    found: Claim | None = getattr(request, "claim", None)
    if found:
        found.settle(response)


def add_key_header(document: dict[str, Any]) -> None:
    """Say in the document that a POST may carry a key."""
    described = {
        "in": "header",
        "name": HEADER,
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST},
        "description": "The same key and request again: done once, answered as it was. Kept for a day.",
    }
    for path, operations in document["paths"].items():
        if (operation := operations.get("post")) and not path.endswith("/beats"):
            parameters = operation.setdefault("parameters", [])
            if not any(one["name"] == HEADER for one in parameters):
                parameters.append(described)
