"""Tables of archives on their way into a course or out of one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from courses.models.pages import CoursePage
from lms.access.rules import Scope
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation


class CourseTransfer(models.Model):
    """导入导出: a folder or a course package that comes in, or a course or a question bank that goes out."""

    class Kind(models.TextChoices):
        """种类."""

        FOLDER = "folder", "文件夹导入"
        PACKAGE = "package", "课程包导入"
        EXPORT = "export", "课程导出"
        BANK = "bank", "题库导出"

    class State(models.TextChoices):
        """状态: 待确认 → 进行中 → 已完成 | 失败; 过期的文件清理后只留记录."""

        CHECKED = "checked", "待确认"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        EXPIRED = "expired", "已过期"

    OUTGOING = (Kind.EXPORT, Kind.BANK)

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField("种类", max_length=10, choices=Kind)
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="培训机构")
    course = models.ForeignKey(CoursePage, models.SET_NULL, null=True, related_name="+", verbose_name="课程")
    name = models.CharField("文件名", max_length=200)
    path = models.CharField(max_length=200, blank=True)  # in the private storage
    size_bytes = models.BigIntegerField("大小", default=0)
    plan = models.JSONField("方案", default=dict)  # {lines: [[path, becomes, error]], sections: […]}
    state = models.CharField("状态", max_length=10, choices=State, default=State.CHECKED)
    error = models.CharField("出错说明", max_length=500, blank=True)
    job = models.ForeignKey("kernel.Job", models.SET_NULL, null=True, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["state", "made_at"], name="course_transfer_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def goes_out(self) -> bool:
        """Return whether it makes a file to take away."""
        return self.kind in self.OUTGOING

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(institution_id=self.institution_id)
