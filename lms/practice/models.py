"""Tables of practice at a place. All of them only grow: a change is a new step, a correction a new list."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from attendance.models import HoursEntry
from lms.access.rules import Scope
from lms.classes.models import Enrolment, TrainingClass
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import SealedFile
from lms.people.models import WordedEvidence
from lms.practice.rules import places, presence
from lms.practice.rules.codes import IN, OUT


class PracticeSession(models.Model):
    """实操课次: an entry of a class's timetable. Where and when it is, its newest step says."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.PROTECT, related_name="practice_sessions")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField(default=clock.now)

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.training_class.access_scope()


class TimetableStep(models.Model):
    """课次安排: what holds of a session from now on, until the next step. Append-only; frozen once somebody signed."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(PracticeSession, models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField("序号")
    lesson_uid = models.UUIDField("课时")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    place = models.CharField("地点", max_length=80)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    radius_m = models.PositiveIntegerField("半径（米）", null=True)
    teacher = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="实操教师")
    capacity = models.PositiveSmallIntegerField("人数上限")
    is_cancelled = models.BooleanField("已取消", default=False)
    reason = models.CharField("变更原因", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "number"], name="timetable_step_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="timetable_step_in_order"),
        ]

    def hours(self) -> presence.Hours:
        """Return from when until when, in ms."""
        return presence.Hours(int(self.starts_at.timestamp() * 1000), int(self.ends_at.timestamp() * 1000))

    def point(self) -> places.Point | None:
        """Return where it is, if somebody said."""
        if self.latitude is None or self.longitude is None:
            return None
        return places.Point(float(self.latitude), float(self.longitude))


class Signature(models.Model):
    """签到与签退: somebody's own code from the screen at the place. Append-only. The point is not kept, nor the address."""

    class Way(models.TextChoices):
        """方向."""

        IN = IN, "签到"
        OUT = OUT, "签退"

    class Method(models.TextChoices):
        """方式."""

        SCAN = "scan", "扫码"
        TYPED = "typed", "输入数字"

    class Place(models.TextChoices):
        """位置结论."""

        INSIDE = places.INSIDE, "在实操地点"
        OUTSIDE = places.OUTSIDE, "不在实操地点"
        UNCLEAR = places.UNCLEAR, "定位不够准"
        WITHHELD = places.WITHHELD, "没有提供位置"
        NOT_ASKED = places.NOT_ASKED, "本次课没有要求位置"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(PracticeSession, models.PROTECT, related_name="signatures")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    way = models.CharField("方向", max_length=3, choices=Way)
    step = models.BigIntegerField("签到码序号")
    method = models.CharField("方式", max_length=5, choices=Method)
    at_ms = models.BigIntegerField()
    place = models.CharField("位置结论", max_length=9, choices=Place)
    distance_m = models.PositiveIntegerField("距离（米）", null=True)
    accuracy_m = models.PositiveIntegerField("定位误差（米）", null=True)
    device = models.CharField("设备标记", max_length=40, blank=True, db_index=True)
    address = models.CharField("地址标记", max_length=40, blank=True)
    network = models.CharField("网段", max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "enrolment", "way", "step"], name="signature_once_per_code")
        ]
        indexes = [models.Index(fields=["enrolment", "session"], name="signature_enrolment")]

    @property
    def signed_at(self) -> datetime:
        """Return when it was signed."""
        return clock.from_ms(self.at_ms)


class PresenceList(WordedEvidence):
    """到场名单: who was there from when until when, as the teacher or a signed sheet says, and why anew. Append-only."""

    class Source(models.TextChoices):
        """来源."""

        SCANS = "scans", "扫码签到"
        SHEET = "sheet", "签到表"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(PracticeSession, models.PROTECT, related_name="lists")
    number = models.PositiveSmallIntegerField("序号")
    source = models.CharField("来源", max_length=5, choices=Source)
    needs_second = models.BooleanField("须复核")
    paper = models.ForeignKey(SealedFile, models.PROTECT, null=True, related_name="+", verbose_name="签字原件")
    paper_sha256 = models.CharField("原件校验值", max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "number"], name="presence_list_once")]


class PresenceMark(WordedEvidence):
    """到场确认: one person of a list, and why absent or by what known. Append-only."""

    class Presence(models.TextChoices):
        """到场情况."""

        PRESENT = presence.PRESENT, "到场"
        LATE = presence.LATE, "迟到"
        LEFT_EARLY = presence.LEFT_EARLY, "早退"
        PARTLY = presence.PARTLY, "迟到并早退"
        ABSENT = presence.ABSENT, "缺席"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    presence_list = models.ForeignKey(PresenceList, models.PROTECT, related_name="marks")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    presence = models.CharField("到场情况", max_length=10, choices=Presence)
    begin_ms = models.BigIntegerField(null=True)
    end_ms = models.BigIntegerField(null=True)
    is_witnessed = models.BooleanField("本人签到可证")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["presence_list", "enrolment"], name="presence_mark_once"),
            models.CheckConstraint(
                condition=Q(presence=presence.ABSENT, begin_ms=None, end_ms=None) | Q(end_ms__gt=F("begin_ms")),
                name="presence_mark_in_order",
            ),
        ]
        indexes = [models.Index(fields=["enrolment"], name="presence_mark_enrolment")]


class ListDecision(WordedEvidence):
    """名单复核: who confirmed a list, or sent it back, and the opinion. Append-only."""

    class Outcome(models.TextChoices):
        """结论."""

        CONFIRMED = "confirmed", "已确认"
        RETURNED = "returned", "已退回"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    presence_list = models.OneToOneField(PresenceList, models.PROTECT, related_name="decision")
    outcome = models.CharField("结论", max_length=9, choices=Outcome)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)


class PracticeResult(models.Model):
    """实操学时认定: what a confirmed mark gave, and what of it was not counted and why. Append-only.

    `uncounted`: pairs of a reason (online, window, cap, full, below) and ms.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    mark = models.OneToOneField(PresenceMark, models.PROTECT, related_name="result")
    entry = models.OneToOneField(HoursEntry, models.PROTECT, null=True, related_name="+")
    uncounted = models.JSONField("未计入", default=list)
    at = models.DateTimeField(default=clock.now)
