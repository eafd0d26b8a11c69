"""Reading what people were told."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from lms.access.rules import Actor
from lms.kernel.errors import NotFoundError
from lms.notifications.models import Notice


def notices_of(actor: Actor, *, unread: bool = False) -> QuerySet[Notice]:
    """Return an account's notices, the newest first (我的消息)."""
    found = Notice.objects.filter(user_id=actor.user_id or 0).order_by("-pk")
    return found.filter(read_at=None) if unread else found


def unread_count(actor: Actor) -> int:
    """Return how many notices an account has not read (未读条数)."""
    return notices_of(actor, unread=True).count()


def own_notice(actor: Actor, uid: UUID) -> Notice:
    """Return an own notice. Raises NotFoundError for any other."""
    found = notices_of(actor).filter(uid=uid).first()
    if found is None:
        raise NotFoundError("没有找到这条消息，请从消息列表重新进入。", code="notice_not_found")
    return found
