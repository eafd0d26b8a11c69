"""What a learner wants to learn this year."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.catalogue.queries import own_demand
from lms.catalogue.services.demand import register_own_demand, withdraw_demand
from lms.kernel import clock
from lms.portal.demand_forms import DemandForm

FIELDS = ("occupation", "level", "mode", "time")


@open_to(SIGNED_IN)
@require_http_methods(["GET", "POST"])
def my_demand(request: SignedInRequest) -> HttpResponse:
    """Show and change the own wish of this year (登记培训需求)."""
    actor = actor_for(request.user)
    if actor.person_id is None:
        return redirect(f"/my/identity/?next={request.path}")
    known = own_demand(actor, clock.today().year)
    initial = {name: getattr(known, name) for name in FIELDS} if known else None
    form = DemandForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        register_own_demand(**form.cleaned_data, actor=actor)
        messages.success(request, "已登记。今年之内可以随时修改或撤回，只统计最后一次。")
        return redirect("my_demand")
    status = 422 if form.is_bound else 200
    context = {"form": form, "known": known, "year": clock.today().year}
    return render(request, "portal/learner/demand.html", context, status=status)


@open_to(SIGNED_IN)
@require_POST
def my_demand_withdraw(request: SignedInRequest) -> HttpResponse:
    """Take the own wish back."""
    actor = actor_for(request.user)
    if known := own_demand(actor, clock.today().year):
        withdraw_demand(demand=known, actor=actor)
        messages.success(request, "已撤回，不再计入今年的培训需求目录。")
    return redirect("my_demand")
