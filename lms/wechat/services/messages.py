"""Template messages to who follows the account (模板消息)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from lms.wechat.gateways import send_template
from lms.wechat.models import WeChatAccount
from lms.wechat.services.tokens import with_token

LONGEST_FIELD = 20  # of a template's field of type thing; longer ones are refused


@dataclass(frozen=True, slots=True)
class Template:
    """A message: the platform's number of its template, its fields, where a tap leads."""

    number: str
    fields: dict[str, str]
    link: str


def followers(user_ids: Iterable[int]) -> dict[int, str]:
    """Return the openids of accounts that are bound and follow (可送达的微信用户)."""
    terms = settings.WECHAT
    found = WeChatAccount.objects.filter(appid=terms["appid"], user__in=list(user_ids), follows=True)
    return dict(found.order_by("-pk").values_list("user_id", "openid"))


def send_to(openid: str, message: Template, key: UUID) -> str:
    """Send a message, return its msgid; the platform drops a second one of the same key within ten minutes.

    Raises WeChatError, WeChatDownError, WeChatUnreachedError.
    """
    told = {
        "touser": openid,
        "template_id": message.number,
        "url": message.link,
        "client_msg_id": key.hex,
        "data": {name: {"value": value} for name, value in message.fields.items()},
    }
    return with_token(lambda access: send_template(access, told))
