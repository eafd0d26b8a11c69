"""Tables of the timetable and of the broadcasts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from lms.access.rules import Scope
from lms.classes.models import TrainingClass
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.rules import amounts, lifecycle, recorders
from lms.planning.rules import StudyTerms


class LiveSession(models.Model):
    """直播课: an entry of a class's timetable that is taught live. Every change of it is in the operation log."""

    class State(models.TextChoices):
        """状态: 未开始 → 候课中 → 直播中 ⇄ 直播中断 → 已结束；开播前可取消."""

        SCHEDULED = lifecycle.SCHEDULED, lifecycle.STATE_NAMES[lifecycle.SCHEDULED]
        OPEN = lifecycle.OPEN, lifecycle.STATE_NAMES[lifecycle.OPEN]
        LIVE = lifecycle.LIVE, lifecycle.STATE_NAMES[lifecycle.LIVE]
        INTERRUPTED = lifecycle.INTERRUPTED, lifecycle.STATE_NAMES[lifecycle.INTERRUPTED]
        ENDED = lifecycle.ENDED, lifecycle.STATE_NAMES[lifecycle.ENDED]
        CANCELLED = lifecycle.CANCELLED, lifecycle.STATE_NAMES[lifecycle.CANCELLED]

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.PROTECT, related_name="live_sessions")
    lesson_uid = models.UUIDField("课时", null=True)  # of the class's course: what it teaches and what counts
    title = models.CharField("标题", max_length=60)
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("计划结束")
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="主讲教师")
    assistants = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", verbose_name="助教")
    state = models.CharField("状态", max_length=11, choices=State, default=State.SCHEDULED)
    reason = models.CharField("变更或取消的原因", max_length=200, blank=True)
    began_at = models.DateTimeField("开播", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    reminded_at = models.DateTimeField("提醒时间", null=True)
    key_number = models.PositiveSmallIntegerField("推流码序号", default=0)  # a new one ends all keys before it
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="live_times_in_order"),
            models.CheckConstraint(
                condition=~Q(state__in=["live", "interrupted"]) | Q(began_at__isnull=False), name="live_has_begun"
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(ended_at__isnull=False), name="live_ended_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["training_class", "lesson_uid"],
                name="live_lesson_once",
                condition=~Q(state="cancelled") & (~Q(state="ended") | Q(began_at__isnull=False)),
            ),  # one that was cancelled or that nobody came to may be given again
        ]
        indexes = [
            models.Index(fields=["training_class", "starts_at"], name="live_class_start"),
            models.Index(fields=["teacher", "starts_at"], name="live_teacher_start"),
            models.Index(fields=["state", "ends_at"], name="live_state_end"),
        ]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.training_class.access_scope()

    @property
    def terms(self) -> StudyTerms:
        """Return the numbers of its class."""
        return self.training_class.study_terms()

    @property
    def opens_at(self) -> datetime:
        """Return from when its door is open (开门时间)."""
        return lifecycle.opens_at(self.starts_at, self.terms.live_door_minutes)

    @property
    def is_over(self) -> bool:
        """Return whether it ended or was cancelled."""
        return self.state in lifecycle.OVER

    @property
    def is_missed(self) -> bool:
        """Return whether its time went by without a picture (未开课)."""
        return self.state == lifecycle.ENDED and self.began_at is None

    @property
    def state_name(self) -> str:
        """Return where it stands, in words."""
        return "未开课" if self.is_missed else lifecycle.STATE_NAMES[self.state]


class Broadcast(models.Model):
    """推流段: one run of the encoder. A long drop, a reload or a killed process begins another; players see one stream."""

    class Source(models.TextChoices):
        """画面来源."""

        CAMERA = recorders.CAMERA, recorders.SOURCES[recorders.CAMERA]
        SCREEN = recorders.SCREEN, recorders.SOURCES[recorders.SCREEN]
        SOUND = recorders.SOUND, recorders.SOURCES[recorders.SOUND]
        SOFTWARE = recorders.SOFTWARE, recorders.SOFTWARE_NAME

    class End(models.TextChoices):
        """结束方式."""

        FINISHED = "finished", "教师结束"
        LOST = "lost", "连接中断"
        BROKEN = "broken", "编码程序退出"
        REPLACED = "replaced", "重新开播或换设备"
        TOO_MUCH = amounts.TOO_MUCH, "码率太高"
        NO_SPACE = amounts.NO_SPACE, "磁盘空间不足"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(LiveSession, models.PROTECT, related_name="broadcasts")
    number = models.PositiveSmallIntegerField("序号")
    source = models.CharField("画面来源", max_length=6, choices=Source)
    is_encoded = models.BooleanField("重新编码画面")
    feed = models.CharField("推流名", max_length=60, blank=True)  # at the media server, of who publishes there
    started_at = models.DateTimeField("开始", default=clock.now)
    heard_at = models.DateTimeField("最近收到数据", default=clock.now)
    ended_at = models.DateTimeField("结束时间", null=True)
    end = models.CharField("结束方式", max_length=8, choices=End, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="broadcast_number_once"),
            models.UniqueConstraint(
                fields=["session"], condition=Q(ended_at__isnull=True), name="broadcast_one_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["ended_at", "heard_at"], name="broadcast_heard")]
