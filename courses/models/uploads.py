"""Tables of files on their way, and of the room that an institution has."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation


class Upload(models.Model):
    """上传任务: a video file that arrives in parts. How much of it is there, the file or the bucket says, never this row."""

    class State(models.TextChoices):
        """上传状态."""

        OPEN = "open", "上传中"
        COMPLETE = "complete", "已上传"
        REFUSED = "refused", "文件不合格"
        REMOVED = "removed", "已取消"
        EXPIRED = "expired", "已过期"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)  # the finished video has the same
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="上传人")
    title = models.CharField("标题", max_length=100)
    name = models.CharField("文件名", max_length=200)
    fingerprint = models.CharField(
        "文件特征", max_length=300, blank=True
    )  # as the browser gave it: name, size, changed
    length = models.BigIntegerField("文件大小")
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    reason = models.CharField("不合格的原因", max_length=300, blank=True)
    multipart = models.CharField(max_length=300, blank=True)  # the bucket's own name of the upload; empty: a local file
    digests = models.JSONField(default=dict, blank=True)  # parts for a bucket: number to [bytes, SHA-256 in hex]
    created_at = models.DateTimeField("开始时间", default=clock.now)
    last_at = models.DateTimeField("最近一次收到内容", default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(length__gt=0), name="upload_is_not_empty")]
        indexes = [models.Index(fields=["state", "last_at"], name="upload_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def path(self) -> str:
        """Return where the file lies in the private storage, from its first part on."""
        return f"videos/{self.uid.hex}/source"

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)


class UploadQuota(models.Model):
    """上传空间: how much room an institution has for its videos' files, from a day on. The newest row holds."""

    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    gigabytes = models.PositiveIntegerField("空间（GB）")
    reason = models.CharField("理由", max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField("生效时间", default=clock.now)

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)
