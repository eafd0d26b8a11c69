"""Asking WeChat who somebody is, inside WeChat (网页授权). Pure. Source: developers.weixin.qq.com, OAuth2 of the 服务号."""

from __future__ import annotations

from urllib.parse import urlencode

AUTHORIZE = "https://open.weixin.qq.com/connect/oauth2/authorize"
BASE = "snsapi_base"  # the openid only, without a page of its own; nothing more is needed to write to somebody
STATE_SECONDS = 300  # a code works as long


def consent_address(*, appid: str, back: str, state: str) -> str:
    """Return where somebody is sent. The order of the fields and the fragment are required; `state`: letters and digits."""
    fields = {"appid": appid, "redirect_uri": back, "response_type": "code", "scope": BASE, "state": state}
    return f"{AUTHORIZE}?{urlencode(fields)}#wechat_redirect"


def is_inside(user_agent: str) -> bool:
    """Return whether a page is opened inside WeChat (微信内打开)."""
    return "MicroMessenger/" in user_agent
