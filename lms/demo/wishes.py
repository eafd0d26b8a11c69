"""What the demo's office publishes, and what its people and an enterprise want to learn (示例目录与需求)."""

from __future__ import annotations

from lms.access.queries import actor_for
from lms.catalogue.models import CatalogueEntry, Occupation, TrainingDemand
from lms.catalogue.services.demand import register_own_demand, register_staff_demand
from lms.catalogue.services.published import COLUMNS, import_entries
from lms.kernel import clock
from lms.kernel.sheets import Column, write_workbook
from lms.organisations.models import Organisation
from lms.people.models import User

DOCUMENT = "示例目录，不是任何部门的文件"
SHORTAGE = (
    ("焊工", "6-18-02-04", "五级/初级工", "智慧海洋", "非常紧缺"),
    ("电工", "6-31-01-03", "四级/中级工", "高端装备制造", "紧缺"),
    ("汽车维修工", "4-12-01-01", "三级/高级工", "汽车制造", "紧缺"),
    ("药物制剂技术（专业）", "", "", "生物医药", "紧缺"),
)
GENERAL = (
    ("养老护理员", "4-10-01-05", "五级/初级工", "", ""),
    ("家政服务员", "4-10-01-06", "五级/初级工", "", ""),
    ("中式面点师", "4-03-02-02", "五级/初级工", "", ""),
)
WANTED = ("4-10-01-05", "6-31-01-03", "4-03-02-02", "4-10-01-05", "4-01-06-02")
TIMES = tuple(TrainingDemand.Time.values)


def build(learners: list[User], enterprise: Organisation) -> None:
    """Publish two catalogues and register some demand, unless that was done."""
    if TrainingDemand.objects.exists():
        return
    office = actor_for(User.objects.get(username="jingban"))
    for kind, rows in ((CatalogueEntry.Kind.SHORTAGE, SHORTAGE), (CatalogueEntry.Kind.GENERAL, GENERAL)):
        import_entries(kind=kind, name="示例目录.xlsx", content=sheet_of(rows), dry_run=False, actor=office)
    for place, user in enumerate(learners[:12]):
        register_own_demand(
            occupation=occupation(WANTED[place % len(WANTED)]),
            level=1 + place % 2,
            mode="online" if place % 3 else "blended",
            time=TIMES[place % len(TIMES)],
            actor=actor_for(user),
        )
    staff = actor_for(User.objects.get(username="qiye"))
    for code, level, heads in (("6-18-02-04", 2, 18), ("6-30-05-01", 1, 6)):
        register_staff_demand(
            enterprise=enterprise,
            occupation=occupation(code),
            level=level,
            mode="blended",
            time="weekend",
            headcount=heads,
            actor=staff,
        )


def occupation(code: str) -> Occupation:
    """Return an occupation by its code."""
    return Occupation.objects.filter(code=code).order_by("-valid_from")[0]


def sheet_of(rows: tuple[tuple[str, str, str, str, str], ...]) -> bytes:
    """Return a catalogue as the office brings it."""
    today = clock.today()
    cells = [(today.year, *row, DOCUMENT, today.isoformat(), "示例") for row in rows]
    return write_workbook([Column(name) for name in COLUMNS], cells, title="目录")
