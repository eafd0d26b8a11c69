"""Tables of the official account: its tokens, whom it knows, what it told us."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.sealing import SealedField
from lms.wechat.rules import ACCESS, TICKET

KINDS = [(ACCESS, "接口调用凭据"), (TICKET, "网页签名凭据")]


class WeChatToken(models.Model):
    """公众号凭据: one row per app and kind, read by every process and renewed by one at a time.

    `fetching_until`: until when a process has it to renew; it asks the platform outside any transaction.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    appid = models.CharField(max_length=40)
    kind = models.CharField("种类", max_length=10, choices=KINDS)
    value = SealedField("凭据", null=True)
    expires_at = models.DateTimeField("失效时间", null=True)
    fetching_until = models.DateTimeField(null=True)
    forced_at = models.DateTimeField("上次强制刷新", null=True)
    forced_on = models.DateField(null=True)
    forced_count = models.PositiveSmallIntegerField("当日强制刷新次数", default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appid", "kind"], name="wechat_token_once")]


class WeChatAccount(models.Model):
    """微信用户: somebody as the official account knows them, and the account of ours that they bound to it.

    An openid differs from app to app; the unionid is the same for all apps of one owner.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    appid = models.CharField(max_length=40)
    openid = models.CharField(max_length=64)
    unionid = models.CharField(max_length=64, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="wechat_accounts", verbose_name="绑定账号"
    )
    follows = models.BooleanField("已关注", default=False)
    bound_at = models.DateTimeField("绑定时间", null=True)
    seen_at = models.DateTimeField("最近互动", default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appid", "openid"], name="wechat_account_once"),
            models.UniqueConstraint(fields=["appid", "user"], name="wechat_account_one_of_user"),
        ]


class WeChatEvent(models.Model):
    """微信回调: what the platform told us, once, however often it tells it. Kept for a month."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    key = models.CharField(max_length=200, unique=True)
    openid = models.CharField(max_length=64)
    kind = models.CharField("种类", max_length=50)
    told = models.JSONField("内容", default=dict)
    at = models.DateTimeField("收到时间", default=clock.now, db_index=True)
    handled_at = models.DateTimeField("处理时间", null=True)
