"""Identity cases on the office's desk (实名核查)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import ConflictError, ForbiddenError, InvalidError
from lms.people import services
from lms.people.queries import case_for, case_rows, linked_rows
from lms.portal.authority.frames import office_page


def page(request: HttpRequest, *, status: int = 200, **refused: object) -> HttpResponse:
    """Return the list, with what was refused at its case."""
    actor = actor_for(request.user)
    context = {"rows": case_rows(actor), "linked": linked_rows(actor), "shown_case": None, **refused}
    return office_page(request, "identity_cases.html", context, status=status)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
def identity_cases(request: SignedInRequest) -> HttpResponse:
    """Show what waits for a decision."""
    return page(request)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def decide_identity_case(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Link the two accounts to one person, or refuse."""
    actor = actor_for(request.user)
    link, opinion = request.POST.get("decision") == "link", request.POST.get("opinion", "")
    try:
        verified = request.POST.get("verified") == "1"
        services.decide_identity_case(
            case=case_for(actor, uid), link=link, opinion=opinion, actor=actor, is_verified=verified
        )
    except (ConflictError, InvalidError) as error:
        return page(request, shown_case=uid, refusal=error.message, opinion=opinion, status=error.status)
    messages.success(request, "已合并为同一人，两个账号共用一份学习档案。" if link else "已驳回申请。")
    return redirect("identity_cases")


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def reveal_case_phones(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show both sides' full numbers once; the reason is noted first (查看双方手机号)."""
    actor, reason = actor_for(request.user), request.POST.get("reason", "")
    try:
        phones = services.reveal_case_phones(case=case_for(actor, uid), reason=reason, actor=actor)
    except InvalidError as error:
        return page(request, shown_case=uid, reason_refusal=error.message, reason=reason, status=error.status)
    response = page(request, shown_case=uid, phones=phones, reason=reason)
    response["Cache-Control"] = "no-store"
    return response


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def separate_account(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Undo a link, as a step of its own (撤销合并)."""
    actor, opinion = actor_for(request.user), request.POST.get("opinion", "")
    try:
        services.separate_account(case=case_for(actor, uid), opinion=opinion, actor=actor)
    except (ConflictError, ForbiddenError, InvalidError) as error:
        return page(request, shown_case=uid, undo_refusal=error.message, opinion=opinion, status=error.status)
    messages.success(request, "已撤销合并，该账号已退出登录，需重新实名。合并期间的学习记录仍属于原实名人员。")
    return redirect("identity_cases")
