"""What the answers of the official account's server mean, and when a token is renewed. Pure.

Errors come with HTTP 200 and an errcode. Codes marked (unverified) stand in no document that could be read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

ACCESS, TICKET = "access", "jsapi"
RENEW_BEFORE = timedelta(minutes=4)  # in the last 5 minutes the platform hands out a new one, and both work
FORCE_PAUSE = timedelta(seconds=60)  # the platform allows a forced renewal every 30 s, 20 a day
MOST_FORCED_PER_DAY = 15
TOKEN_CODES = frozenset({40001, 40014, 42001})  # invalid, malformed, expired (unverified)
BUSY_CODES = frozenset({-1})  # (unverified): nothing was done
REASONS = {
    43004: "blocked",  # does not follow the account
    43101: "blocked",  # refused the message (unverified)
    40003: "blocked",  # no such openid (unverified)
    45009: "quota",  # the day's calls are used up (unverified)
    45011: "quota",  # too often
    40037: "template",  # no such template (unverified)
    47003: "template",  # a field of the template is wrong (unverified)
    48001: "refused",  # the account has no right to this
    40164: "refused",  # our address is not on the account's list (unverified)
}
ENDED = {"success": "", "failed:user block": "blocked", "failed: system failed": "refused"}  # of TEMPLATESENDJOBFINISH


def is_fresh(expires_at: datetime | None, moment: datetime) -> bool:
    """Return whether a token need not be renewed yet."""
    return expires_at is not None and expires_at - moment > RENEW_BEFORE


def is_usable(expires_at: datetime | None, moment: datetime) -> bool:
    """Return whether a token still works."""
    return expires_at is not None and expires_at > moment


def reason_of(code: int) -> str:
    """Return why a message was not taken."""
    return REASONS.get(code, "refused")
