"""Tables of the room of a live lesson: its members, who is there, what was said."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import NumberedPolicy
from lms.live.models.sessions import LiveSession
from lms.live.rules.admission import Place
from lms.live.rules.talking import RoomTerms


class RoomPolicy(NumberedPolicy):
    """课堂互动口径: a dated version of the word list and the numbers of rooms, with its source. Never edited."""

    def room_terms(self) -> RoomTerms:
        """Return them as plain values."""
        return RoomTerms.from_json(self.terms)


class Room(models.Model):
    """直播教室: what all members see of it. `version` counts its changes; whoever missed one asks for what is newer."""

    class Emphasis(models.TextChoices):
        """重点: which of the two is large on members' pages while slides are shown."""

        SLIDES = "slides", "课件"
        PICTURE = "picture", "画面"

    session = models.OneToOneField(LiveSession, models.PROTECT, primary_key=True, related_name="room")
    version = models.PositiveBigIntegerField("版本", default=0)
    is_shut = models.BooleanField("门已关", default=False)
    is_quiet = models.BooleanField("全员禁言", default=False)
    is_count_due = models.BooleanField("待汇总", default=False)  # many did something at once: told within a second
    deck = models.ForeignKey("live.SlideDeck", models.PROTECT, null=True, related_name="+")  # what is shown now
    page = models.PositiveSmallIntegerField("页码", null=True)
    emphasis = models.CharField("重点", max_length=7, choices=Emphasis, default=Emphasis.SLIDES)
    spot = models.JSONField("激光笔位置", null=True)  # [x, y]; comes and goes without a version


class RoomMember(models.Model):
    """教室成员: somebody who came in. Inspectors have no row: nobody can find them here (巡课)."""

    class As(models.TextChoices):
        """课堂身份."""

        TEACHER = Place.TEACHER.value, "老师"
        ASSISTANT = Place.ASSISTANT.value, "助教"
        LEARNER = Place.LEARNER.value, "学员"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    place = models.CharField("身份", max_length=9, choices=As)
    called = models.CharField("称呼", max_length=150)
    came_at = models.DateTimeField("首次进入", default=clock.now)
    is_muted = models.BooleanField("已禁言", default=False)
    hand_at = models.DateTimeField("举手时间", null=True)
    invited_at = models.DateTimeField("邀请发言时间", null=True)
    removed_at = models.DateTimeField("移出时间", null=True)
    removed_reason = models.CharField("移出原因", max_length=200, blank=True)
    version = models.PositiveIntegerField("版本", default=0)
    deeds = models.PositiveIntegerField("参与次数", default=0)  # votes and answers: what one did changes what one reads

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "user"], name="room_member_once"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | ~Q(removed_reason=""), name="room_removed_for_a_reason"
            ),
        ]


class RoomLease(models.Model):
    """在场租约: a process says that a member sits at one of its sockets, and says so again in time."""

    member = models.ForeignKey(RoomMember, models.CASCADE, related_name="leases")
    holder = models.UUIDField("进程")
    until = models.DateTimeField("有效至")
    is_held = models.BooleanField("有连接", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "holder"], name="room_lease_once")]
        indexes = [
            models.Index(fields=["holder", "is_held"], name="room_lease_holder"),
            models.Index(fields=["until"], name="room_lease_until"),
        ]


class RoomMessage(models.Model):
    """课堂消息. One that was deleted keeps its words for the office; members no longer get them."""

    class Kind(models.TextChoices):
        """类别."""

        CHAT = "chat", "聊天"
        ANNOUNCEMENT = "announcement", "公告"
        VOICE = "voice", "语音"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="messages")
    member = models.ForeignKey(RoomMember, models.PROTECT, related_name="messages")
    kind = models.CharField("类别", max_length=12, choices=Kind, default=Kind.CHAT)
    text = models.CharField("内容", max_length=1000)
    sent_at = models.DateTimeField("时间", default=clock.now)
    request_key = models.CharField(max_length=40)
    version = models.PositiveBigIntegerField("版本")
    is_pinned = models.BooleanField("置顶", default=False)
    deleted_at = models.DateTimeField("删除时间", null=True)
    deleted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    delete_reason = models.CharField("删除原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "request_key"], name="room_message_once"),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | ~Q(delete_reason=""), name="room_message_deleted_for_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["session", "version"], name="room_message_version"),
            models.Index(fields=["member", "sent_at"], name="room_message_member"),
        ]
