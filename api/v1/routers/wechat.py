"""/wechat: what a page inside WeChat needs. Open to everybody: the signature is for our own addresses only."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.views.decorators.cache import never_cache
from ninja import Query, Router
from ninja.decorators import decorate_view

from api.v1.errors import PROBLEMS
from api.v1.schemas.wechat import JsSdkIn, JsSdkOut
from lms.wechat.services import page_config

router = Router(auth=None)


@router.get("/wechat/jssdk", response={200: JsSdkOut, **PROBLEMS}, summary="微信网页签名")
@decorate_view(never_cache)
def jssdk(request: HttpRequest, asked: Query[JsSdkIn]) -> Any:
    """Return what wx.config wants for a page of this platform. Open to everybody."""
    made = page_config(asked.url)
    return {
        "app_id": made.app_id,
        "timestamp": made.timestamp,
        "nonce_str": made.nonce,
        "signature": made.signature,
    }
