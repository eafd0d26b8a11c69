"""Ending letters by a link in them, without signing in (退订)."""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse

from lms.access.rules import Actor
from lms.audit.services import record
from lms.kernel.errors import NotFoundError
from lms.notifications.rules import KINDS
from lms.notifications.services.preferences import write_preferences
from lms.people.models import User

SALT = "notifications.unsubscribe"
GONE = "这个退订链接不完整或已失效。请登录后在“消息设置”里关闭。"


def unsubscribe_link(user: User, channel: str) -> str:
    """Return the address at which an account ends a channel; it names the account by its uid, signed."""
    token = signing.dumps([str(user.uid), channel], salt=SALT, compress=False)
    return settings.WAGTAILADMIN_BASE_URL + reverse("unsubscribe", args=[token])


def unsubscriber(token: str) -> tuple[User, str]:
    """Return whose link it is and of which channel. Raises NotFoundError."""
    try:
        uid, channel = signing.loads(token, salt=SALT)
        return User.objects.get(uid=uid), channel
    except (signing.BadSignature, User.DoesNotExist) as error:
        raise NotFoundError(GONE, code="unsubscribe_link_unknown") from error


@transaction.atomic
def unsubscribe(*, token: str) -> str:
    """End a channel for whoever holds the link, of every kind; return the channel. Once more changes nothing."""
    user, channel = unsubscriber(token)
    write_preferences(user, {(kind, channel): False for kind in KINDS})
    record(Actor(user_id=user.pk, person_id=user.person_id), "notifications.unsubscribed", user, channel=channel)
    return channel
