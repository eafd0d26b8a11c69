"""The workspace of an enterprise: what its staff are to be taught this year."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.catalogue.queries import enterprises_of, staff_demand, staff_demand_by_uid
from lms.catalogue.services.demand import register_staff_demand, withdraw_demand
from lms.kernel import clock
from lms.portal.demand_forms import StaffDemandForm
from lms.portal.workspaces import ENTERPRISE_NAV, navigation


@open_to(Role.ENTERPRISE)
@require_http_methods(["GET", "POST"])
def demand(request: SignedInRequest) -> HttpResponse:
    """Show what the own enterprises registered, and register more (企业培训需求)."""
    actor, year = actor_for(request.user), clock.today().year
    form = StaffDemandForm(request.POST or None, enterprises=enterprises_of(actor))
    if request.method == "POST" and form.is_valid():
        register_staff_demand(**form.cleaned_data, actor=actor)
        messages.success(request, "已登记。同一职业和等级再次登记会更新人数。")
        return redirect("enterprise_demand")
    context = {
        "form": form,
        "rows": list(staff_demand(actor, year)),
        "year": year,
        "nav": navigation(request, actor, ENTERPRISE_NAV),
        "workspace": "企业",
    }
    return render(request, "portal/enterprise/demand.html", context, status=422 if form.is_bound else 200)


@open_to(Role.ENTERPRISE)
@require_POST
def withdraw(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a registration back."""
    actor = actor_for(request.user)
    withdraw_demand(demand=staff_demand_by_uid(actor, uid), actor=actor)
    messages.success(request, "已撤回，不再计入今年的培训需求目录。")
    return redirect("enterprise_demand")
