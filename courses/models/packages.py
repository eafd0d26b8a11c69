"""Tables of course packages made elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation


class CoursePackage(models.Model):
    """课件包: an uploaded SCORM 1.2 package and what was unpacked of it. Its files never change: a new export is a new one."""

    class State(models.TextChoices):
        """处理状态."""

        UPLOADED = "uploaded", "待解包"
        UNPACKING = "unpacking", "解包中"
        READY = "ready", "可使用"
        REFUSED = "refused", "课件包不合格"
        FAILED = "failed", "处理失败"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    title = models.CharField("标题", max_length=100, blank=True)
    source_name = models.CharField("文件名", max_length=200)
    source_path = models.CharField(max_length=200, blank=True)  # in the private storage, until it is unpacked
    state = models.CharField("状态", max_length=12, choices=State, default=State.UPLOADED)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    error = models.CharField("出错说明", max_length=300, blank=True)
    folder = models.CharField(max_length=100, blank=True)  # in the private storage; nobody can guess it
    entry = models.CharField("入口页面", max_length=255, blank=True)
    query = models.CharField("入口参数", max_length=200, blank=True)
    mastery_score = models.PositiveSmallIntegerField("自报及格分", null=True)
    file_count = models.PositiveIntegerField("文件数", default=0)
    size_bytes = models.BigIntegerField("解开后大小", default=0)
    digest = models.CharField("内容摘要", max_length=64, blank=True)  # SHA-256 over paths and contents
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["institution", "state"], name="course_package_choice")]

    def __str__(self) -> str:
        return self.title

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)
