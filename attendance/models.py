"""Tables of study sessions, the tape of beats, checks and the hours ledger. Times are ms on the server's clock."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from courses.models import LessonVersion
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.people.models import Person


class Seat(models.Model):
    """学习席位: one row per person, moved by compare-and-set on `ver`. One open session per person is its primary key."""

    person = models.OneToOneField(Person, models.PROTECT, primary_key=True, related_name="+")
    ver = models.BigIntegerField(default=0)
    session = models.BigIntegerField(default=0)
    acked = models.BigIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    n = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    earned = models.BigIntegerField(default=0)
    day = models.BigIntegerField(default=0)
    day_ms = models.BigIntegerField(default=0)
    until_check = models.BigIntegerField(default=600_000)
    check_no = models.BigIntegerField(default=0)
    check_due = models.BigIntegerField(default=0)
    rearms = models.BigIntegerField(default=0)
    reach = models.BigIntegerField(default=0)
    lesson_ms = models.BigIntegerField(default=0)
    covered = models.TextField(default="", blank=True)


class StudySession(models.Model):
    """学习会话: a sitting of a person at a lesson on a device. Never changed; its end is a SessionEnd."""

    class Client(models.TextChoices):
        """终端."""

        PC = "pc", "电脑"
        PHONE = "phone", "手机浏览器"
        WECHAT = "wechat", "微信"
        APP = "app", "手机应用"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    lesson = models.ForeignKey(LessonVersion, models.PROTECT, related_name="+")
    client = models.CharField(max_length=10, choices=Client)
    device = models.CharField("设备", max_length=120, blank=True)
    nonce = models.CharField(max_length=32)
    open_key = models.CharField(max_length=64)
    opened_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "open_key"], name="study_session_once_per_key")]


class SessionEnd(models.Model):
    """会话结束: when and why a session ended, and what was acknowledged last. Append-only."""

    session = models.OneToOneField(StudySession, models.PROTECT, primary_key=True, related_name="end")
    at_ms = models.BigIntegerField()
    acked = models.BigIntegerField()
    why = models.CharField(max_length=12)


class Beat(models.Model):
    """心跳: a piece of a person's tape as it was decided. Append-only (A7)."""

    pk = models.CompositePrimaryKey("person_id", "n")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    n = models.BigIntegerField()
    session = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.BigIntegerField()
    start = models.BigIntegerField()
    credit = models.BigIntegerField()
    lost = models.BigIntegerField()
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()
    why = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(credit__gte=0, lost__gte=0), name="beat_not_negative")]


class LessonProgress(models.Model):
    """课时进度: derived from the tape; filed when a sitting ends (while somebody sits, the seat has it)."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    lesson_uid = models.UUIDField()
    covered = models.TextField(default="", blank=True)
    reach = models.BigIntegerField(default=0)
    credited_ms = models.BigIntegerField(default=0)
    last_ms = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["enrolment", "lesson_uid"], name="lesson_progress_once")]


class HoursEntry(models.Model):
    """学时台账分录: confirmed or withheld time of a session and a day. Append-only; a correction is a new entry."""

    class Kind(models.TextChoices):
        """类别."""

        CONFIRMED = "confirmed", "已认定"
        WITHHELD = "withheld", "暂不认定"
        RESTORED = "restored", "复核后恢复"
        CORRECTION = "correction", "更正"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    session = models.ForeignKey(StudySession, models.PROTECT, null=True, related_name="+")
    lesson_uid = models.UUIDField()
    day = models.DateField()
    ms = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    check_no = models.BigIntegerField(default=0)
    tape_from = models.BigIntegerField(null=True)
    tape_to = models.BigIntegerField(null=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "tape_from"], name="hours_entry_once_per_piece"),
        ]
        indexes = [models.Index(fields=["enrolment", "kind"], name="hours_entry_enrolment")]


class PresenceCheck(models.Model):
    """抽查: one settled check with its answer. Append-only."""

    class Outcome(models.TextChoices):
        """结果."""

        PASSED = "passed", "通过"
        WRONG = "wrong", "答错"
        MISSED = "missed", "未应答"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    session = models.ForeignKey(StudySession, models.PROTECT, related_name="checks")
    number = models.BigIntegerField()
    kind = models.CharField(max_length=10, default="tap")
    outcome = models.CharField(max_length=10, choices=Outcome)
    asked_ms = models.BigIntegerField()
    settled_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="presence_check_once")]


class PackageReport(models.Model):
    """课件自报: what a course package says of itself and wants to find again. Append-only; it credits nothing."""

    class Status(models.TextChoices):
        """自报状态: the words of SCORM 1.2."""

        PASSED = "passed", "已通过"
        COMPLETED = "completed", "已完成"
        FAILED = "failed", "未通过"
        INCOMPLETE = "incomplete", "学习中"
        BROWSED = "browsed", "已浏览"
        UNTOUCHED = "not attempted", "未开始"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    session = models.ForeignKey(StudySession, models.PROTECT, related_name="package_reports")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    lesson_uid = models.UUIDField()
    key = models.CharField(max_length=64)
    status = models.CharField("自报状态", max_length=13, choices=Status)
    score = models.DecimalField("自报得分", max_digits=5, decimal_places=2, null=True)
    location = models.CharField("位置", max_length=255, blank=True)
    suspend_data = models.TextField("续学数据", blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "key"], name="package_report_once_per_key"),
            models.CheckConstraint(
                condition=models.Q(score__isnull=True) | models.Q(score__gte=Decimal(0), score__lte=Decimal(100)),
                name="package_report_score_in_range",
            ),
        ]
        indexes = [models.Index(fields=["enrolment", "lesson_uid", "-id"], name="package_report_newest")]
