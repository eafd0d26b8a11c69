"""Identity cases on the office's desk (实名核查)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import ConflictError, InvalidError
from lms.people import services
from lms.people.queries import case_for, case_rows


def page(request: HttpRequest, *, notice: str = "", status: int = 200) -> HttpResponse:
    """Return the list."""
    context = {"rows": case_rows(actor_for(request.user)), "notice": notice}
    return render(request, "portal/authority/identity_cases.html", context, status=status)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
def identity_cases(request: SignedInRequest) -> HttpResponse:
    """Show what waits for a decision."""
    return page(request)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def decide_identity_case(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Link the two accounts to one person, or refuse."""
    actor = actor_for(request.user)
    link = request.POST.get("decision") == "link"
    try:
        services.decide_identity_case(
            case=case_for(actor, uid), link=link, opinion=request.POST.get("opinion", ""), actor=actor
        )
    except (ConflictError, InvalidError) as error:
        return page(request, notice=error.message, status=error.status)
    messages.success(request, "已合并为同一人。" if link else "已驳回申请。")
    return redirect("identity_cases")
