"""What the detectors find in the demo's three weeks, and what became of some of it (示例异常线索). No flag is made by hand."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from lms.access.rules import Actor
from lms.anomalies.models import AnomalyCase, AnomalyPolicy, DetectionRun
from lms.anomalies.rules.terms import AnomalyTerms
from lms.anomalies.services import ask_for_statement, detect, propose_ruling, publish_policy, take_up
from lms.kernel import clock

SOURCE = "示例口径，数字仅供演示，不是任何部门的规定"
QUESTION = "您与另一名学员的测验几乎同时交卷，错答也相同。请说明当时在哪里、怎样完成的。（示例）"
SETTLED = "与机构核对了机房和排课记录，学员当天在教室统一上机，情况属实，不是代学。（示例）"


def build(first_day: date, maker: Actor) -> None:
    """Publish the numbers, run the detectors on three nights, take up one of the cases (示例)."""
    if not AnomalyPolicy.objects.exists():
        publish_policy(terms=AnomalyTerms(), effective_from=first_day, source=SOURCE, actor=maker)
    if DetectionRun.objects.exists():
        return
    for days in (7, 14, 20):
        with clock.travel(datetime.combine(first_day + timedelta(days=days), time(2, 10), tzinfo=clock.SHANGHAI)):
            detect()
    waiting, *settled = AnomalyCase.objects.filter(subject=AnomalyCase.Subject.PERSON).order_by("pk")
    take_up(case=waiting, actor=maker)
    ask_for_statement(case=waiting, question=QUESTION, due_on=None, actor=maker)
    for case in settled:
        take_up(case=case, actor=maker)
        propose_ruling(case=case, outcome="error", reason=SETTLED, actor=maker)
