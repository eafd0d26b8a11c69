"""The operation log on the desks of the office's lead and the auditors (操作日志)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.dossier.queries.deeds import deed_for, deeds_found, found_of, person_by_uid, persons_found, rows_of
from lms.dossier.services.deeds import request_deeds, reveal_reason
from lms.kernel.errors import DomainError, InvalidError
from lms.portal.authority.deed_forms import DeedFilterForm
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import page_of

NOBODY = "没有找到这个姓名或证件号码的人员。请填写完整的姓名，或完整的证件号码。"


@open_to(Role.OFFICE_CHECKER, Role.AUDITOR)
def deeds(request: SignedInRequest) -> HttpResponse:
    """Show the operation log, narrowed by person, actor, deed and period. Names and numbers are posted, in no address."""
    if request.method == "POST":
        return export(request) if "purpose" in request.POST else search(request)
    return deeds_page(request, DeedFilterForm(request.GET))


def search(request: SignedInRequest) -> HttpResponse:
    """Find whom deeds are about: the one person found, or a choice of those of the same name."""
    whom = request.POST.get("whom", "").strip()
    found = persons_found(actor_for(request.user), whom) if whom else []
    if len(found) == 1:
        return redirect(f"{reverse('office_deeds')}?{urlencode({'person': found[0].uid})}")
    refusal = "" if found else NOBODY
    told = {"whom": whom, "found": found, "whom_refusal": refusal}
    return deeds_page(request, DeedFilterForm({}), status=422 if refusal else 200, **told)


def export(request: SignedInRequest) -> HttpResponse:
    """Have the entries that are looked for written to a file; its purpose is noted (导出)."""
    form, purpose = DeedFilterForm(request.GET), request.POST["purpose"]
    if not form.is_valid():
        return deeds_page(request, form)
    try:
        request_deeds(wanted=form.filters(), purpose=purpose, actor=actor_for(request.user))
    except InvalidError as error:
        return deeds_page(request, form, status=422, purpose=purpose, purpose_refusal=error.message)
    messages.success(request, "已开始生成，完成后在下面下载；文件保存24小时后自动删除。")
    return redirect("office_exports")


def deeds_page(request: SignedInRequest, form: DeedFilterForm, *, status: int = 200, **told: Any) -> HttpResponse:
    """Return the list; of filters that say nothing, what is wrong with them and no list."""
    context: dict[str, Any] = {"form": form, **told}
    if not form.is_valid():
        return office_page(request, "deeds.html", context, status=422)
    wanted = form.filters()
    page = page_of(deeds_found(actor_for(request.user), wanted), request.GET.get("page", ""), size=50)
    person = found_of(person_by_uid(wanted.person)) if wanted.person else None
    context |= {"page": page, "rows": rows_of(page.object_list), "person": person}
    return office_page(request, "deeds.html", context, status=status)


@open_to(Role.OFFICE_CHECKER, Role.AUDITOR)
def deed(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a deed; its sealed reason once, when it was said what for."""
    actor = actor_for(request.user)
    entry = deed_for(actor, uid)
    context: dict[str, Any] = {"row": rows_of([entry])[0], "reason": request.POST.get("reason", "")}
    status = 200
    if request.method == "POST":
        try:
            context["revealed"] = reveal_reason(entry=entry, reason=context["reason"], actor=actor)
        except DomainError as error:
            context["reason_refusal"], status = error.message, error.status
    response = office_page(request, "deed.html", context, status=status)
    response["Cache-Control"] = "no-store"  # a revealed reason is not kept by the browser
    return response
