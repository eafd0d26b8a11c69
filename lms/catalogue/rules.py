"""The eight grades of 《关于健全完善新时代技能人才职业技能等级制度的意见(试行)》 and the form of occupation codes.

Pure.
"""

from __future__ import annotations

import re
from enum import IntEnum

OCCUPATION_CODE = re.compile(r"[1-8]-\d{2}-\d{2}-\d{2}")


class SkillLevel(IntEnum):
    """等级, by rank: a higher number is a higher grade. The certificate's digit runs the other way."""

    APPRENTICE = 0
    JUNIOR = 1
    INTERMEDIATE = 2
    SENIOR = 3
    TECHNICIAN = 4
    SENIOR_TECHNICIAN = 5
    SPECIAL_TECHNICIAN = 6
    CHIEF_TECHNICIAN = 7


LEVEL_NAMES = {
    SkillLevel.APPRENTICE: "学徒工",
    SkillLevel.JUNIOR: "五级/初级工",
    SkillLevel.INTERMEDIATE: "四级/中级工",
    SkillLevel.SENIOR: "三级/高级工",
    SkillLevel.TECHNICIAN: "二级/技师",
    SkillLevel.SENIOR_TECHNICIAN: "一级/高级技师",
    SkillLevel.SPECIAL_TECHNICIAN: "特级技师",
    SkillLevel.CHIEF_TECHNICIAN: "首席技师",
}
LEVEL_CHOICES = [(int(level), name) for level, name in LEVEL_NAMES.items()]


def is_occupation_code(text: str) -> bool:
    """Return whether the text has the form D-DD-DD-DD (大类-中类-小类-细类)."""
    return OCCUPATION_CODE.fullmatch(text) is not None


def level_named(text: str) -> SkillLevel | None:
    """Return the level that people write as 五级/初级工, 五级 or 初级工; None for anything else."""
    plain = text.strip().replace("／", "/")
    return next((level for level, name in LEVEL_NAMES.items() if plain == name or plain in name.split("/")), None)
