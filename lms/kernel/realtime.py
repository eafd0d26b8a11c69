"""Small news for open screens, sent after COMMIT, by services only. A socket carries news, not truth."""

from __future__ import annotations

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)


def publish_on_commit(group: str, message: dict[str, Any]) -> None:
    """Send `message` (with a `type`) to a group once the transaction is committed."""
    transaction.on_commit(lambda: publish(group, message))


def publish(group: str, message: dict[str, Any]) -> None:
    """Send now. A layer that is down delays news, it must not undo a deed: pages poll as well."""
    try:
        async_to_sync(get_channel_layer().group_send)(group, message)
    except Exception:  # noqa: BLE001 - whatever the layer raises, the deed is committed already
        log.warning("no news to %s: the channel layer is down", group)
