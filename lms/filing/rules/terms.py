"""The numbers of filing and supervision (机构管理口径), as plain values. Pure.

No public rule states them for the district: a house's own, dated and sourced, marked 示例 where they are made up.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

PLACES = ("{kind}", "{year}", "{serial}")
KIND_LETTERS = {"institution": "JG", "enterprise": "QY"}


@dataclass(frozen=True, slots=True)
class FilingTerms:
    """机构管理口径. None switches a rule off."""

    number_template: str = "BA-{kind}-{year}-{serial}"  # 备案编号
    serial_digits: int = 4
    filing_required: bool = False  # whether an institution without a filing may open classes
    catalogue_required: bool = True  # whether a class's occupation and level must be in the filed catalogue
    agreement_required: bool = False  # whether classes of a year need the year's agreement, signed by both
    licence_notice_days: int | None = 60  # how long before a licence ends its institution is told
    least_sites: int = 1
    least_full_time: int = 1  # 专职教师
    training_years: int | None = 2  # 师资培训: within how many years a full-time teacher should have been trained
    rectify_most_days: int = 90
    suspend_most_days: int = 365
    overdue_stops: bool = True  # whether an overdue rectification keeps an institution from opening classes
    finish_days: int | None = None  # how long running classes may go on after a suspension or exit; None: to their end
    file_years: int = 10  # how long papers are kept
    words_days: int = 3650  # how long opinions are kept

    def as_json(self) -> dict[str, Any]:
        """Return what a version stores."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> FilingTerms:
        """Return the terms of a stored version; a number that a later release added has its default."""
        return cls(**{name: value for name, value in data.items() if name in cls.__dataclass_fields__})

    def number(self, kind: str, year: int, serial: int) -> str:
        """Return a filing number: BA-JG-2026-0001 (备案编号). `kind`: of the unit."""
        digits = str(serial).zfill(self.serial_digits)
        return self.number_template.format(kind=KIND_LETTERS[kind], year=year, serial=digits)


LIMITS: dict[str, tuple[int, int, str]] = {
    "serial_digits": (3, 6, "流水号应有3至6位。"),
    "licence_notice_days": (7, 365, "提前提醒应在7至365天之间；不提醒请留空。"),
    "least_sites": (0, 20, "培训场地应在0至20处之间。"),
    "least_full_time": (0, 50, "专职教师应在0至50人之间。"),
    "training_years": (1, 10, "师资培训的年限应在1至10年之间；不要求请留空。"),
    "rectify_most_days": (7, 365, "整改期限最长应在7至365天之间。"),
    "suspend_most_days": (7, 1095, "暂停期限最长应在7至1095天之间。"),
    "finish_days": (1, 365, "在办班级的收尾天数应在1至365天之间；可以上完请留空。"),
    "file_years": (1, 100, "材料保存年限应在1至100年之间。"),
    "words_days": (365, 36500, "意见的保存天数应在365至36500之间。"),
}


def terms_problems(terms: FilingTerms) -> dict[str, str]:
    """Return a sentence for every number that makes no sense (口径检查)."""
    wrong = {name: sentence for name, (least, most, sentence) in LIMITS.items() if beyond(terms, name, least, most)}
    if sentence := template_problem(terms.number_template):
        wrong["number_template"] = sentence
    return wrong


def template_problem(template: str) -> str:
    """Return what is wrong with the form of a filing number, or nothing."""
    if any(template.count(place) != 1 for place in PLACES):
        return "编号格式里{kind}、{year}、{serial}应各出现一次，例如 BA-{kind}-{year}-{serial}。"
    rest = template
    for place in PLACES:
        rest = rest.replace(place, "")
    if "{" in rest or "}" in rest or len(rest) > 16:
        return "编号格式除{kind}、{year}、{serial}外最多16个字，且不能再有花括号。"
    return "" if template.endswith("{serial}") else "流水号{serial}应放在编号的最后。"


def beyond(terms: FilingTerms, name: str, least: int, most: int) -> bool:
    """Return whether a number lies outside its limits; a rule that is off does not."""
    value = getattr(terms, name)
    return value is not None and not least <= value <= most


def describe_terms(terms: FilingTerms) -> list[tuple[str, str]]:
    """Return the rules in sentences (口径说明)."""
    finish = f"最多再上{terms.finish_days}天" if terms.finish_days else "可以上完"
    warned = f"到期前{terms.licence_notice_days}天起提醒机构。" if terms.licence_notice_days else "到期前不提醒。"
    overdue = "逾期未完成的不能开班。" if terms.overdue_stops else "逾期由区办催办。"
    trained = (
        f"专职教师每{terms.training_years}年至少参加一次师资培训，不足的提示补训。" if terms.training_years else ""
    )
    return [
        ("备案编号", f"例如 {terms.number('institution', 2026, 1)}。"),
        ("未备案", "没有备案的机构不能开班。" if terms.filing_required else "没有备案的机构暂可开班。"),
        ("培训目录", "只能开设备案目录内的职业和等级。" if terms.catalogue_required else "目录外的职业也可开班。"),
        ("办学许可", f"许可到期后不能开班；{warned}"),
        (
            "年度协议",
            "当年协议由双方签署后才能开当年的班。" if terms.agreement_required else "没有签当年协议的也可开班。",
        ),
        ("场地", f"至少{terms.least_sites}处培训场地。"),
        ("师资", f"至少{terms.least_full_time}名专职教师。{trained}"),
        ("整改", f"期限最长{terms.rectify_most_days}天；{overdue}"),
        ("暂停", f"期限最长{terms.suspend_most_days}天，或暂停到解除为止。"),
        ("在办班级", f"暂停或退出不停已开的班，{finish}，学员已学的学时不受影响；区办逐班跟进。"),
        ("材料保存", f"附件保存{terms.file_years}年，意见保存{terms.words_days}天。"),
    ]
