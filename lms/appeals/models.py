"""Tables of appeals: where each stands, and its steps, which are the evidence."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from attendance.models import HoursEntry
from lms.access.rules import Scope
from lms.classes.models import Enrolment
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import SealedFile
from lms.people.models import WordedEvidence


class HoursAppeal(models.Model):
    """学时申诉: one learner's appeal of one withheld entry, and where it stands. What was said and done are its steps."""

    class State(models.TextChoices):
        """处理状态."""

        FILED = "filed", "待审核"
        PROPOSED = "proposed", "待复核"
        GRANTED = "granted", "申诉成立"
        REFUSED = "refused", "申诉不成立"
        WITHDRAWN = "withdrawn", "已撤回"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    entry = models.OneToOneField(HoursEntry, models.PROTECT, related_name="appeal")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.FILED)
    filed_at = models.DateTimeField("提出时间", default=clock.now)
    moved_at = models.DateTimeField("最近办理", default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["state", "filed_at"], name="hours_appeal_queue"),
            models.Index(fields=["enrolment"], name="hours_appeal_enrolment"),
        ]

    @property
    def number(self) -> str:
        """Return the number by which people speak of it (申诉编号)."""
        return f"SS-{clock.local(self.filed_at).year}-{self.pk:05}"

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.enrolment.access_scope()


class AppealStep(WordedEvidence):
    """申诉步骤: what somebody did or said in an appeal. Append-only; `answers` is the proposal that it answers.

    `entry`: what is appealed, in the first step; `restored`: what was given back, in the last. Of a file its hash stays
    when the file itself is gone.
    """

    class Kind(models.TextChoices):
        """步骤."""

        FILED = "filed", "提出申诉"
        WITHDRAWN = "withdrawn", "撤回申诉"
        PROPOSED = "proposed", "提出审核意见"
        CONFIRMED = "confirmed", "复核同意"
        RETURNED = "returned", "复核退回"

    class Outcome(models.TextChoices):
        """意见."""

        GRANTED = "granted", "成立"
        REFUSED = "refused", "不成立"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    appeal = models.ForeignKey(HoursAppeal, models.PROTECT, related_name="steps")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("步骤", max_length=10, choices=Kind)
    entry = models.ForeignKey(HoursEntry, models.PROTECT, null=True, related_name="+")
    answers = models.ForeignKey("self", models.PROTECT, null=True, related_name="answered")
    outcome = models.CharField("意见", max_length=10, choices=Outcome, blank=True)
    file = models.ForeignKey(SealedFile, models.PROTECT, null=True, related_name="+", verbose_name="附件")
    file_sha256 = models.CharField("附件校验值", max_length=64, blank=True)
    restored = models.OneToOneField(HoursEntry, models.PROTECT, null=True, related_name="+")
    request_key = models.CharField(max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appeal", "number"], name="appeal_step_in_order"),
            models.UniqueConstraint(fields=["answers"], name="appeal_step_answered_once"),
            models.UniqueConstraint(fields=["entry"], condition=Q(kind="filed"), name="appeal_once_per_entry"),
            models.UniqueConstraint(
                fields=["by", "request_key"], condition=~Q(request_key=""), name="appeal_once_per_key"
            ),
        ]
