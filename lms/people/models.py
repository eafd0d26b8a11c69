"""Tables of accounts and of the legal persons behind them."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from lms.access.models import GRANTABLE
from lms.access.rules import ROLE_NAMES, Role, Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.sealing import SealedField
from lms.kernel.wording import words_in


class Assurance(models.IntegerChoices):
    """实名等级: how sure we are of who it is. Compared by number."""

    NONE = 0, "未实名"
    DECLARED = 1, "已填报（校验码通过）"
    VERIFIED = 2, "已核验"


class DocumentType(models.TextChoices):
    """证件类型."""

    RESIDENT_ID = "resident_id", "居民身份证"
    RESIDENCE_PERMIT_HK_MO = "residence_permit_hk_mo", "港澳居民居住证"
    RESIDENCE_PERMIT_TW = "residence_permit_tw", "台湾居民居住证"
    FOREIGN_PERMANENT_RESIDENT = "foreign_permanent_resident", "外国人永久居留身份证"
    TRAVEL_PERMIT_HK_MO = "travel_permit_hk_mo", "港澳居民来往内地通行证"
    TRAVEL_PERMIT_TW = "travel_permit_tw", "台湾居民来往大陆通行证"
    PASSPORT = "passport", "护照"
    MILITARY = "military", "军官证/士兵证"


class Person(models.Model):
    """实名人员: the legal person; several accounts may belong to one. Evidence, hours and money name the person."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField("姓名", max_length=50)
    document_type = models.CharField("证件类型", max_length=30, choices=DocumentType, default=DocumentType.RESIDENT_ID)
    document_number = SealedField("证件号码", null=True)
    document_index = models.CharField(max_length=40)
    birth_date = models.DateField("出生日期", null=True)
    assurance = models.PositiveSmallIntegerField("实名等级", choices=Assurance, default=Assurance.NONE)
    created_at = models.DateTimeField(default=clock.now)
    erased_at = models.DateTimeField("个人信息清除时间", null=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="absorbed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document_type", "document_index"], name="person_once_per_document"),
            models.CheckConstraint(condition=~Q(merged_into=F("pk")), name="person_not_merged_into_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.name[:1]}*"

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(person_id=self.owner_id)

    @property
    def owner_id(self) -> int:
        """Return who owns this record now: the person it was merged into, or itself."""
        return int(self.merged_into_id or self.pk)

    @property
    def owner(self) -> Person:
        """Return the person whose record this is now: faces are compared with theirs, and they consent."""
        return self.merged_into or self


class User(AbstractUser):
    """账号: what signs in. The name of a learner lives on Person only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="users")
    phone_sealed = SealedField("手机号", null=True, blank=True)
    phone_index = models.CharField(max_length=40, blank=True, db_index=True)
    phone_verified = models.BooleanField(default=False)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    large_type = models.BooleanField("长辈版", default=False)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index"], condition=Q(phone_verified=True), name="user_once_per_phone"
            ),
        ]

    @property
    def called(self) -> str:
        """Return how colleagues call the account's holder: real name, else the account's name (称呼)."""
        return self.person.name if self.person else self.get_full_name() or self.username


class ConsentText(models.Model):
    """告知同意书: a version of what a person is asked to agree to."""

    kind = models.CharField("类别", max_length=30)
    version = models.CharField("版本", max_length=20)
    title = models.CharField("标题", max_length=100)
    body = models.TextField("正文")
    effective_from = models.DateField("生效日期")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="consent_text_once_per_version")]


class Consent(models.Model):
    """同意记录: given and, as easily, withdrawn."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True)


class SealedWords(models.Model):
    """留存原文: what somebody wrote about people, sealed, and gone when its life ends. Evidence has a digest of it.

    `person`, `also`: whom it is about, with whose data it ends too. `sealed` begins with random digits (lms.kernel.wording).
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    also = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    sealed = SealedField("原文", null=True)
    expires_at = models.DateTimeField("到期时间", null=True, db_index=True)
    erased_at = models.DateTimeField("清除时间", null=True)


class WordedEvidence(models.Model):
    """A row of evidence with words that end before it does (abstract). Load `note` with it."""

    note = models.OneToOneField(SealedWords, models.PROTECT, null=True, related_name="+")
    words_hash = models.CharField("原文摘要", max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def words(self) -> str:
        """Return what was written, or why it cannot be read; nothing where nothing was written."""
        return words_in(self.note.sealed, self.words_hash) if self.note else ""

    @property
    def words_left(self) -> str:
        """Return what was written, nothing once it ended: what a form starts from."""
        return self.words if self.note and self.note.erased_at is None else ""


class IdentityCheck(WordedEvidence):
    """实名核验: one check of a person's identity, how it was done and how it ended, with what the office wrote. Append-only."""

    class Method(models.TextChoices):
        """核验方式."""

        CHECKSUM = "checksum", "证件号码校验"
        OFFICE = "office", "区办核实"
        PROVIDER = "provider", "实人认证"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="identity_checks")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    method = models.CharField("方式", max_length=30, choices=Method)
    passed = models.BooleanField()
    at = models.DateTimeField(default=clock.now)


class IdentityCase(WordedEvidence):
    """实名争议: somebody gave an ID number that another person's account already holds; the office decides.

    A decision is never changed: that a link was a mistake is a case of its own, SEPARATED. Its note is the check's: the opinion.
    """

    class State(models.TextChoices):
        """处理状态."""

        OPEN = "open", "待处理"
        LINKED = "linked", "已合并到同一人"
        REJECTED = "rejected", "已驳回"
        SEPARATED = "separated", "已撤销合并"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    claimant = models.ForeignKey(User, models.PROTECT, related_name="identity_cases")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    claimed_name = models.CharField(max_length=50)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["claimant", "person"], condition=Q(state="open"), name="identity_case_open_once"
            )
        ]


class PersonMerge(WordedEvidence):
    """人员合并: that two registered persons are one, as somebody proposed it. Append-only; MergeStep says what became of it.

    Evidence keeps the person that it was written for; `Person.merged_into` follows the steps and can be made anew from them.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    survivor = models.ForeignKey(Person, models.PROTECT, related_name="+")
    absorbed = models.ForeignKey(Person, models.PROTECT, related_name="merges")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)


class MergeStep(WordedEvidence):
    """人员合并办理步骤: what became of a proposed merge. Append-only. `accounts`: the accounts that moved, by id."""

    class Kind(models.TextChoices):
        """步骤."""

        CONFIRMED = "confirmed", "已合并"
        REFUSED = "refused", "已退回"
        UNDONE = "undone", "已撤销合并"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    merge = models.ForeignKey(PersonMerge, models.PROTECT, related_name="steps")
    kind = models.CharField("步骤", max_length=10, choices=Kind)
    accounts = models.JSONField("随之转移的账号", default=list)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merge"], condition=Q(kind__in=["confirmed", "refused"]), name="merge_decided_once"
            ),
            models.UniqueConstraint(fields=["merge"], condition=Q(kind="undone"), name="merge_undone_once"),
        ]


class RoleRequest(WordedEvidence):
    """角色申请: somebody of the office asks for a role for an account; another decides. The words are the reason.

    A desk's row, not evidence: each step is a deed of the operation log. The grant itself is `access.Grant`.
    """

    class State(models.TextChoices):
        """办理状态."""

        WAITING = "waiting", "待复核"
        GRANTED = "granted", "已授予"
        RETURNED = "returned", "已退回"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="role_requests")
    role = models.CharField("角色", max_length=20, choices=GRANTABLE)
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField("申请时间", default=clock.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("办理时间", null=True)
    opinion_note = models.OneToOneField(SealedWords, models.PROTECT, null=True, related_name="+")
    opinion_hash = models.CharField("意见摘要", max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation"], condition=Q(state="waiting"), name="role_asked_once_at_unit"
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(state="waiting", organisation=None),
                name="role_asked_once_in_district",
            ),
        ]

    @property
    def role_name(self) -> str:
        """Return what the role is called."""
        return ROLE_NAMES[Role(self.role)]

    @property
    def opinion(self) -> str:
        """Return what the second person wrote; nothing before. Load `opinion_note` with it."""
        return words_in(self.opinion_note.sealed, self.opinion_hash) if self.opinion_note else ""


class PersonCategory(models.Model):
    """人员类别: a group of the policy documents, dated and sourced."""

    code = models.CharField("代码", max_length=20)
    name = models.CharField("名称", max_length=60)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    source = models.CharField("来源", max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="person_category_once_per_date")]

    def __str__(self) -> str:
        return self.name


class CategoryProof(models.Model):
    """人员类别证明: a person belongs to a category, with proof and validity."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="category_proofs")
    category = models.ForeignKey(PersonCategory, models.PROTECT, related_name="+")
    proof_number = models.CharField("证明编号", max_length=60, blank=True)
    verified_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
