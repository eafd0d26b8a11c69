"""Tables of what people were told, and of how it went out to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import NumberedPolicy
from lms.notifications.rules import KINDS, LONGEST_KEY, LONGEST_TEXT, LONGEST_TITLE
from lms.notifications.rules.delivery import CHANNELS, REASONS, DeliveryTerms
from lms.notifications.rules.letters import LANGUAGES


class Notice(models.Model):
    """消息: something that an account was told. `subject`: the uid of what it is about."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name="收件账号")
    kind = models.CharField("类别", max_length=30, choices=list(KINDS.items()))
    subject = models.UUIDField("事项")
    key = models.CharField(max_length=LONGEST_KEY)
    title = models.CharField("标题", max_length=LONGEST_TITLE)
    text = models.CharField("正文", max_length=LONGEST_TEXT, blank=True)
    at = models.DateTimeField("时间", default=clock.now)
    read_at = models.DateTimeField("已读时间", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="notice_once_per_key")]
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_newest"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.title


class DeliveryPolicy(NumberedPolicy):
    """通知投递口径: a dated version of when and by which channels notices go out, with its source. Never edited."""

    def delivery_terms(self) -> DeliveryTerms:
        """Return the numbers as plain values."""
        return DeliveryTerms.from_json(self.terms)


class Preference(models.Model):
    """接收偏好: whether an account wants notices of a kind by a channel. Without a row, what the policy sends."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="账号")
    kind = models.CharField("类别", max_length=30, choices=list(KINDS.items()))
    channel = models.CharField("通道", max_length=10, choices=list(CHANNELS.items()))
    is_wanted = models.BooleanField("接收")
    set_at = models.DateTimeField("设置时间", default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "channel"], name="preference_once")]


class LetterLanguage(models.Model):
    """外发消息语言: in which language an account is written to. Without a row, Chinese."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="账号")
    language = models.CharField("语言", max_length=5, choices=list(LANGUAGES.items()))


class Delivery(models.Model):
    """投递: a notice on its way to a person by a channel.

    `recipient` with the notice's key: one event reaches a person once by each channel, however many accounts they have.
    `message_uid`: the message that carries it, with others of the same person; kept through every retry, so that a
    channel that knows it again sends nothing twice. `lease_until`: until when a worker has it.
    """

    class State(models.TextChoices):
        """投递状态."""

        QUEUED = "queued", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发出"
        DELIVERED = "delivered", "已送达"
        FAILED = "failed", "未发出，将重试"
        GIVEN_UP = "given_up", "已放弃"

    OPEN = (State.QUEUED, State.FAILED)

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries", verbose_name="消息")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name="收件账号")
    recipient = models.CharField("收件人", max_length=30)
    key = models.CharField(max_length=LONGEST_KEY)
    channel = models.CharField("通道", max_length=10, choices=list(CHANNELS.items()))
    state = models.CharField("状态", max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    reason = models.CharField("原因", max_length=20, choices=list(REASONS.items()), blank=True)
    message_uid = models.UUIDField(null=True)
    provider_id = models.CharField("通道回执号", max_length=100, blank=True)
    due_at = models.DateTimeField("应发时间")
    lease_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField("第一次发送", null=True)
    created_at = models.DateTimeField("产生时间", default=clock.now)
    sent_at = models.DateTimeField("发出时间", null=True)
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_per_notice"),
            models.UniqueConstraint(fields=["recipient", "key", "channel"], name="delivery_once_per_event"),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["queued", "failed"]), name="delivery_due"),
            models.Index(fields=["message_uid"], name="delivery_message"),
            models.Index(fields=["provider_id"], condition=Q(channel="wechat"), name="delivery_receipt"),
            models.Index(fields=["lease_until"], condition=Q(lease_until__isnull=False), name="delivery_lease"),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
        ]
