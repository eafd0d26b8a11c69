"""How often anybody may ask: one count for all operations, by account or, of visitors, by address, told in every answer."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from ninja.throttling import BaseThrottle
from redis.exceptions import RedisError

from lms.kernel import clock
from lms.people.queries import address_of

SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rate:
    """How somebody stands within the minute."""

    limit: int
    asked: int
    left_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """Return what an answer says of it."""
        left = str(max(0, self.limit - self.asked))
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": left,
            "RateLimit-Reset": str(self.left_seconds),
        }


class PerMinute(BaseThrottle):
    """Counts requests by the minute of the clock (接口限流). A cache that is away refuses nobody.

    Beats have a pace of their own, and the way in front of Django's chain, and are not counted.
    """

    def allow_request(self, request: HttpRequest) -> bool:
        """Return whether a request may go on; note on it how its sender stands."""
        if request.path.endswith("/beats"):
            return True
        account = request.user.pk if request.user.is_authenticated else None
        limit = settings.API_REQUESTS_PER_MINUTE["visitor" if account is None else "account"]
        minute, gone = divmod(int(clock.now().timestamp()), SECONDS)
        key = f"api-rate:{minute}:{account or address_of(request)}"
        try:
            caches["default"].add(key, 0, 2 * SECONDS)
            asked = caches["default"].incr(key)
        except (RedisError, ValueError):
            return True
        request.rate = Rate(limit, asked, SECONDS - gone)  # type: ignore[attr-defined]
        return asked <= limit

    def wait(self) -> float:
        """Return for how many seconds a refused sender waits."""
        return float(SECONDS - int(clock.now().timestamp()) % SECONDS)


def tell_rate(request: HttpRequest, response: HttpResponse) -> None:
    """Say in an answer how its receiver stands."""
    rate: Rate | None = getattr(request, "rate", None)
    for name, value in (rate.headers if rate else {}).items():
        response.headers[name] = value
