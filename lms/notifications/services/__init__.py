"""Telling people, and noting that they have read it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from lms.access.rules import Actor
from lms.kernel import clock
from lms.notifications.models import Notice
from lms.notifications.queries import notices_of, own_notice
from lms.notifications.rules import LONGEST_TEXT, LONGEST_TITLE, Message, shortened
from lms.notifications.services.queueing import queue_deliveries
from lms.people.models import Person, User


def tell_users(user_ids: Iterable[int | None], message: Message) -> None:
    """Tell accounts, in the transaction of the deed: what is undone was never told (通知账号). Told twice, it stands once.

    What goes out besides is queued in the same transaction.
    """
    moment = clock.now()
    named = sorted({one for one in user_ids if one is not None})
    Notice.objects.bulk_create(
        (
            Notice(
                user_id=user_id,
                kind=message.kind,
                subject=message.subject,
                key=message.key,
                title=shortened(message.title, LONGEST_TITLE),
                text=shortened(message.text, LONGEST_TEXT),
                at=moment,
            )
            for user_id in named
        ),
        ignore_conflicts=True,
        batch_size=500,
    )
    queue_deliveries(message, named, moment)


def tell_persons(person_ids: Iterable[int | None], message: Message) -> None:
    """Tell people, at every account of theirs (通知本人)."""
    named = {one for one in person_ids if one is not None}
    tell_users(User.objects.filter(person_id__in=named).values_list("pk", flat=True), message)


@transaction.atomic
def mark_read(*, notice: UUID, actor: Actor) -> Notice:
    """Note that a notice was read; the same one at the person's other accounts is read, too (标为已读)."""
    held = own_notice(actor, notice)
    accounts = Q(user_id=actor.user_id)
    if actor.person_id is not None:
        accounts |= Q(user__in=User.objects.filter(person_id=actor.person_id))
    Notice.objects.filter(accounts, key=held.key, read_at=None).update(read_at=clock.now())
    return held


def mark_all_read(*, actor: Actor) -> int:
    """Note that all was read; return how many had not been (全部标为已读)."""
    return notices_of(actor, unread=True).order_by().update(read_at=clock.now())


def forget_notices(person: Person) -> None:
    """Delete what a person was told (清除消息): their records are past their keeping."""
    Notice.objects.filter(user__person=person).delete()
