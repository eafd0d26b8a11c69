"""Tables of filing: policies, filings, applications with their rows, steps."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.access.rules import Scope
from lms.catalogue.models import Occupation
from lms.catalogue.rules import LEVEL_CHOICES
from lms.filing.rules.opening import Standing
from lms.filing.rules.terms import FilingTerms
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import NumberedPolicy, SealedFile
from lms.kernel.sealing import SealedField
from lms.organisations.models import Organisation
from lms.people.models import WordedEvidence


class FilingPolicy(NumberedPolicy):
    """机构管理口径: a dated version of the numbers of filing and supervision, with its source. Never edited."""

    def __str__(self) -> str:
        return f"机构管理口径第{self.version}版"

    def filing_terms(self) -> FilingTerms:
        """Return the numbers as plain values."""
        return FilingTerms.from_json(self.terms)


class FilingApplication(models.Model):
    """备案申请: what a unit files, first or again. Once accepted it is what the unit is filed with, and stays as it is.

    `corrections`: what is wrong, by field, as it was returned; the evidence has a digest of the same words.
    """

    class State(models.TextChoices):
        """申请状态."""

        DRAFT = "draft", "填报中"
        SUBMITTED = "submitted", "待初审"
        CHECKED = "checked", "待复核"
        RETURNED = "returned", "退回补正"
        ACCEPTED = "accepted", "已备案"
        WITHDRAWN = "withdrawn", "已撤回"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="filing_applications", verbose_name="单位"
    )
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    address = models.CharField("办公地址", max_length=150, blank=True)
    contact_phone = models.CharField("对外电话", max_length=30, blank=True)
    licence_number = models.CharField("办学许可证编号", max_length=50, blank=True)
    licence_issuer = models.CharField("发证机关", max_length=60, blank=True)
    licence_from = models.DateField("许可起始日期", null=True, blank=True)
    licence_to = models.DateField("许可截止日期", null=True, blank=True)
    corrections = models.JSONField("补正意见", default=dict, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    moved_at = models.DateTimeField("最近办理", default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["draft", "submitted", "checked", "returned"]),
                name="filing_application_open_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "moved_at"], name="filing_application_queue")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.organisation.access_scope()


class FiledOccupation(models.Model):
    """备案目录: an occupation and level that a unit may train for."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    application = models.ForeignKey(FilingApplication, models.CASCADE, related_name="catalogue")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    level = models.PositiveSmallIntegerField("等级", choices=LEVEL_CHOICES)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "occupation", "level"], name="filed_occupation_once")
        ]


class FiledSite(models.Model):
    """培训场地: a place where a unit trains."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    application = models.ForeignKey(FilingApplication, models.CASCADE, related_name="sites")
    name = models.CharField("名称", max_length=60)
    address = models.CharField("地址", max_length=150)
    area_m2 = models.PositiveIntegerField("面积（平方米）")
    seats = models.PositiveSmallIntegerField("工位或座位数")


class FiledTeacher(models.Model):
    """师资: a teacher of a unit, full time or part time; the name is sealed and ends with the papers' keeping."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    application = models.ForeignKey(FilingApplication, models.CASCADE, related_name="teachers")
    name = SealedField("姓名", null=True)
    is_full_time = models.BooleanField("专职")
    subject = models.CharField("任教职业", max_length=60)
    certificate = models.CharField("资格或等级证书", max_length=100)
    trained_on = models.DateField("最近参加师资培训", null=True, blank=True)
    training = models.CharField("师资培训内容", max_length=100, blank=True)


class FiledPaper(models.Model):
    """备案附件: a scan that a unit brings; the file is sealed, of it the digest stays."""

    class Kind(models.TextChoices):
        """附件类别."""

        LICENCE = "licence", "办学许可证"
        REGISTRATION = "registration", "营业执照或登记证书"
        SITE = "site", "场地证明"
        TEACHER = "teacher", "师资证明"
        OTHER = "other", "其他"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    application = models.ForeignKey(FilingApplication, models.CASCADE, related_name="papers")
    kind = models.CharField("类别", max_length=12, choices=Kind)
    file = models.ForeignKey(SealedFile, models.PROTECT, related_name="+", verbose_name="文件")
    file_sha256 = models.CharField("校验值", max_length=64)

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.application.access_scope()


class Filing(models.Model):
    """备案: that a unit is filed, by which application, and how it stands. What was done is its steps."""

    class State(models.TextChoices):
        """备案状态."""

        FILED = "filed", "已备案"
        SUSPENDED = "suspended", "暂停开班"
        EXITED = "exited", "已退出"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="filing", verbose_name="单位")
    number = models.CharField("备案编号", max_length=40, unique=True, null=True, blank=True)
    basis = models.CharField("备案依据", max_length=200)
    state = models.CharField("状态", max_length=10, choices=State, default=State.FILED)
    filed_on = models.DateField("备案日期")
    suspended_until = models.DateField("暂停至", null=True, blank=True)
    rectify_by = models.DateField("整改期限", null=True, blank=True)
    current = models.ForeignKey(FilingApplication, models.PROTECT, null=True, related_name="+", verbose_name="现行材料")
    moved_at = models.DateTimeField("最近办理", default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["state"], name="filing_state")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.organisation.access_scope()

    def standing(self) -> Standing:
        """Return what it says of its unit, as plain values. Load `current` with it."""
        ends = self.current.licence_to if self.current else None
        return Standing(self.state, self.suspended_until, ends, self.rectify_by)


class AgreementText(models.Model):
    """协议文本: a version of the yearly agreement with the undertakings (告知承诺) that a unit gives. Never edited."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    version = models.PositiveSmallIntegerField("版本", unique=True)
    effective_from = models.DateField("生效日期")
    body = models.TextField("正文")
    undertakings = models.JSONField("承诺事项", default=list)
    source = models.CharField("依据", max_length=200)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"协议文本第{self.version}版"


class Agreement(models.Model):
    """年度协议: that a unit and the office signed a version of the text for a year (申报签约)."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="agreements", verbose_name="单位")
    year = models.PositiveSmallIntegerField("年度")
    text = models.ForeignKey(AgreementText, models.PROTECT, related_name="+", verbose_name="协议文本")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField("单位签署", default=clock.now)
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    agreed_at = models.DateTimeField("区办签署", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "year"], name="agreement_once_per_year")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.organisation.access_scope()


class FilingStep(WordedEvidence):
    """备案与监管步骤: what somebody did about a unit's filing. Append-only; `answers` is the step that it answers."""

    class Kind(models.TextChoices):
        """步骤."""

        SUBMITTED = "submitted", "提交备案申请"
        WITHDRAWN = "withdrawn", "撤回备案申请"
        CHECKED = "checked", "初审通过"
        RETURNED = "returned", "退回补正"
        ACCEPTED = "accepted", "复核通过并备案"
        PROPOSED = "proposed", "拟采取措施"
        CONFIRMED = "confirmed", "复核同意措施"
        REFUSED = "refused", "复核退回措施"
        REPORTED = "reported", "提交整改报告"
        SETTLED = "settled", "整改验收通过"
        REJECTED = "rejected", "整改验收未通过"
        SIGNED = "signed", "签署年度协议"
        AGREED = "agreed", "区办签署年度协议"

    class Measure(models.TextChoices):
        """监管措施."""

        WARN = "warn", "警示"
        RECTIFY = "rectify", "限期整改"
        SUSPEND = "suspend", "暂停开班"
        LIFT = "lift", "解除暂停"
        EXIT = "exit", "退出"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="filing_steps")
    application = models.ForeignKey(FilingApplication, models.PROTECT, null=True, related_name="steps")
    number = models.PositiveIntegerField("序号")
    kind = models.CharField("步骤", max_length=10, choices=Kind)
    measure = models.CharField("措施", max_length=10, choices=Measure, blank=True)
    due_on = models.DateField("期限", null=True)
    answers = models.ForeignKey("self", models.PROTECT, null=True, related_name="answered")
    file = models.ForeignKey(SealedFile, models.PROTECT, null=True, related_name="+", verbose_name="附件")
    file_sha256 = models.CharField("附件校验值", max_length=64, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="filing_step_in_order"),
            models.UniqueConstraint(fields=["answers"], name="filing_step_answered_once"),
        ]
        indexes = [models.Index(fields=["kind"], name="filing_step_kind")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return self.organisation.access_scope()
