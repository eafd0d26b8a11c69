"""Tables of study sessions, the tape of beats, checks and the hours ledger. Times are ms on the server's clock."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from courses.models import LessonVersion
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.live.models import LiveSession
from lms.people.models import MergeStep, Person


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
    until_check = models.BigIntegerField(default=0)
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


class SessionOrigin(models.Model):
    """会话来源: from which browser and network a session was opened, as keyed marks. Append-only; no address is kept.

    `device`: the mark of the browser's own key; `address`: the mark of the network address; `network`: the part of the
    address that people read, without its end. An empty mark: it was not known.
    """

    session = models.OneToOneField(StudySession, models.PROTECT, primary_key=True, related_name="origin")
    device = models.CharField("设备标记", max_length=40, blank=True, db_index=True)
    address = models.CharField("地址标记", max_length=40, blank=True, db_index=True)
    network = models.CharField("网段", max_length=40, blank=True)


class SessionEnd(models.Model):
    """会话结束: when and why a session ended, and what was acknowledged last. Append-only."""

    session = models.OneToOneField(StudySession, models.PROTECT, primary_key=True, related_name="end")
    at_ms = models.BigIntegerField()
    acked = models.BigIntegerField()
    why = models.CharField(max_length=12)


class Beat(models.Model):
    """心跳: a piece of a person's tape as it was decided. Append-only (A7). On PostgreSQL a table per month of `at`.

    No foreign key holds `person`: a beat is written only together with its seat, whose key it is.
    """

    pk = models.CompositePrimaryKey("person_id", "n")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
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
    """学时台账分录: confirmed or withheld time of a session and a day. Append-only; a correction is a new entry.

    What was withdrawn is below zero and reverses its entry; what was reinstated reverses the withdrawal. What was restored
    reverses what was withheld, is never more, and may be less: its RestoredPieces say of which stretches.
    """

    class Kind(models.TextChoices):
        """类别."""

        CONFIRMED = "confirmed", "已认定"
        WITHHELD = "withheld", "暂不认定"
        RESTORED = "restored", "复核后恢复"
        CORRECTION = "correction", "更正"
        WITHDRAWN = "withdrawn", "查实后撤销"
        REINSTATED = "reinstated", "申诉后恢复"
        OFFLINE = "offline", "线下实操"
        MERGED = "merged", "人员合并时冲销"
        CARRIED = "carried", "人员合并后保留"
        PARTED = "parted", "撤销人员合并时调整"

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
            models.UniqueConstraint(fields=["reverses"], name="hours_entry_reversed_once"),
        ]
        indexes = [models.Index(fields=["enrolment", "kind"], name="hours_entry_enrolment")]


class OfflineInterval(models.Model):
    """线下时段: wall time that an entry credits for practice at a place. Append-only; it never meets the tape (A1)."""

    entry = models.ForeignKey(HoursEntry, models.PROTECT, related_name="intervals")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(end_ms__gt=models.F("start_ms")), name="offline_interval_in_order"
            )
        ]
        indexes = [models.Index(fields=["person", "end_ms"], name="offline_interval_newest")]


class RestoredPiece(models.Model):
    """恢复时段: what of a withheld piece of the tape an entry gives back. Append-only; the piece itself stays withheld.

    `n`: the piece's number on the person's tape; positions and credit in ms.
    """

    entry = models.ForeignKey(HoursEntry, models.PROTECT, related_name="pieces")
    n = models.BigIntegerField()
    from_ms = models.BigIntegerField()
    to_ms = models.BigIntegerField()
    credit = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "n", "from_ms"], name="restored_piece_once"),
            models.CheckConstraint(condition=models.Q(credit__gt=0), name="restored_piece_positive"),
        ]


class MergeEntry(models.Model):
    """合并冲销明细: which ledger entries a merge of two persons made, or its undoing. Append-only."""

    step = models.ForeignKey(MergeStep, models.PROTECT, related_name="+")
    entry = models.OneToOneField(HoursEntry, models.PROTECT, related_name="+")


class MergeTwin(models.Model):
    """合并的重复学籍: a second enrolment in a class, and the one that goes on with its hours and quizzes. Append-only.

    `was_active`: the merge ended it, so undoing opens it again.
    """

    step = models.ForeignKey(MergeStep, models.PROTECT, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="merge_twins")
    home = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    was_active = models.BooleanField("合并前在学")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["step", "enrolment"], name="merge_twin_once")]


class PresenceCheck(models.Model):
    """抽查: one settled check with its answer. Append-only."""

    class Outcome(models.TextChoices):
        """结果."""

        PASSED = "passed", "通过"
        WRONG = "wrong", "答错"
        MISSED = "missed", "未应答"
        RETRIED = "retried", "答错，换题再问"

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

    @property
    def ending(self) -> str:
        """Return how it ended, in words: a face is not answered wrongly."""
        if self.kind == "face" and self.outcome == self.Outcome.WRONG:
            return "人脸核验未通过"
        return str(self.get_outcome_display())


class CheckAsking(models.Model):
    """抽查出题: what a check asked, written when it was first told. Append-only; `expected` is never sent to anybody.

    `shown`: the question as the learner saw it, JSON; its options' ids hold for this check alone. `version`: the version of
    the bank's question. `follows`: the check whose wrong answer it follows, else 0.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey(StudySession, models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    kind = models.CharField("方式", max_length=10)
    version = models.UUIDField("试题版本", null=True)
    shown = models.TextField("题面", blank=True)
    expected = models.TextField("正确答案")
    follows = models.BigIntegerField(default=0)
    asked_ms = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "number"], name="check_asking_once")]


class CheckReply(models.Model):
    """抽查作答: what was answered to a check. Append-only."""

    check_row = models.OneToOneField(PresenceCheck, models.PROTECT, primary_key=True, related_name="reply")
    answer = models.TextField("作答")  # JSON: a word, or ids of options
    is_right = models.BooleanField("是否正确")
    at_ms = models.BigIntegerField()


class LiveRecord(models.Model):
    """直播课考勤记录: what the server holds of a live lesson once it is over. Append-only, one a lesson.

    `spans`: when it was on the air, wall clock in ms (100-200,300-400).
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    live = models.OneToOneField(LiveSession, models.PROTECT, related_name="record")
    spans = models.TextField("在播时段", blank=True)
    on_air_ms = models.BigIntegerField()
    expected = models.PositiveIntegerField("应到人数")
    present = models.PositiveIntegerField("到课人数")
    enough = models.PositiveIntegerField("达到比例人数")
    at = models.DateTimeField(default=clock.now)


class LivePresence(models.Model):
    """直播课到课情况: one learner of a live lesson's record. Append-only. Times in ms; nobody came: no times."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    record = models.ForeignKey(LiveRecord, models.PROTECT, related_name="presences")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    joined_ms = models.BigIntegerField(null=True)
    left_ms = models.BigIntegerField(null=True)
    visits = models.PositiveIntegerField("进入次数")
    credit_ms = models.BigIntegerField()
    present_ms = models.BigIntegerField()
    percent = models.PositiveSmallIntegerField("到课率")
    is_enough = models.BooleanField("达到比例")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "enrolment"], name="live_presence_once")]


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
