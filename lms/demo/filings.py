"""Institutions and an enterprise that are filed, suspended, told to mend, returned or waiting (示例备案). Through the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from courses.models import CourseVersion
from lms.access.rules import Actor
from lms.appeals.rules import Upload
from lms.catalogue.models import Occupation
from lms.catalogue.queries import occupations_on
from lms.filing.models import AgreementText, Filing, FilingApplication, FilingPolicy
from lms.filing.rules.terms import FilingTerms
from lms.filing.services import (
    accept_application,
    add_row,
    change_application,
    check_application,
    countersign_agreement,
    decide_measure,
    propose_measure,
    publish_policy,
    publish_text,
    return_application,
    sign_agreement,
    start_application,
    submit_application,
)
from lms.kernel import clock
from lms.organisations.models import Organisation
from lms.organisations.rules import inner_check, outer_check

SOURCE = "示例口径，数字仅供演示，不是任何部门的规定"
OPINION = "材料齐全，与原件一致。（示例）"
BODY = "甲方（区办）委托乙方按年度计划开展补贴性职业技能培训，乙方先垫后补，并接受甲方的检查。（示例文本，仅供演示）"
PROMISES = ("如实申报学员、学时和证书（示例）", "不向学员收取费用（示例）", "按备案的目录、场地和师资培训（示例）")
SCAN = Upload(
    "示例.pdf",
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
)
LICENCE_DAYS = (600, 66, 400, 500, 300, 300)  # by unit: of the second it ends soon


def credit_code(serial: int, kind: str) -> str:
    """Return an invented code with right checks, of a place that does not exist: no real unit has it (示例)."""
    eight = f"MH{serial:06}"
    first = f"{'52' if kind == 'institution' else '91'}999999{eight}{inner_check(eight)}"
    return first + outer_check(first)


def build_filed(units: Sequence[tuple[Organisation, Actor]], maker: Actor, lead: Actor) -> None:
    """File the units, each by its own staff and two of the office, unless they are (示例)."""
    if not FilingPolicy.objects.exists():
        terms = FilingTerms(filing_required=True)
        publish_policy(terms=terms, effective_from=clock.today(), source=SOURCE, actor=maker)
    for serial, (unit, staff) in enumerate(units, 1):
        if Filing.objects.filter(organisation=unit).exclude(current=None).exists():
            continue
        held = filled(unit, staff, serial)
        submit_application(application=held, actor=staff)
        check_application(application=held, opinion=OPINION, actor=maker)
        accept_application(application=held, opinion=OPINION, actor=lead)
    build_agreements(units[:2], maker, lead)


def build_agreements(units: Sequence[tuple[Organisation, Actor]], maker: Actor, lead: Actor) -> None:
    """Have units sign this year's agreement; the office signs that of the first (示例)."""
    if AgreementText.objects.exists():
        return
    today = clock.today()
    publish_text(body=BODY, undertakings=PROMISES, effective_from=today, source=SOURCE, actor=maker)
    signed = [
        sign_agreement(organisation=unit, year=today.year, version=1, promised=PROMISES, actor=staff)
        for unit, staff in units
    ]
    countersign_agreement(agreement=signed[0], actor=lead)


def filled(unit: Organisation, staff: Actor, serial: int) -> FilingApplication:
    """Return an application with all that the policy asks for."""
    held = start_application(organisation=unit, actor=staff)
    values: dict[str, Any] = {
        "credit_code": credit_code(serial, unit.kind),
        "address": f"示例路{serial}号",
        "contact_phone": f"0532-0000000{serial}",
    }
    if unit.kind == "institution":
        today = clock.today()
        values |= {
            "licence_number": f"示例民培{serial:03}号",
            "licence_issuer": "示例区行政审批服务局",
            "licence_from": today - timedelta(days=700),
            "licence_to": today + timedelta(days=LICENCE_DAYS[serial % len(LICENCE_DAYS) - 1]),
        }
    change_application(application=held, actor=staff, **values)
    if unit.kind == "institution":
        add_rows(held, unit, staff)
    held.refresh_from_db()
    return held


def add_rows(held: FilingApplication, unit: Organisation, staff: Actor) -> None:
    """Add what an institution has: what it teaches, where, by whom, and the scan of its licence."""
    for occupation, level in taught(unit):
        add_row(application=held, part="catalogue", actor=staff, occupation=occupation, level=level)
    site = {"name": "实训室（示例）", "address": held.address or "示例路", "area_m2": 260, "seats": 40}
    add_row(application=held, part="sites", actor=staff, **site)
    trained = {"trained_on": clock.today() - timedelta(days=200), "training": "在区师资培训（示例）"}
    teacher = {"name": "高示原", "is_full_time": True, "subject": "职业技能", "certificate": "三级/高级工（示例）"}
    add_row(application=held, part="teachers", actor=staff, **teacher, **trained)
    guest = {"name": "罗示刚", "is_full_time": False, "subject": "企业实操", "certificate": "二级/技师（示例）"}
    add_row(application=held, part="teachers", actor=staff, **guest)
    add_row(application=held, part="papers", actor=staff, kind="licence", upload=SCAN)


def taught(unit: Organisation) -> list[tuple[Occupation, int]]:
    """Return occupations and levels of a unit's courses; of one without courses the first of the table."""
    versions = CourseVersion.objects.filter(institution=unit).select_related("occupation").order_by("pk")
    found = {(one.occupation_id, one.level): (one.occupation, one.level) for one in versions}
    return list(found.values()) or [(occupations_on(clock.today())[0], 1)]


def build_supervised(units: Sequence[Organisation], maker: Actor, lead: Actor) -> None:
    """Suspend one unit and have another mend something, unless that was done (示例)."""
    today = clock.today()
    measures = (
        ("suspend", "检查发现两个班的签到由他人代签。（示例）", 60),
        ("rectify", "实训室消防通道堆放设备，须清理并补拍照片。（示例）", 20),
    )
    for unit, (measure, reason, days) in zip(units, measures, strict=True):
        if unit.filing_steps.filter(kind="proposed").exists():
            continue
        asked = propose_measure(
            organisation=unit, measure=measure, reason=reason, due_on=today + timedelta(days=days), actor=maker
        )
        decide_measure(proposal=asked, agrees=True, opinion="事实清楚，同意。（示例）", actor=lead)


def build_waiting(units: Sequence[tuple[Organisation, Actor]], maker: Actor) -> None:
    """Let one application wait for the office and another be with its unit again, unless they are (示例)."""
    for serial, (unit, staff) in enumerate(units, 20):
        if unit.filing_applications.exists():
            continue
        held = filled(unit, staff, serial)
        submit_application(application=held, actor=staff)
        if serial > 20:
            wrong = {"licence_to": "与许可证扫描件上的日期不一致，请核对。（示例）"}
            return_application(application=held, opinion="请补正后再提交。（示例）", corrections=wrong, actor=maker)
