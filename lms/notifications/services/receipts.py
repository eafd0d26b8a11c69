"""What a channel tells later: that a message arrived, or did not (回执)."""

from __future__ import annotations

from lms.kernel import clock
from lms.notifications.models import Delivery
from lms.notifications.rules.delivery import WECHAT

State = Delivery.State


def note_receipt(provider_id: str, reason: str) -> int:
    """Note how a message of WeChat ended; return how many deliveries it carried. Told again, it changes nothing."""
    carried = Delivery.objects.filter(channel=WECHAT, provider_id=provider_id, state=State.SENT)
    if reason:
        return carried.update(state=State.GIVEN_UP, reason=reason)
    return carried.update(state=State.DELIVERED, delivered_at=clock.now())
