"""Tables of the occupational classification."""

from __future__ import annotations

from django.db import models

from lms.kernel.ids import new_uid


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
