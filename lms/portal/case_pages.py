"""The page of whom a case concerns, a learner's and an institution's alike: what it shows, and taking what they say."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from lms.access.rules import Actor
from lms.anomalies.models import CaseStep
from lms.anomalies.queries.cases import Party, step_concerning
from lms.anomalies.queries.concerns import concerns
from lms.anomalies.services import appeal, give_statement
from lms.kernel.errors import DomainError


def context_of(party: Party) -> dict[str, object]:
    """Return what the page of a party shows; nothing was refused yet."""
    return {"concerns": concerns(party), "shown": None, "refusal": "", "text": ""}


def answered(
    request: HttpRequest, *, party: Party, actor: Actor, uid: UUID, back: str, template: str, frame: dict[str, object]
) -> HttpResponse:
    """Take a statement or an appeal; a refusal is shown at its field with what was typed."""
    step, text = step_concerning(party, uid), request.POST.get("text", "")
    try:
        if step.kind == CaseStep.Kind.ASKED:
            give_statement(request=step, text=text, party=party, actor=actor)
            messages.success(request, "说明已提交，核查人员会查看，结果显示在本页。")
        else:
            appeal(ruling=step, text=text, party=party, actor=actor)
            messages.success(request, "申诉已提交，由没有参与本案的人员处理，结果显示在本页。")
    except DomainError as error:
        refused = {"shown": uid, "refusal": error.message, "text": text}
        return render(request, template, frame | context_of(party) | refused, status=error.status)
    return redirect(back)
