"""Tables of programmes, funding categories and study policies."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from lms.access.rules import Scope
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation
from lms.planning.rules import StudyTerms


class FundingCategory(models.Model):
    """资金科目: F01..F99, the list of notice item 16, dated."""

    code = models.CharField("代码", max_length=3)
    name = models.CharField("名称", max_length=100)
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    source = models.CharField("来源", max_length=150)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="funding_category_once_per_date")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class StudyPolicy(models.Model):
    """学时认定政策: a dated version of the study terms with its source. Never edited once a class has frozen it."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    name = models.CharField("名称", max_length=60)
    version = models.PositiveSmallIntegerField("版本", default=1)
    effective_from = models.DateField("生效日期")
    effective_to = models.DateField("失效日期", null=True, blank=True)
    source = models.CharField("依据", max_length=200)
    terms = models.JSONField("口径", default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="study_policy_once_per_version"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
                name="study_policy_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第{self.version}版"

    def study_terms(self) -> StudyTerms:
        """Return the numbers as plain values."""
        return StudyTerms.from_json(self.terms)


class Programme(models.Model):
    """培训项目: a funding category, a department and a study policy under which classes are filed."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField("项目编号", max_length=30, unique=True)
    name = models.CharField("项目名称", max_length=100)
    department = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="主管部门")
    funding_category = models.ForeignKey(FundingCategory, models.PROTECT, related_name="+", verbose_name="资金科目")
    policy_name = models.CharField("学时认定政策", max_length=60)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期", null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    def access_scope(self) -> Scope:
        """Return what it belongs to."""
        return Scope(department_id=self.department_id)
