"""What an application must have before it may be submitted (备案材料检查). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lms.filing.rules.terms import FilingTerms

FIELDS = {
    "credit_code": "统一社会信用代码",
    "address": "办公地址",
    "contact_phone": "对外电话",
    "licence_number": "办学许可证编号",
    "licence_issuer": "发证机关",
    "licence_from": "许可起始日期",
    "licence_to": "许可截止日期",
    "catalogue": "培训目录",
    "sites": "培训场地",
    "teachers": "师资",
    "files": "附件",
}
LICENCE = ("licence_number", "licence_issuer", "licence_from", "licence_to")


@dataclass(frozen=True, slots=True)
class Papers:
    """What an application holds, counted (备案材料)."""

    kind: str
    values: dict[str, str | date | None]
    catalogue: int
    sites: int
    full_time: int
    licence_scans: int


def dates_problem(begin: date | None, end: date | None) -> dict[str, str]:
    """Return what is wrong with a licence's dates, by field."""
    if begin and end and end < begin:
        return {"licence_to": "许可截止日期不能早于起始日期。"}
    return {}


def missing(papers: Papers, terms: FilingTerms, day: date) -> dict[str, str]:
    """Return what an application still lacks, a sentence by field (提交前检查)."""
    wanted = [name for name in FIELDS if name in papers.values]
    if papers.kind != "institution":
        wanted = [name for name in wanted if name not in LICENCE]
    found = {name: f"还没有填写{FIELDS[name]}。" for name in wanted if not papers.values[name]}
    if papers.kind == "institution":
        found |= missing_of_school(papers, terms, day)
    return found


def missing_of_school(papers: Papers, terms: FilingTerms, day: date) -> dict[str, str]:
    """Return what only a training institution needs."""
    found = {}
    ends = papers.values.get("licence_to")
    if isinstance(ends, date) and ends < day:
        found["licence_to"] = "办学许可已到期，请换证后填写新的截止日期。"
    if not papers.catalogue:
        found["catalogue"] = "培训目录是空的，请至少添加一个职业和等级。"
    if papers.sites < terms.least_sites:
        found["sites"] = f"至少要有{terms.least_sites}处培训场地，现在是{papers.sites}处。"
    if papers.full_time < terms.least_full_time:
        found["teachers"] = f"至少要有{terms.least_full_time}名专职教师，现在是{papers.full_time}名。"
    if not papers.licence_scans:
        found["files"] = "还没有上传办学许可证的扫描件。"
    return found
