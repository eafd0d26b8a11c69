"""Tables of units and places."""

from __future__ import annotations

from django.db import models

from lms.access.rules import Scope
from lms.kernel.ids import new_uid


class Organisation(models.Model):
    """单位: a training institution, an enterprise or a department, by its unified social credit code."""

    class Kind(models.TextChoices):
        """单位类别."""

        INSTITUTION = "institution", "培训机构"
        ENTERPRISE = "enterprise", "企业"
        DEPARTMENT = "department", "主管部门"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    kind = models.CharField("类别", max_length=20, choices=Kind)
    name = models.CharField("名称", max_length=100)
    short_name = models.CharField("简称", max_length=30)
    credit_code = models.CharField("统一社会信用代码", max_length=18, blank=True)
    contact_phone = models.CharField("对外电话", max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="organisation_once_per_name"),
        ]

    def __str__(self) -> str:
        return self.short_name or self.name

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        if self.kind == self.Kind.DEPARTMENT:
            return Scope(department_id=self.pk)
        return Scope(institution_id=self.pk)


class Division(models.Model):
    """行政区划: a place of the national table, with the dates between which the name and code held."""

    code = models.CharField("代码", max_length=12, db_index=True)
    name = models.CharField("名称", max_length=60)
    parent_code = models.CharField("上级代码", max_length=12, blank=True)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    source = models.CharField("来源", max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="division_once_per_date")]

    def __str__(self) -> str:
        return self.name
