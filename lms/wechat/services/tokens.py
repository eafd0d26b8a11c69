"""One token for all processes: kept in the database, renewed by whoever gets the lease, read by the others (中控凭据).

A process that finds the lease taken uses the old token while that works, which it does for the last minutes, or waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import F, Q

from lms.kernel import clock
from lms.wechat import gateways
from lms.wechat.gateways import DOWN, Granted, WeChatDownError, WeChatError
from lms.wechat.models import WeChatToken
from lms.wechat.rules import ACCESS, FORCE_PAUSE, MOST_FORCED_PER_DAY, TOKEN_CODES, is_fresh, is_usable

LEASE = timedelta(seconds=20)  # longer than a request may take
WAIT_SECONDS, LOOK_SECONDS = 6.0, 0.1
Got = TypeVar("Got")


def token(kind: str, *, rejected: str = "") -> str:
    """Return a token that works. `rejected`: the one that the platform just refused. Raises WeChatDownError, WeChatError."""
    for _ in range(int(WAIT_SECONDS / LOOK_SECONDS)):
        row, moment = held(kind), clock.now()
        value = row.value or ""
        is_good = bool(value) and value != rejected
        if is_good and is_fresh(row.expires_at, moment):
            return value
        if take(row, moment):
            return renewed(row, rejected)
        if is_good and is_usable(row.expires_at, moment):
            return value
        time.sleep(LOOK_SECONDS)
    raise WeChatDownError(DOWN)


def held(kind: str) -> WeChatToken:
    """Return the row of a kind, laid at its first use."""
    appid = settings.WECHAT["appid"]
    row = WeChatToken.objects.filter(appid=appid, kind=kind).first()
    return row or WeChatToken.objects.get_or_create(appid=appid, kind=kind)[0]


def take(row: WeChatToken, moment: datetime) -> bool:
    """Take the lease, unless somebody has it or has renewed the token since it was read."""
    free = Q(fetching_until=None) | Q(fetching_until__lt=moment)
    unchanged = WeChatToken.objects.filter(free, pk=row.pk, expires_at=row.expires_at)
    return bool(unchanged.update(fetching_until=moment + LEASE))


def renewed(row: WeChatToken, rejected: str) -> str:
    """Ask the platform and keep what it gives; the lease ends in any case."""
    mine = WeChatToken.objects.filter(pk=row.pk)
    try:
        got = new_ticket() if row.kind != ACCESS else new_access(row, rejected)
    except Exception:
        mine.update(fetching_until=None)
        raise
    row.value, row.expires_at = got.value, clock.now() + timedelta(seconds=got.seconds)
    row.fetching_until = None
    row.save(update_fields=["value", "expires_at", "fetching_until"])
    return got.value


def new_ticket() -> Granted:
    """Return a ticket, asked for with the access token."""
    return with_token(gateways.page_ticket)


def new_access(row: WeChatToken, rejected: str) -> Granted:
    """Return an access token; forced only when the platform repeats the one that it refuses, and seldom."""
    got = gateways.stable_token()
    if got.value != rejected:
        return got
    moment, today = clock.now(), clock.today()
    pause_over = Q(forced_at=None) | Q(forced_at__lt=moment - FORCE_PAUSE)
    room = ~Q(forced_on=today) | Q(forced_on=None) | Q(forced_count__lt=MOST_FORCED_PER_DAY)
    allowed = WeChatToken.objects.filter(pause_over, room, pk=row.pk)
    WeChatToken.objects.filter(pk=row.pk).exclude(forced_on=today).update(forced_on=today, forced_count=0)
    if not allowed.update(forced_at=moment, forced_count=F("forced_count") + 1):
        raise WeChatDownError(DOWN)
    return gateways.stable_token(force=True)


def with_token(ask: Callable[[str], Got]) -> Got:
    """Return what a request with the access token gives; a refused token is renewed once (凭据失效重取)."""
    value = token(ACCESS)
    try:
        return ask(value)
    except WeChatError as refusal:
        if refusal.errcode not in TOKEN_CODES:
            raise
    return ask(token(ACCESS, rejected=value))
