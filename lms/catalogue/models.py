"""Tables of the occupational classification."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from lms.access.rules import Scope
from lms.catalogue.rules import LEVEL_CHOICES
from lms.kernel import clock
from lms.kernel.ids import new_uid
from lms.organisations.models import Organisation
from lms.people.models import Person


class LearningMode(models.TextChoices):
    """培训方式."""

    ONLINE = "online", "线上"
    OFFLINE = "offline", "线下"
    BLENDED = "blended", "线上线下结合"


class KeyIndustry(models.Model):
    """重点产业: an industry that the district trains for with priority."""

    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=30)
    sequence = models.PositiveSmallIntegerField("序号", default=1)
    source = models.CharField("来源", max_length=150)

    def __str__(self) -> str:
        return self.name


class Occupation(models.Model):
    """职业: a 细类 of an edition of 《中华人民共和国职业分类大典》."""

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    code = models.CharField("职业编码", max_length=12)
    name = models.CharField("职业名称", max_length=60)
    edition = models.CharField("版本", max_length=20, default="2022")
    valid_from = models.DateField("起始日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    source = models.CharField("来源", max_length=150)
    industries = models.ManyToManyField(KeyIndustry, related_name="occupations", blank=True, verbose_name="重点产业")
    words = models.TextField("检索词", blank=True)  # name and trades, in pairs and whole
    pinyin = models.TextField("拼音", blank=True)  # as lms.kernel.zh.pinyin writes it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "edition"], name="occupation_once_per_edition")]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class Trade(models.Model):
    """工种: hangs under an occupation by name; it has no national number."""

    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="trades")
    name = models.CharField("工种名称", max_length=60)
    sequence = models.PositiveSmallIntegerField("序号", default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["occupation", "name"], name="trade_once_per_occupation")]

    def __str__(self) -> str:
        return self.name


class CatalogueEntry(models.Model):
    """目录条目: a line of a catalogue that the office publishes for a year. Source: item 7 of the notice."""

    class Kind(models.TextChoices):
        """目录."""

        SHORTAGE = "shortage", "紧缺急需专业和职业（工种）目录"
        GENERAL = "general", "一般性职业技能培训目录"

    class Degree(models.TextChoices):
        """紧缺程度."""

        SHORT = "short", "紧缺"
        VERY_SHORT = "very_short", "非常紧缺"

    kind = models.CharField("目录", max_length=10, choices=Kind)
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("专业或职业（工种）", max_length=60)
    occupation = models.ForeignKey(Occupation, models.PROTECT, null=True, related_name="+", verbose_name="职业")
    level = models.PositiveSmallIntegerField("等级", choices=LEVEL_CHOICES, null=True)
    industry = models.ForeignKey(KeyIndustry, models.PROTECT, null=True, related_name="+", verbose_name="重点产业")
    degree = models.CharField("紧缺程度", max_length=10, choices=Degree, blank=True)
    remark = models.CharField("备注", max_length=100, blank=True)
    document = models.CharField("来源文件", max_length=150)
    published_on = models.DateField("发布日期")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "name", "level"], name="catalogue_entry_once_per_level"),
            models.UniqueConstraint(
                fields=["kind", "year", "name"], condition=Q(level=None), name="catalogue_entry_once_without_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.name}"


class TrainingDemand(models.Model):
    """培训需求: what a person, or an enterprise for its staff, wants to have taught in a year."""

    class Time(models.TextChoices):
        """希望的上课时间."""

        ANY = "any", "都可以"
        DAYTIME = "daytime", "工作日白天"
        EVENING = "evening", "工作日晚上"
        WEEKEND = "weekend", "周末"

    uid = models.UUIDField(default=new_uid, unique=True, editable=False)
    year = models.PositiveSmallIntegerField("年度")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="学员")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name="企业")
    occupation = models.ForeignKey(Occupation, models.PROTECT, related_name="+", verbose_name="职业")
    level = models.PositiveSmallIntegerField("等级", choices=LEVEL_CHOICES)
    mode = models.CharField("培训方式", max_length=8, choices=LearningMode, default=LearningMode.ONLINE)
    time = models.CharField("上课时间", max_length=10, choices=Time, default=Time.ANY)
    headcount = models.PositiveIntegerField("人数", default=1)
    registered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    registered_at = models.DateTimeField("登记时间", default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person=None, enterprise__isnull=False)
                | Q(person__isnull=False, enterprise=None, headcount=1),
                name="demand_of_a_person_or_an_enterprise",
            ),
            models.CheckConstraint(condition=Q(headcount__gte=1), name="demand_for_somebody"),
            models.UniqueConstraint(fields=["person", "year"], name="demand_once_per_person_and_year"),
            models.UniqueConstraint(
                fields=["enterprise", "year", "occupation", "level"], name="demand_once_per_enterprise_and_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.occupation}"

    def access_scope(self) -> Scope:
        """Return whose it is."""
        return Scope(institution_id=self.enterprise_id, person_id=self.person_id)
