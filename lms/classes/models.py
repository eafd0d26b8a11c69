"""Tables of training classes, rosters and enrolments."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from courses.models import CourseVersion
from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.sealing import SealedField
from lms.organisations.models import Organisation
from lms.people.models import DocumentType, Person
from lms.planning.models import Programme, StudyPolicy
from lms.planning.rules import StudyTerms


class TrainingClass(models.Model):
    """班级: a course version taught to a roster under a programme.

    Version and policy are frozen when it is approved.
    """

    class State(models.TextChoices):
        """班级状态: 起草 → 待审核 → 退回 | 已批准 → 已结班."""

        DRAFT = "draft", "起草中"
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        OPEN = "open", "已开班"
        CLOSED = "closed", "已结班"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    number = models.CharField("开班编号", max_length=30, unique=True, null=True, blank=True)
    name = models.CharField("班级名称", max_length=80)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="training_classes", verbose_name="培训项目")
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    course_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="+", verbose_name="课程版本")
    teacher = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="任课教师"
    )
    starts_on = models.DateField("开班日期")
    ends_on = models.DateField("结束日期")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(StudyPolicy, models.PROTECT, null=True, related_name="+", verbose_name="学时认定政策")
    frozen_terms = models.JSONField("批准时的口径", null=True)
    created_at = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="class_dates_in_order"),
            models.CheckConstraint(
                condition=~Q(state__in=["open", "closed"]) | Q(policy__isnull=False, frozen_terms__isnull=False),
                name="class_open_has_frozen_policy",
            ),
        ]
        indexes = [models.Index(fields=["institution", "state"], name="class_institution_state")]

    def __str__(self) -> str:
        return self.name

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id, department_id=self.programme.department_id)

    def study_terms(self) -> StudyTerms:
        """Return the frozen numbers; only an approved class has them."""
        if self.frozen_terms is None:
            raise ValueError("the class is not approved yet")
        return StudyTerms.from_json(self.frozen_terms)


class ClassDecision(models.Model):
    """开班审批意见: one step of a class's approval. Append-only."""

    class Kind(models.TextChoices):
        """步骤."""

        SUBMITTED = "submitted", "提交"
        RETURNED = "returned", "退回"
        APPROVED = "approved", "批准"
        CLOSED = "closed", "结班"
        UPGRADED = "upgraded", "课程换版"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    opinion = models.CharField("意见", max_length=500, blank=True)


class VersionUpgrade(models.Model):
    """课程换版: a running class is to go on with a newer version of its course; proposed by one, decided by another."""

    class State(models.TextChoices):
        """状态."""

        PROPOSED = "proposed", "待审核"
        APPROVED = "approved", "已换版"
        RETURNED = "returned", "已退回"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.PROTECT, related_name="upgrades")
    from_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="+", verbose_name="原版本")
    to_version = models.ForeignKey(CourseVersion, models.PROTECT, related_name="+", verbose_name="新版本")
    reason = models.CharField("理由", max_length=500)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    opinion = models.CharField("意见", max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["training_class"], condition=Q(state="proposed"), name="version_upgrade_open_once"
            )
        ]


class RosterRow(models.Model):
    """花名册行: a person whom the institution named for the class, before the person has signed up."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.CASCADE, related_name="roster")
    row_number = models.PositiveIntegerField("行号")
    name = models.CharField("姓名", max_length=50)
    document_type = models.CharField("证件类型", max_length=30, choices=DocumentType, default=DocumentType.RESIDENT_ID)
    document_number = SealedField("证件号码")
    document_index = models.CharField(max_length=40, db_index=True)
    phone_sealed = SealedField("手机号", null=True)
    category_code = models.CharField("人员类别", max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["training_class", "document_index"], name="roster_once_per_document"),
        ]


class Enrolment(models.Model):
    """学籍: a person in a class. Hours, quizzes and completion hang on it."""

    class State(models.TextChoices):
        """学籍状态."""

        ACTIVE = "active", "在学"
        WITHDRAWN = "withdrawn", "已退学"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    training_class = models.ForeignKey(TrainingClass, models.PROTECT, related_name="enrolments")
    person = models.ForeignKey(Person, models.PROTECT, related_name="enrolments")
    roster_row = models.OneToOneField(RosterRow, models.PROTECT, null=True, related_name="enrolment")
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    enrolled_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["training_class", "person"], name="enrolment_once_per_class")]
        indexes = [models.Index(fields=["person", "state"], name="enrolment_person_state")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        whole = self.training_class.access_scope()
        owner = self.person.owner_id  # of a record that was merged into another: whose it is now
        return Scope(institution_id=whole.institution_id, department_id=whole.department_id, person_id=owner)
