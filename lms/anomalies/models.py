"""Tables of the anomaly queue: policies, cases, flags, steps, measures, runs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.access.rules import Scope
from lms.anomalies.rules.terms import AnomalyTerms
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import NumberedPolicy
from lms.organisations.models import Organisation
from lms.people.models import Person, WordedEvidence


class AnomalyPolicy(NumberedPolicy):
    """线索口径: a dated version of the numbers by which something is called odd, with its source. Never edited."""

    def __str__(self) -> str:
        return f"线索口径第{self.version}版"

    def anomaly_terms(self) -> AnomalyTerms:
        """Return the numbers as plain values."""
        return AnomalyTerms.from_json(self.terms)


class AnomalyCase(models.Model):
    """异常线索案件: all flags about a person, a device or an address, until somebody has decided. Its steps are the evidence.

    Institution and department are those of the classes concerned, if it is one.
    """

    class Subject(models.TextChoices):
        """对象."""

        PERSON = "person", "学员"
        DEVICE = "device", "设备"
        ADDRESS = "address", "网络地址"

    class State(models.TextChoices):
        """处理状态."""

        OPEN = "open", "待核查"
        REVIEWING = "reviewing", "核查中"
        ASKED = "asked", "等待说明"
        RULED = "ruled", "待复核"
        CLOSED = "closed", "已结案"
        APPEALED = "appealed", "申诉中"

    class Outcome(models.TextChoices):
        """结论."""

        ERROR = "error", "误报"
        IRREGULARITY = "irregularity", "违规"
        FRAUD = "fraud", "欺诈"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField("编号", max_length=20, unique=True)
    subject = models.CharField("对象", max_length=10, choices=Subject)
    subject_key = models.CharField(max_length=60)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    department = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField("结论", max_length=12, choices=Outcome, blank=True)
    is_strong = models.BooleanField("强线索", default=False)
    flag_count = models.PositiveIntegerField("线索数", default=0)
    handler = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField("说明期限", null=True)
    opened_at = models.DateTimeField(default=clock.now)
    last_at = models.DateTimeField("最近线索", default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_key"], condition=~Q(state__in=["closed", "appealed"]), name="anomaly_case_open_once"
            )
        ]
        indexes = [models.Index(fields=["state", "-is_strong", "-last_at"], name="anomaly_case_queue")]

    def access_scope(self) -> Scope:
        """Return what it belongs to. The person is no part of it: a case is shown to them in their own words."""
        return Scope(department_id=self.department_id)


class AnomalyFlag(models.Model):
    """异常线索: something odd that a detector saw, with its figures and what would explain it. Append-only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(AnomalyCase, models.PROTECT, related_name="flags")
    key = models.CharField("线索键", max_length=160, unique=True)
    kind = models.CharField("类型", max_length=20)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    week = models.DateField("所在周")
    seen = models.CharField("看到什么", max_length=300)
    compared = models.CharField("与什么比较", max_length=300)
    innocent = models.CharField("可能的正常原因", max_length=300)
    figures = models.JSONField("数值", default=list)
    evidence = models.JSONField("证据", default=dict)
    policy = models.ForeignKey(AnomalyPolicy, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["kind"], name="anomaly_flag_kind")]


class CaseStep(WordedEvidence):
    """办理步骤: what somebody did or said in a case. Append-only; `answers` is the step that it answers.

    Whoever is asked, or whom an outcome concerns, is `person` or `institution`.
    """

    class Kind(models.TextChoices):
        """步骤."""

        TAKEN = "taken", "开始核查"
        ASKED = "asked", "要求说明"
        STATED = "stated", "提交说明"
        RULED = "ruled", "提出结论"
        CONFIRMED = "confirmed", "复核同意"
        REFUSED = "refused", "复核退回"
        APPEALED = "appealed", "提出申诉"
        UPHELD = "upheld", "维持原结论"
        GRANTED = "granted", "申诉成立"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    case = models.ForeignKey(AnomalyCase, models.PROTECT, related_name="steps")
    kind = models.CharField("步骤", max_length=10, choices=Kind)
    answers = models.ForeignKey("self", models.PROTECT, null=True, related_name="answered")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("结论", max_length=12, choices=AnomalyCase.Outcome, blank=True)
    due_on = models.DateField("期限", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["answers"],
                condition=Q(kind__in=["stated", "confirmed", "refused", "upheld", "granted"]),
                name="case_step_answered_once",
            ),
            models.UniqueConstraint(
                fields=["answers", "person"], condition=Q(kind="appealed"), name="case_step_appealed_once_by_person"
            ),
            models.UniqueConstraint(
                fields=["answers", "institution"], condition=Q(kind="appealed"), name="case_step_appealed_once_by_unit"
            ),
        ]
        indexes = [
            models.Index(fields=["person", "kind"], name="case_step_person"),
            models.Index(fields=["institution", "kind"], name="case_step_institution"),
        ]


class Measure(models.Model):
    """处理措施: what follows from an outcome, as proposed with it. In force once confirmed. Append-only."""

    class Kind(models.TextChoices):
        """措施."""

        WITHDRAW = "withdraw", "撤销学时"
        BAR = "bar", "限期不得报名"
        SUSPEND = "suspend", "暂停开班"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    ruling = models.ForeignKey(CaseStep, models.PROTECT, related_name="measures")
    kind = models.CharField("措施", max_length=10, choices=Kind)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    is_whole = models.BooleanField("全部学时", default=False)
    until = models.DateField("截止日期", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="withdraw", person__isnull=False, enrolment__isnull=False, institution=None)
                | Q(kind="bar", person__isnull=False, until__isnull=False, institution=None)
                | Q(kind="suspend", institution__isnull=False, until__isnull=False, person=None),
                name="measure_names_whom_it_hits",
            )
        ]
        indexes = [
            models.Index(fields=["person", "kind"], name="measure_person"),
            models.Index(fields=["institution", "kind"], name="measure_institution"),
        ]


class Withdrawal(models.Model):
    """撤销明细: which ledger entries a measure took back. Append-only; what an appeal gives back reverses these entries."""

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="withdrawals")
    entry = models.OneToOneField("attendance.HoursEntry", models.PROTECT, related_name="+")


class DetectionRun(models.Model):
    """检测记录: one run of the detectors: when, by which policy, and what came of it."""

    policy = models.ForeignKey(AnomalyPolicy, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=clock.now)
    findings = models.PositiveIntegerField("发现")
    flags = models.PositiveIntegerField("新增线索")
