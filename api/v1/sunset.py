"""What of the API will go, and when: said in the document and in every answer (停用计划)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date


@dataclass(frozen=True, slots=True)
class Sunset:
    """Since when an operation is not to be used in new programs, and on which day it goes."""

    since: date
    gone: date


SUNSETS: dict[tuple[str, str], Sunset] = {}  # by method and path of the document: ("get", "/api/v1/…")
LEAST_DAYS = 365
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def midnight(day: date) -> int:
    """Return a day's beginning as seconds since 1970."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def mark_sunsets(document: dict[str, Any]) -> None:
    """Mark in the document what will go."""
    for method, path in SUNSETS:
        document["paths"][path][method]["deprecated"] = True


def tell_sunset(request: HttpRequest, response: HttpResponse) -> None:
    """Say in an answer that its operation will go (RFC 9745, RFC 8594)."""
    match = request.resolver_match
    if not SUNSETS or match is None:
        return
    template = "/" + PLACE.sub(r"{\1}", match.route)
    found = SUNSETS.get((str(request.method).lower(), template))
    if found:
        response.headers["Deprecation"] = f"@{midnight(found.since)}"
        response.headers["Sunset"] = http_date(midnight(found.gone))
