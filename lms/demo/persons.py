"""The people of the demo district (示例人员): made-up names, numbers of the impossible place 999999."""

from __future__ import annotations

from dataclasses import dataclass

from lms.access.rules import Role
from lms.people.rules import check_character

PASSWORD = "shili-2026-demo"  # noqa: S105 - printed at every start of the demo, useless anywhere else
PLACE = "999999"
INSTITUTION_A, INSTITUTION_B = "晨光职业培训学校（示例）", "众成技能培训中心（示例）"
INSTITUTION_C, INSTITUTION_D = "启航职业技能培训学校（示例）", "海韵家政培训学校（示例）"
INSTITUTION_E, INSTITUTION_F = "东岸焊接培训中心（示例）", "新程职业培训学校（示例）"
OFFICE = "示例区人力资源和社会保障局"
ENTERPRISE = "海工装备制造有限公司（示例）"


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff who can sign in."""

    login: str
    name: str
    role: Role
    organisation: str | None


@dataclass(frozen=True, slots=True)
class Learner:
    """A learner who can sign in."""

    serial: int
    name: str
    born: str

    @property
    def login(self) -> str:
        """Return the account's name."""
        return f"xueyuan{self.serial:02}"

    @property
    def phone(self) -> str:
        """Return a number of the unallotted segment 154."""
        return f"+86154000000{self.serial:02}"

    @property
    def document_number(self) -> str:
        """Return a resident ID number with a right check character."""
        first17 = f"{PLACE}{self.born}{self.serial:03}"
        return first17 + check_character(first17)


STAFF = [
    Staff("jiangshi", "李卫东（示例讲师）", Role.INSTRUCTOR, INSTITUTION_A),
    Staff("jigou", "赵敏（示例机构教务）", Role.INSTITUTION, INSTITUTION_A),
    Staff("jiangshi2", "何淑琴（示例讲师）", Role.INSTRUCTOR, INSTITUTION_B),
    Staff("jigou2", "钱立群（示例机构教务）", Role.INSTITUTION, INSTITUTION_B),
    Staff("jigou3", "郑岚（示例机构教务）", Role.INSTITUTION, INSTITUTION_C),
    Staff("jigou4", "吕峰（示例机构教务）", Role.INSTITUTION, INSTITUTION_D),
    Staff("jigou5", "沈洁（示例机构教务）", Role.INSTITUTION, INSTITUTION_E),
    Staff("jigou6", "丁宁（示例机构教务）", Role.INSTITUTION, INSTITUTION_F),
    Staff("qiye", "冯志刚（示例企业人事）", Role.ENTERPRISE, ENTERPRISE),
    Staff("jingban", "孙悦（示例经办人）", Role.OFFICE_MAKER, None),
    Staff("fuhe", "陈国平（示例复核人）", Role.OFFICE_CHECKER, None),
    Staff("zhuguan", "周文（示例主管部门）", Role.DEPARTMENT, OFFICE),
    Staff("shenji", "吴静（示例审计员）", Role.AUDITOR, None),
]
# Every given name holds 示 (示例): none of these people exists.
FAMILIES = "王刘张陈杨黄周吴徐孙马朱胡郭林何高罗郑梁谢宋唐许韩冯邓曹彭曾"
GIVEN = "芳强敏军霞勇艳涛娟伟丽刚英磊秀斌梅辉云超珍波琴鹏萍凯红亮玲洋"
LEARNERS = [
    Learner(serial, f"{family}示{given}", f"{1972 + serial % 30}{1 + serial % 12:02}{1 + serial % 27:02}")
    for serial, (family, given) in enumerate(zip(FAMILIES, GIVEN, strict=True), 1)
]


def logins() -> list[dict[str, str]]:
    """Return one login of each role, the learner first (示例登录)."""
    staff = [{"role": s.role.value, "login": s.login, "password": PASSWORD, "name": s.name} for s in STAFF]
    learners = [
        {"role": Role.LEARNER.value, "login": one.login, "password": PASSWORD, "name": f"{one.name}（示例学员）"}
        for one in LEARNERS[:2]
    ]
    return learners + staff
