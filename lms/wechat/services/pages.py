"""Signing pages of ours for the JS-SDK (网页签名)."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from lms.kernel import clock
from lms.kernel.errors import InvalidError, NotFoundError
from lms.kernel.ids import readable_code
from lms.wechat.rules import TICKET
from lms.wechat.rules.signing import page_signature, signable
from lms.wechat.services.tokens import token

FOREIGN = "只能为本平台的网页签名，请检查网址。"


@dataclass(frozen=True, slots=True)
class PageConfig:
    """What a page hands to wx.config."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str


def page_config(url: str) -> PageConfig:
    """Return the signature of a page. Raises InvalidError for a page that is not ours, NotFoundError without an account."""
    terms = settings.WECHAT
    if not terms["appid"]:
        raise NotFoundError("本平台没有接入微信公众号。", code="wechat_off")
    schemes = ("https", "http") if settings.DEMO_MODE else ("https",)
    address = signable(url, terms["hosts"], schemes=schemes)
    if address is None:
        raise InvalidError(FOREIGN, fields={"url": FOREIGN}, code="url_not_ours")
    nonce, timestamp = readable_code(16), int(clock.now().timestamp())
    signature = page_signature(ticket=token(TICKET), nonce=nonce, timestamp=timestamp, url=address)
    return PageConfig(terms["appid"], timestamp, nonce, signature)
