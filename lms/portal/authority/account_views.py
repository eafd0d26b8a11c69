"""Accounts and their roles on the office's desk: asked for, decided by a second person, ended (账号与角色)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import OFFICE, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import DomainError, InvalidError
from lms.people import services
from lms.people.queries import accounts_with_roles, grant_for, role_request_for
from lms.portal.authority.account_forms import AccountFilterForm, RoleAskForm
from lms.portal.authority.account_pages import account_row, decided_rows, request_row, unit_name, waiting_rows
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import page_of, staff_name

EITHER = require_http_methods(["GET", "POST"])


@open_to(*OFFICE, Role.AUDITOR)
@EITHER
def accounts(request: SignedInRequest) -> HttpResponse:
    """Show the accounts with roles, narrowed by role and unit; a name is posted and stands in no address."""
    actor, form = actor_for(request.user), AccountFilterForm(request.GET)
    name = request.POST.get("name", "").strip()[:50]
    context: dict[str, Any] = {"form": form, "name": name, "may_ask": is_permitted(actor, "access.ask")}
    context |= {"waiting": waiting_rows(actor), "decided": decided_rows(actor)}
    if not form.is_valid():
        return office_page(request, "accounts.html", context, status=422)
    page = page_of(accounts_with_roles(actor, **form.cleaned_data, name=name), request.GET.get("page", ""))
    context |= {"page": page, "rows": [account_row(actor, user) for user in page.object_list]}
    context["is_narrowed"] = bool(name or any(form.cleaned_data.values()))
    return office_page(request, "accounts.html", context)


@open_to(*OFFICE)
@EITHER
def ask(request: SignedInRequest) -> HttpResponse:
    """Ask for a role for an account that is named in full (申请授予角色)."""
    form, status = RoleAskForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                made = services.ask_role(
                    user=given["account"],
                    role=Role(given["role"]),
                    organisation=given["unit"],
                    reason=given["reason"],
                    actor=actor_for(request.user),
                )
            except InvalidError as error:
                form.take(error)
            except DomainError as error:
                form.add_error(None, error.message)
                status = error.status
            else:
                messages.success(request, "已提出申请。请核对账号；等区办的另一人复核后生效。")
                return redirect("office_role_request", made.uid)
    return office_page(request, "role_ask.html", {"form": form}, status=status)


def request_page(request: HttpRequest, uid: UUID, *, status: int = 200, **told: object) -> HttpResponse:
    """Return a request, with what was refused."""
    actor = actor_for(request.user)
    context = {"row": request_row(actor, role_request_for(actor, uid)), **told}
    return office_page(request, "role_request.html", context, status=status)


@open_to(*OFFICE, Role.AUDITOR)
@EITHER
def role_request(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a request for a role, or decide it (复核角色申请)."""
    if request.method != "POST":
        return request_page(request, uid)
    actor, opinion = actor_for(request.user), request.POST.get("opinion", "")
    agrees = request.POST.get("decision") == "agree"
    try:
        services.decide_role(asked=role_request_for(actor, uid), agrees=agrees, opinion=opinion, actor=actor)
    except DomainError as error:
        return request_page(request, uid, refusal=error.message, opinion=opinion, status=error.status)
    messages.success(request, "已授予角色，该账号下次打开页面时生效。" if agrees else "已退回，账号的角色没有变动。")
    return redirect("office_role_request", uid)


@open_to(Role.OFFICE_CHECKER)
@EITHER
def role(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a role that an account holds, and end it (撤销角色)."""
    actor, reason, status, refusal = actor_for(request.user), request.POST.get("reason", ""), 200, ""
    grant = grant_for(actor, uid)
    if request.method == "POST":
        try:
            services.end_role(grant=grant, reason=reason, actor=actor)
        except DomainError as error:
            refusal, status = error.message, error.status
        else:
            messages.success(request, "已撤销角色，该账号已从所有设备退出登录。")
            return redirect("office_accounts")
    context = {"grant": grant, "who": staff_name(grant.user), "unit": unit_name(grant.organisation)}
    context |= {"row": account_row(actor, grant.user), "reason": reason, "refusal": refusal}
    return office_page(request, "role_end.html", context, status=status)
