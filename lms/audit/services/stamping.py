"""The day's head gets a time stamp of an outside authority; while that is down, the head waits and nothing else does."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from lms.audit.gateways import StampError, authority
from lms.audit.models import HeadStamp, LogHead
from lms.kernel import clock

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=2)
MOST_ATTEMPTS = 12  # about 17 hours; the next day's head covers this one as well


def stamp_due(moment: datetime) -> bool:
    """Have the newest head stamped once a day (每日时间戳), trying again later when it fails. For the ticker.

    Returns whether a stamp was set. Asks for nothing while no authority is configured.
    """
    if not settings.LEDGER_TSA_URL:
        return False
    appoint(moment)
    waiting = HeadStamp.objects.filter(state=HeadStamp.State.WAITING, next_at__lte=moment)
    row = waiting.select_related("head").order_by("day").first()
    if row is None:
        return False
    pause = min(FIRST_PAUSE * 2**row.attempts, LONGEST_PAUSE)
    mine = waiting.filter(pk=row.pk, attempts=row.attempts)
    if not mine.update(attempts=row.attempts + 1, next_at=moment + pause):
        return False  # another ticker was faster
    return ask(row)


def appoint(moment: datetime) -> None:
    """Choose the day's head: the newest when the day's first tick comes."""
    day = clock.local(moment).date()
    newest = LogHead.objects.order_by("-size").first()
    if newest is not None and not HeadStamp.objects.filter(day=day).exists():
        HeadStamp.objects.get_or_create(head=newest, defaults={"day": day, "next_at": moment})


def ask(row: HeadStamp) -> bool:
    """Ask the authority, outside of any transaction, and note how it ended."""
    try:
        token = authority().stamp(row.head.as_rule().stamped())
    except StampError as refusal:
        is_last = row.attempts + 1 >= MOST_ATTEMPTS
        state = HeadStamp.State.FAILED if is_last else HeadStamp.State.WAITING
        HeadStamp.objects.filter(pk=row.pk).update(state=state, error=str(refusal)[:200])
        return False
    HeadStamp.objects.filter(pk=row.pk).update(
        state=HeadStamp.State.STAMPED,
        error="",
        authority=settings.LEDGER_TSA_URL[:200],
        token=token,
        stamped_at=clock.now(),
    )
    return True
