"""Tables of face checks: policies, consents, reference faces, checks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.access.rules import Scope
from lms.faces.rules import FaceTerms
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.kernel.models import NumberedPolicy, SealedFile
from lms.kernel.sealing import SealedField
from lms.people.models import ConsentText, Person, WordedEvidence


class FacePolicy(NumberedPolicy):
    """人脸核验口径: a dated version of the numbers by which faces are compared, with its source. Never edited."""

    def face_terms(self) -> FaceTerms:
        """Return the numbers as plain values."""
        return FaceTerms.from_json(self.terms)


class FaceConsent(models.Model):
    """人脸信息单独同意: given or withdrawn, by a version of the text; the newest row counts. Append-only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="face_consents")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    given = models.BooleanField("同意")
    at = models.DateTimeField(default=clock.now)


class Capture(models.TextChoices):
    """采集方式. A chosen file proves less than the camera of the page: it may be older, or somebody else's."""

    CAMERA = "camera", "页面摄像头"
    FILE = "file", "上传照片（可信度较低）"


class FaceReference(models.Model):
    """参考人脸: the enrolled photo and its template, sealed; erased when its life ends or consent is withdrawn."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="face_references")
    picture = models.ForeignKey(SealedFile, models.PROTECT, related_name="+")
    template = SealedField("人脸特征", null=True)
    model_id = models.CharField("模型", max_length=80)
    capture = models.CharField("采集方式", max_length=10, choices=Capture)
    made_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField("到期时间", db_index=True)
    erased_at = models.DateTimeField("清除时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(erased_at=None), name="face_reference_once")
        ]


class FaceCheck(models.Model):
    """人脸核验记录: what was compared, by which numbers, and how it ended. The picture ends, this stays. Append-only.

    Scores in thousandths of a cosine. `session_uid` names the sitting that it was asked for.
    """

    class Purpose(models.TextChoices):
        """用途."""

        ENROL = "enrol", "登记参考照片"
        START = "start", "学习开始"
        RANDOM = "random", "学习中抽查"
        END = "end", "学习结束"
        EXAM = "exam", "考试"

    class Outcome(models.TextChoices):
        """结果."""

        PASSED = "passed", "通过"
        UNCLEAR = "unclear", "待人工核验"
        FAILED = "failed", "未通过"
        REFUSED = "refused", "照片不可用"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="face_checks")
    reference = models.ForeignKey(FaceReference, models.PROTECT, null=True, related_name="+")
    policy = models.ForeignKey(FacePolicy, models.PROTECT, related_name="+")
    purpose = models.CharField("用途", max_length=10, choices=Purpose)
    session_uid = models.UUIDField(null=True)
    capture = models.CharField("采集方式", max_length=10, choices=Capture)
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    refusal = models.CharField("不可用原因", max_length=30, blank=True)
    score_permille = models.SmallIntegerField("得分（千分）", null=True)
    threshold_permille = models.SmallIntegerField("通过线（千分）")
    model_id = models.CharField("模型", max_length=80)
    picture_hash = models.CharField("照片摘要", max_length=64)
    picture = models.ForeignKey(SealedFile, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["person", "at"], name="face_check_by_person"),
            models.Index(fields=["outcome", "capture", "purpose"], name="face_check_for_people"),
        ]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(person_id=self.person_id)


class FaceChallenge(models.Model):
    """活体挑战: the moves that the server drew for one act, and what the act is for. Taken once; what came of it is a FaceAct.

    `subject` names what a pass opens: a lesson of an enrolment, or one check. Deleted after a day.
    """

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    policy = models.ForeignKey(FacePolicy, models.PROTECT, related_name="+")
    purpose = models.CharField("用途", max_length=10, choices=FaceCheck.Purpose)
    subject = models.CharField(max_length=90)
    session_uid = models.UUIDField(null=True)
    capture = models.CharField("采集方式", max_length=10, choices=Capture)
    moves = models.JSONField("动作")
    issued_at = models.DateTimeField(default=clock.now)
    taken_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "issued_at"], name="face_challenge_by_person")]

    @property
    def seconds(self) -> int:
        """Return in how many seconds the moves are made."""
        return self.policy.face_terms().seconds_for(self.capture)


class FaceAct(models.Model):
    """活体核验记录: which moves were asked for and whether a person made them. Append-only; likeness is in its check.

    `uid`: that of its challenge; `problem`: why it did not pass, a stable code; an empty one: it passed.
    """

    check_row = models.OneToOneField(FaceCheck, models.PROTECT, primary_key=True, related_name="act")
    uid = models.UUIDField(unique=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=90)
    moves = models.CharField("动作", max_length=120)
    problem = models.CharField("未通过原因", max_length=30, blank=True)
    issued_at = models.DateTimeField("出题时间")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "subject"], name="face_act_by_subject")]


class FaceFrame(models.Model):
    """动作画面: the digest of a picture of an act and what was read in it. Append-only; a picture serves once.

    Turn, share and scores in thousandths; empty where no face was read.
    """

    act = models.ForeignKey(FaceAct, models.PROTECT, related_name="frames")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField("顺序")
    digest = models.CharField("照片摘要", max_length=64)
    at_ms = models.BigIntegerField("时间（毫秒）")
    turn_permille = models.IntegerField("转头（千分）", null=True)
    share_permille = models.IntegerField("人脸占比（千分）", null=True)
    reference_permille = models.IntegerField("与参考照片（千分）", null=True)
    previous_permille = models.IntegerField("与前一张（千分）", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "digest"], name="face_frame_serves_once")]


class FaceExemption(WordedEvidence):
    """免人脸核验申请: a person asks for another way than the face. Append-only."""

    class Reason(models.TextChoices):
        """原因."""

        NO_CAMERA = "no_camera", "没有可用的摄像头"
        DISABILITY = "disability", "身体原因不便完成动作"
        NO_CONSENT = "no_consent", "不同意处理人脸信息"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="face_exemptions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reason = models.CharField("原因", max_length=12, choices=Reason)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="face_exemption_newest")]

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(person_id=self.person_id)


class ExemptionRuling(WordedEvidence):
    """免人脸核验决定: whether another way is granted, until when, by whom and why. Append-only."""

    exemption = models.OneToOneField(FaceExemption, models.PROTECT, primary_key=True, related_name="ruling")
    granted = models.BooleanField("同意")
    until = models.DateTimeField("有效期至", null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)


class FaceOpinion(WordedEvidence):
    """人工核验意见: what somebody of the office says of a check that no machine decided. Two who agree decide. Append-only."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    check_row = models.ForeignKey(FaceCheck, models.PROTECT, related_name="opinions")
    is_same = models.BooleanField("是本人")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_row", "user"], name="face_opinion_once_per_user")]


class ProviderDay(models.Model):
    """认证用量: how often a provider was asked on a day, how often in a row it was silent, until when it is left alone."""

    provider = models.CharField("认证机构", max_length=20)
    day = models.DateField("日期")
    asked = models.PositiveIntegerField("已认证次数", default=0)
    silent = models.PositiveIntegerField("连续无答复", default=0)
    paused_until = models.DateTimeField("暂停至", null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "day"], name="provider_day_once")]


class RealPersonCheck(models.Model):
    """实人认证记录: that a provider was asked about an enrolment, and what it answered. Append-only; holds no raw data.

    `order` names the deed at the provider, `request_id` at its support; the picture's digest is that of its FaceCheck.
    """

    class Outcome(models.TextChoices):
        """认证结果."""

        PASSED = "passed", "通过"
        UNCLEAR = "unclear", "不能确认"
        FAILED = "failed", "未通过"
        SILENT = "silent", "没有答复"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    policy = models.ForeignKey(FacePolicy, models.PROTECT, related_name="+")
    provider = models.CharField("认证机构", max_length=20)
    order = models.CharField("订单号", max_length=32, unique=True)
    outcome = models.CharField("结果", max_length=10, choices=Outcome)
    code = models.CharField("结果代码", max_length=80)
    request_id = models.CharField("机构请求号", max_length=64, blank=True)
    score_hundredths = models.PositiveSmallIntegerField("机构得分（百分之一分）", null=True)
    picture_hash = models.CharField("照片摘要", max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["person", "picture_hash"], name="real_person_by_picture")]
