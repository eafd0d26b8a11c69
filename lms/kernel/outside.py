"""Asking an outside system over HTTP: one request, a timeout, nothing followed, and what a failure means.

Used by gateways only. Whoever repeats a request needs to know whether the other side may have worked on it already.
"""

from __future__ import annotations

import http.client
import json
import logging
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

MOST_ANSWER = 1_000_000  # bytes
Told = TypeVar("Told")
log = logging.getLogger(__name__)


class OutsideError(Exception):
    """There is no usable answer; nobody knows whether the request was worked on (没有答复)."""


class UnreachedError(OutsideError):
    """The request certainly was not worked on: there was no connection (没有接通)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, of whatever status."""

    status: int
    body: bytes

    def told(self) -> dict[str, Any]:
        """Return the JSON object. Raises OutsideError for anything else."""
        try:
            told = json.loads(self.body) if len(self.body) <= MOST_ANSWER else None
        except ValueError:
            told = None
        if not isinstance(told, dict):
            log.warning("an outside system answered something that is no object, %s bytes", len(self.body))
            raise OutsideError("no object")
        return told


class Stay(urllib.request.HTTPRedirectHandler):
    """A signed request goes nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse to follow."""


opener = urllib.request.build_opener(Stay)


def again(
    request: Callable[[], Told],
    pauses: Sequence[float],
    *,
    unsent: type[Exception],
    but: tuple[type[Exception], ...] = (),
) -> Told:
    """Return the answer of a request, made again after each pause while it raises `unsent`, and none of `but` (有限重试)."""
    for pause in pauses:
        try:
            return request()
        except but:
            raise
        except unsent:
            time.sleep(pause)
    return request()


def ask(address: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None, seconds: float) -> Answer:
    """Return the answer to a POST, or to a GET without a body. Raises OutsideError, UnreachedError.

    Logs say what failed, never the address: it may hold a key.
    """
    request = urllib.request.Request(address, data=body, headers=dict(headers or {}))  # noqa: S310 - from the settings
    try:
        with opener.open(request, timeout=seconds) as answer:
            return Answer(answer.status, answer.read(MOST_ANSWER + 1))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, read(error))
    except urllib.error.URLError as error:
        log.warning("an outside system cannot be reached: %s", type(error.reason).__name__)
        if isinstance(error.reason, ConnectionRefusedError | socket.gaierror):
            raise UnreachedError from error
        raise OutsideError from error
    except (OSError, http.client.HTTPException) as error:
        log.warning("an outside system did not answer: %s", type(error).__name__)
        raise OutsideError from error


def read(error: urllib.error.HTTPError) -> bytes:
    """Return the body of a refusal."""
    try:
        return error.read(MOST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as broken:
        raise OutsideError from broken
