"""What the platform tells us: proven, taken once, answered at once, worked on by a worker (服务器回调).

The platform waits 5 seconds and then tells again, three times in all: the door only verifies and writes one row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from lms.kernel import clock
from lms.kernel.errors import ForbiddenError
from lms.kernel.jobs import enqueue_on_commit
from lms.wechat.models import WeChatAccount, WeChatEvent
from lms.wechat.rules import ENDED
from lms.wechat.rules.callbacks import UnreadableError, callback_of, elements
from lms.wechat.rules.crypto import SealError, opened
from lms.wechat.rules.signing import is_signed, is_timely

KEPT = timedelta(days=30)
MOST_BYTES = 100_000
AFTER_MESSAGE: list[str] = []


class CallbackRefusedError(ForbiddenError):
    """It does not come from the platform, or is too old (回调不可信). Nothing tells which."""

    code = "callback_refused"

    def __init__(self) -> None:
        super().__init__("这个请求不是微信发来的，已拒绝。")


def when_message_ended(function: str) -> None:
    """Have `function(msgid, reason)` called when a template message arrived (no reason) or did not; higher apps name theirs."""
    if function not in AFTER_MESSAGE:
        AFTER_MESSAGE.append(function)


def proven(query: Mapping[str, str], *sealed: str) -> None:
    """Pass what the platform signed within the window. Raises CallbackRefusedError."""
    token = settings.WECHAT["token"]
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    signature = query.get("msg_signature" if sealed else "signature", "")
    signed = is_signed(signature, token, timestamp, nonce, *sealed)
    if not (token and signed and is_timely(timestamp, clock.now())):
        raise CallbackRefusedError


def answer_handshake(query: Mapping[str, str]) -> str:
    """Return what the platform wants to hear when the address is set up. Raises CallbackRefusedError."""
    proven(query)
    return query.get("echostr", "")[:200]


def take_callback(query: Mapping[str, str], body: bytes) -> bool:
    """Keep a callback once and hand it to a worker; return whether it is new. Raises CallbackRefusedError."""
    terms = settings.WECHAT
    try:
        sealed = elements(body if len(body) <= MOST_BYTES else b"").get("Encrypt", "")
        proven(query, sealed)
        told = callback_of(opened(sealed, encoding_key=terms["aes_key"], appid=terms["appid"]))
    except (UnreadableError, SealError) as error:
        raise CallbackRefusedError from error
    return keep(told.key, told.openid, told.kind, told.told)


@transaction.atomic
def keep(key: str, openid: str, kind: str, told: dict[str, str]) -> bool:
    """Write an event that was not written yet."""
    fresh = WeChatEvent(key=key, openid=openid, kind=kind, told=told)
    WeChatEvent.objects.bulk_create([fresh], ignore_conflicts=True)
    if not WeChatEvent.objects.filter(uid=fresh.uid).exists():
        return False
    enqueue_on_commit("lms.wechat.tasks.handle", event=str(fresh.uid))
    return True


@transaction.atomic
def handle_event(uid: UUID) -> None:
    """Do what follows from an event, once."""
    event = WeChatEvent.objects.select_for_update().get(uid=uid)
    if event.handled_at is not None:
        return
    event.handled_at = clock.now()
    event.save(update_fields=["handled_at"])
    if event.kind in FOLLOWS:
        note_following(event.openid, follows=FOLLOWS[event.kind])
    elif event.kind == "TEMPLATESENDJOBFINISH":
        note_end(event.told)


FOLLOWS = {"subscribe": True, "unsubscribe": False}


def note_following(openid: str, *, follows: bool) -> None:
    """Note that somebody follows the account, or no longer does."""
    WeChatAccount.objects.update_or_create(
        appid=settings.WECHAT["appid"], openid=openid, defaults={"follows": follows, "seen_at": clock.now()}
    )


def note_end(told: Mapping[str, str]) -> None:
    """Tell whoever sent a message how it ended."""
    reason = ENDED.get(told.get("Status", ""), "refused")
    for name in AFTER_MESSAGE:
        follow: Callable[[str, str], object] = import_string(name)
        follow(told.get("MsgID", ""), reason)


def purge_events(moment: datetime) -> int:
    """Delete events past their month; return how many. For the ticker."""
    return WeChatEvent.objects.filter(at__lt=moment - KEPT).delete()[0]
