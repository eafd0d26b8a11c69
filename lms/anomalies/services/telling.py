"""Telling whom a case concerns what is asked and what was decided; institutions never read a person's words here."""

from __future__ import annotations

from collections.abc import Iterable

from lms.access.queries import holders_at
from lms.access.rules import Role
from lms.anomalies.models import AnomalyCase, CaseStep
from lms.notifications.rules import Message
from lms.notifications.services import tell_persons, tell_users


def tell_asked(step: CaseStep) -> None:
    """Tell whoever is asked for a statement, and until when (通知说明)."""
    text = f"请在{step.due_on:%Y年%-m月%-d日}前提交说明。"
    tell(step.case, f"case:{step.pk}", "有一项学习记录需要说明", text, [step.person_id], [step.institution_id])


def tell_ruled(ruling: CaseStep) -> None:
    """Tell whoever a confirmed outcome hits (通知结论)."""
    hit = list(ruling.measures.values_list("person_id", "institution_id"))
    text = "请查看结论和措施；不同意的，可以在期限内申诉。"
    persons, units = [person for person, _ in hit], [unit for _, unit in hit]
    tell(ruling.case, f"case:{ruling.pk}", "核查已有结论", text, persons, units)


def tell_appeal_decided(step: CaseStep) -> None:
    """Tell whoever appealed how it ended (通知申诉结果)."""
    title = "申诉成立" if step.kind == CaseStep.Kind.GRANTED else "申诉未获支持"
    tell(step.case, f"case:{step.pk}", title, "请查看处理意见。", [step.person_id], [step.institution_id])


def tell(
    case: AnomalyCase, key: str, title: str, text: str, persons: Iterable[int | None], units: Iterable[int | None]
) -> None:
    """Tell persons at their accounts, institutions at those of their staff."""
    tell_persons(persons, Message("case_person", case.uid, key, title, text))
    staff = [user for unit in {one for one in units if one} for user in holders_at(Role.INSTITUTION, unit)]
    tell_users(staff, Message("case_institution", case.uid, key, title, text))
