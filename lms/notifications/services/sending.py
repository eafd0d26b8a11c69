"""Taking what is due to the channels: handed out by the ticker, sent by workers, each message by one of them.

Nothing is sent inside a transaction. A message whose answer is lost goes out again only where the channel knows it again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.jobs import Lane, enqueue_on_commit
from lms.notifications.models import Delivery
from lms.notifications.queries.deliveries import language_of, policy_on, unwanted_by
from lms.notifications.rules.delivery import SMS, DeliveryTerms, after_quiet, is_quiet, is_stale, next_due, next_morning
from lms.notifications.rules.letters import Item, letter_of
from lms.notifications.services.channels import NotSentError, RefusedError, UnsureError, channel_named

LEASE = timedelta(minutes=15)
MOST = 500  # messages handed out at a tick
LANE = Lane(priority=-10)  # whoever waits in front of a page goes first
State = Delivery.State
log = logging.getLogger(__name__)


def hand_out(moment: datetime) -> int:
    """Give due messages to the workers; return how many. For the ticker (派发)."""
    settle_leases(moment)
    due = Delivery.objects.filter(state__in=Delivery.OPEN, due_at__lte=moment, lease_until=None)
    for recipient, channel in due.filter(message_uid=None).values_list("recipient", "channel").distinct()[:MOST]:
        gather(recipient, channel)
    waiting = due.exclude(message_uid=None).values_list("message_uid", flat=True).distinct()[:MOST]
    return sum(lease(uid, moment) for uid in list(waiting) if uid is not None)


def gather(recipient: str, channel: str) -> None:
    """Put all that waits for a person on a channel into one message, also what is due a little later (合并)."""
    waiting = Delivery.objects.filter(recipient=recipient, channel=channel, state=State.QUEUED, message_uid=None)
    waiting.update(message_uid=new_uid())


@transaction.atomic
def lease(uid: UUID, moment: datetime) -> bool:
    """Give a message to a worker, once."""
    held = Delivery.objects.filter(message_uid=uid, state__in=Delivery.OPEN, lease_until=None)
    if not held.update(lease_until=moment + LEASE):
        return False
    enqueue_on_commit("lms.notifications.tasks.send", lane=LANE, message=str(uid))
    return True


def settle_leases(moment: datetime) -> None:
    """Take back what a worker held too long: what it had not begun is free again, the rest is a lost answer."""
    overdue = Delivery.objects.filter(lease_until__lt=moment)
    overdue.filter(state__in=Delivery.OPEN).update(lease_until=None)
    for uid in set(overdue.filter(state=State.SENDING).values_list("message_uid", flat=True)):
        if uid is not None:
            close_unsure(Delivery.objects.filter(message_uid=uid, state=State.SENDING, lease_until__lt=moment), moment)


def send_message(uid: UUID) -> str:
    """Send a message and note how it ended; return how. A worker that comes second does nothing (发送)."""
    moment = clock.now()
    policy = policy_on(clock.local(moment).date())
    if policy is None:
        return "no_policy"
    terms = policy.delivery_terms()
    if not (may_go(uid, moment, terms) and begin(uid)):
        return "nothing"
    return sent_by_channel(uid, terms)


def may_go(uid: UUID, moment: datetime, terms: DeliveryTerms) -> bool:
    """Drop what need not go any more, put off what must not go now; return whether something is left."""
    rows = Delivery.objects.filter(message_uid=uid, state__in=Delivery.OPEN)
    held = list(rows.select_related("notice"))
    if not held:
        return False
    unwanted = unwanted_by(held[0].user_id)
    for row in held:
        if reason := dropped(row, unwanted, moment, terms):
            rows.filter(pk=row.pk).update(state=State.GIVEN_UP, reason=reason, lease_until=None)
    local = clock.local(moment)
    if is_quiet(local, terms):
        put_off(rows, after_quiet(local, terms))
    elif held[0].channel == SMS and sent_on_day(held[0], local) >= terms.most_sms_per_day:
        put_off(rows, next_morning(local, terms))
    return rows.filter(lease_until__isnull=False).exists()


def put_off(rows: QuerySet[Delivery], due_at: datetime) -> None:
    """Have a message wait; what no channel has seen yet may go with others by then."""
    rows.update(due_at=due_at, lease_until=None)
    rows.filter(attempts=0).update(message_uid=None)


def dropped(row: Delivery, unwanted: set[tuple[str, str]], moment: datetime, terms: DeliveryTerms) -> str:
    """Return why a delivery need not go any more, or nothing."""
    if row.notice.read_at is not None:
        return "read"
    if (row.notice.kind, row.channel) in unwanted:
        return "unwanted"
    return "stale" if is_stale(row.created_at, moment, terms) else ""


def sent_on_day(row: Delivery, local: datetime) -> int:
    """Return how many messages a person got by this channel on this local day."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    same = Delivery.objects.filter(recipient=row.recipient, channel=row.channel, sent_at__gte=midnight)
    return same.values("message_uid").distinct().count()


def begin(uid: UUID) -> bool:
    """Note that a worker is sending now; False where another one is. From here on nobody else sends it."""
    open_rows = Delivery.objects.filter(message_uid=uid, state__in=Delivery.OPEN, lease_until__isnull=False)
    begun_at = Coalesce("begun_at", Value(clock.now(), DateTimeField()))
    return bool(open_rows.update(state=State.SENDING, attempts=F("attempts") + 1, begun_at=begun_at))


def sent_by_channel(uid: UUID, terms: DeliveryTerms) -> str:
    """Send what was begun and note how it ended."""
    rows = Delivery.objects.filter(message_uid=uid, state=State.SENDING)
    held = list(rows.select_related("notice", "user").order_by("pk"))
    language = language_of(held[0].user_id)
    link = settings.WAGTAILADMIN_BASE_URL + reverse("my_notices")
    letter = letter_of([Item(row.notice.kind, row.notice.title, row.notice.text) for row in held], language, link)
    try:
        number = channel_named(held[0].channel).send(held[0].user, letter, language, uid)
    except RefusedError as refusal:
        return close(rows, state=State.GIVEN_UP, reason=refusal.reason)
    except NotSentError:
        return retry(rows, clock.now(), terms)
    except UnsureError:
        return close_unsure(rows, clock.now())
    return close(rows, state=State.SENT, reason="", provider_id=number[:100], sent_at=clock.now())


def close(rows: QuerySet[Delivery], *, state: str, **values: Any) -> str:
    """Note how a message ended, and free it."""
    rows.update(state=state, lease_until=None, **values)
    return state


def retry(rows: QuerySet[Delivery], moment: datetime, terms: DeliveryTerms) -> str:
    """Try again later, or give up after the last attempt."""
    attempts = max(rows.values_list("attempts", flat=True), default=terms.most_attempts)
    due_at = next_due(clock.local(moment), attempts, terms)
    if due_at is None:
        log.warning("a message was given up after %s attempts", attempts)
        return close(rows, state=State.GIVEN_UP, reason="exhausted")
    return close(rows, state=State.FAILED, reason="down", due_at=due_at)


def close_unsure(rows: QuerySet[Delivery], moment: datetime) -> str:
    """Ask again while the channel still knows the message; otherwise nobody risks a second one."""
    row, policy = rows.first(), policy_on(clock.local(moment).date())
    if row is not None and row.begun_at is not None and policy is not None:
        terms = policy.delivery_terms()
        due_at = next_due(clock.local(moment), row.attempts, terms)
        if due_at is not None and due_at - row.begun_at < channel_named(row.channel).known_for:
            return retry(rows, moment, terms)
    return close(rows, state=State.GIVEN_UP, reason="unconfirmed")
