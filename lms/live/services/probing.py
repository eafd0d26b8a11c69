"""Measuring one's line: counted, nothing kept of what was sent."""

from __future__ import annotations

from django.core.cache import cache

from lms.access.rules import Actor
from lms.kernel.errors import DomainError
from lms.live.rules.probes import WINDOW_SECONDS, is_too_often


class ProbedTooOftenError(DomainError):
    """More was measured than a check takes (测速太频繁)."""

    code = "too_many"
    status = 429


def count_probe(actor: Actor) -> None:
    """Count a piece of an account's measurement (测速计数). Raises ProbedTooOftenError."""
    name = f"live.probe.{actor.user_id}"
    cache.add(name, 0, WINDOW_SECONDS)
    if is_too_often(cache.incr(name)):
        raise ProbedTooOftenError("检测次数太多，请10分钟后再测网速。其他项目可以继续检测。")
