"""Laying a delivery for every channel that a person is reached by: in the transaction of the deed, nothing is sent yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from lms.kernel import clock
from lms.notifications.models import Delivery, Notice, Preference
from lms.notifications.queries.deliveries import policy_on
from lms.notifications.rules import Message
from lms.notifications.rules.delivery import CHANNELS, first_due
from lms.notifications.services.channels import channel_named
from lms.people.models import User

BATCH = 500


def queue_deliveries(message: Message, user_ids: Sequence[int], moment: datetime) -> None:
    """Lay what goes out of a message that accounts were just told (排入投递). Without a policy nothing goes out."""
    policy = policy_on(clock.local(moment).date())
    if policy is None or not user_ids:
        return
    terms = policy.delivery_terms()
    channels = [channel for channel in CHANNELS if message.kind in terms.kinds_by(channel)]
    if not channels:
        return
    due_at = first_due(clock.local(moment), message.kind, terms)
    for start in range(0, len(user_ids), BATCH):
        notices = Notice.objects.filter(user__in=user_ids[start : start + BATCH], key=message.key)
        told = list(notices.select_related("user").order_by("user_id"))
        made = rows(told, channels, due_at, moment)
        Delivery.objects.bulk_create(made, ignore_conflicts=True, batch_size=BATCH)


def rows(told: Sequence[Notice], channels: Iterable[str], due_at: datetime, moment: datetime) -> Iterator[Delivery]:
    """Return the deliveries of these notices: who has an address on the channel, and did not say no."""
    users = [notice.user for notice in told]
    refused = refusals(users, told[0].kind) if told else set()
    for channel in channels:
        reached = channel_named(channel).reachable([user.pk for user in users])
        for notice in told:
            if notice.user_id in reached and (recipient_of(notice.user), channel) not in refused:
                yield Delivery(
                    notice=notice,
                    user=notice.user,
                    recipient=recipient_of(notice.user),
                    key=notice.key,
                    channel=channel,
                    due_at=due_at,
                    created_at=moment,
                )


def recipient_of(user: User) -> str:
    """Return who is reached at an account: the person, whichever account of theirs it is, else the account."""
    return f"person:{user.person_id}" if user.person_id else f"user:{user.pk}"


def refusals(users: Iterable[User], kind: str) -> set[tuple[str, str]]:
    """Return who does not want a kind by which channel, as (recipient, channel)."""
    found = Preference.objects.filter(user__in=users, kind=kind, is_wanted=False).select_related("user")
    return {(recipient_of(one.user), one.channel) for one in found}
