"""Reading whom the official account knows."""

from __future__ import annotations

from django.conf import settings

from lms.wechat.models import WeChatAccount


def binding_of(user_id: int) -> WeChatAccount | None:
    """Return the WeChat user that is bound to an account, none without one (微信绑定)."""
    return WeChatAccount.objects.filter(appid=settings.WECHAT["appid"], user=user_id).first()
