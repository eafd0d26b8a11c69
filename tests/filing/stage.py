"""A unit's way to being filed, as its staff and the office go it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lms.appeals.rules import Upload
from lms.catalogue.models import Occupation
from lms.filing.models import Filing, FilingApplication, FilingStep
from lms.filing.services import (
    accept_application,
    add_row,
    change_application,
    check_application,
    decide_measure,
    propose_measure,
    start_application,
    submit_application,
)
from lms.kernel import clock
from lms.organisations.models import Organisation
from lms.organisations.rules import inner_check, outer_check
from tests.cast import Cast

SCAN = Upload("许可证.pdf", b"%PDF-1.4 scan")
OPINION = "材料齐全，与原件一致"
REASON = "现场检查发现代签到两人次"


def credit_code(serial: int, *, authority: str = "52") -> str:
    """Return a made-up code with right checks of a place that does not exist (999999): no real unit has it (示例)."""
    inner = f"SL{serial:06}".replace("S", "M")
    first = f"{authority}999999{inner}{inner_check(inner)}"
    return first + outer_check(first)


def occupation(code: str = "6-18-02-04", name: str = "焊工") -> Occupation:
    """Return an occupation."""
    values = {"name": name, "valid_from": date(2022, 7, 1), "source": "示例"}
    return Occupation.objects.get_or_create(code=code, edition="2022", defaults=values)[0]


def basics(serial: int = 1, **changes: Any) -> dict[str, Any]:
    """Return what an application says of a unit and its licence."""
    return {
        "credit_code": credit_code(serial),
        "address": "示例路1号",
        "contact_phone": "0532-00000000",
        "licence_number": "示例-001",
        "licence_issuer": "示例发证机关",
        "licence_from": clock.today() - timedelta(days=300),
        "licence_to": clock.today() + timedelta(days=400),
    } | changes


def filled(cast: Cast, unit: Organisation, actor: Any, serial: int = 1, **changes: Any) -> FilingApplication:
    """Return an application with all that it needs."""
    held = start_application(organisation=unit, actor=actor)
    change_application(application=held, actor=actor, **basics(serial, **changes))
    add_row(application=held, part="catalogue", actor=actor, occupation=occupation(), level=1)
    site = {"name": "一号实训室", "address": "示例路1号", "area_m2": 200, "seats": 40}
    add_row(application=held, part="sites", actor=actor, **site)
    teacher = {"name": "李示范", "is_full_time": True, "subject": "焊工", "certificate": "焊工 三级/高级工"}
    add_row(application=held, part="teachers", actor=actor, trained_on=clock.today() - timedelta(days=90), **teacher)
    add_row(application=held, part="papers", actor=actor, kind="licence", upload=SCAN)
    held.refresh_from_db()
    return held


def filed(cast: Cast, unit: Organisation, name: str = "zhao", serial: int = 1, **changes: Any) -> Filing:
    """Return a unit's filing: filled in by its staff, checked by one of the office, accepted by the lead."""
    held = filled(cast, unit, cast.actor(name), serial, **changes)
    submit_application(application=held, actor=cast.actor(name))
    check_application(application=held, opinion=OPINION, actor=cast.actor("sun"))
    return accept_application(application=held, opinion=OPINION, actor=cast.actor("chen"))


def measured(cast: Cast, unit: Organisation, measure: str, due_on: date | None = None) -> FilingStep:
    """Return a measure that two of the office took."""
    asked = propose_measure(organisation=unit, measure=measure, reason=REASON, due_on=due_on, actor=cast.actor("sun"))
    return decide_measure(proposal=asked, agrees=True, opinion="同意，按此办理", actor=cast.actor("chen"))
