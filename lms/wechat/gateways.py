"""The official account's server (api.weixin.qq.com). Its errors come with HTTP 200 and an errcode.

Sources: developers.weixin.qq.com getStableAccessToken, getticket, template/send. A timeout for each request, no repetition
here: who asks knows whether it may be repeated.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from lms.kernel.errors import DomainError
from lms.kernel.outside import OutsideError, UnreachedError, ask

TIMEOUT_SECONDS = 5
LONGEST_TOKEN = 2000
DOWN = "微信暂时没有响应，请过几分钟再试。"


class WeChatDownError(DomainError):
    """There is no answer; nobody knows whether the request was worked on (微信无响应)."""

    code = "wechat_down"
    status = 503


class WeChatUnreachedError(WeChatDownError):
    """The request certainly was not worked on."""


class WeChatError(DomainError):
    """The platform refused (微信拒绝). `errcode`: its own."""

    code = "wechat_refused"
    status = 502

    def __init__(self, errcode: int) -> None:
        super().__init__("微信没有接受这次请求，请稍后再试。", errcode=errcode)
        self.errcode = errcode


@dataclass(frozen=True, slots=True)
class Granted:
    """A token and for how many seconds it works."""

    value: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Consented:
    """Who came back from WeChat. `is_snapshot`: a user that WeChat made up for a page that nobody opened in full."""

    openid: str
    unionid: str
    is_snapshot: bool


def answer(path: str, query: dict[str, str], told: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the platform's answer. Raises WeChatError, WeChatDownError, WeChatUnreachedError."""
    address = settings.WECHAT["api"] + path + (f"?{urlencode(query)}" if query else "")
    body = None if told is None else json.dumps(told, ensure_ascii=False).encode()
    try:
        got = ask(address, body=body, headers={"Content-Type": "application/json"}, seconds=TIMEOUT_SECONDS).told()
    except UnreachedError as error:
        raise WeChatUnreachedError(DOWN) from error
    except OutsideError as error:
        raise WeChatDownError(DOWN) from error
    if errcode := got.get("errcode"):
        raise WeChatError(int(errcode) if str(errcode).lstrip("-").isdigit() else 0)
    return got


def granted(got: dict[str, Any], name: str) -> Granted:
    """Return the token of an answer. Raises WeChatDownError for one that has none."""
    value, seconds = got.get(name), got.get("expires_in")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TOKEN or not isinstance(seconds, int):
        raise WeChatDownError(DOWN)
    return Granted(value, seconds)


def stable_token(*, force: bool = False) -> Granted:
    """Return the access token: normally the same as long as it works; forced, a new one that ends it."""
    terms = settings.WECHAT
    told = {"grant_type": "client_credential", "appid": terms["appid"], "secret": terms["secret"]}
    return granted(answer("/cgi-bin/stable_token", {}, told | {"force_refresh": force}), "access_token")


def page_ticket(access_token: str) -> Granted:
    """Return the ticket by which pages are signed."""
    return granted(answer("/cgi-bin/ticket/getticket", {"access_token": access_token, "type": "jsapi"}), "ticket")


def send_template(access_token: str, message: dict[str, Any]) -> str:
    """Send a template message, return its msgid."""
    return str(answer("/cgi-bin/message/template/send", {"access_token": access_token}, message).get("msgid", ""))


def who_consented(code: str) -> Consented:
    """Return whom a code is for; it serves once, for five minutes."""
    terms = settings.WECHAT
    secrets = {"appid": terms["appid"], "secret": terms["secret"]}
    got = answer("/sns/oauth2/access_token", {**secrets, "code": code, "grant_type": "authorization_code"})
    openid = got.get("openid")
    if not isinstance(openid, str) or not 0 < len(openid) <= 64:
        raise WeChatDownError(DOWN)
    return Consented(openid, str(got.get("unionid") or "")[:64], got.get("is_snapshotuser") == 1)


def follows(access_token: str, openid: str) -> bool:
    """Return whether somebody follows the account."""
    return answer("/cgi-bin/user/info", {"access_token": access_token, "openid": openid}).get("subscribe") == 1
