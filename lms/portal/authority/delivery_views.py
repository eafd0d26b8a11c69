"""How notices went out, and by which numbers (通知投递)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role, is_permitted
from lms.access.views import SignedInRequest, came_from, open_to
from lms.kernel import clock
from lms.kernel.errors import ConflictError
from lms.notifications.models import Delivery
from lms.notifications.queries.deliveries import deliveries_for, delivery_for, policy_on, policy_versions
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import CHANNELS, describe_terms
from lms.notifications.services.policies import publish_policy, retry_delivery
from lms.portal.authority.delivery_forms import KIND_CHOICES, DeliveryPolicyForm
from lms.portal.authority.frames import office_page
from lms.portal.authority.policy_versions import PolicyPages
from lms.portal.workspaces import page_of

FILTERS = {"state": dict(Delivery.State.choices), "channel": CHANNELS, "kind": KINDS}
policy, policy_new = PolicyPages(
    title="通知投递口径",
    stays="已排入的投递仍按排入时的时间发出。",
    back="office_delivery_policy",
    template="delivery_policy.html",
    form_template="numbered_policy_form.html",
    form=DeliveryPolicyForm,
    on=policy_on,
    versions=policy_versions,
    describe=lambda held: describe_terms(held.delivery_terms()),
    publish=publish_policy,
).views()


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER, Role.AUDITOR)
@require_GET
def deliveries(request: SignedInRequest) -> HttpResponse:
    """Show the deliveries, the newest first, narrowed by state, channel and kind."""
    actor = actor_for(request.user)
    asked = {name: request.GET.get(name, "") for name, known in FILTERS.items() if request.GET.get(name) in known}
    context = {
        "page": page_of(deliveries_for(actor, **asked), request.GET.get("page", "")),
        "asked": asked,
        "states": Delivery.State.choices,
        "channels": CHANNELS.items(),
        "kinds": KIND_CHOICES,
        "policy": policy_on(clock.today()),
        "may_retry": is_permitted(actor, "notifications.retry"),
    }
    return office_page(request, "deliveries.html", context)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def retry(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Have what was given up tried anew."""
    actor = actor_for(request.user)
    try:
        retry_delivery(delivery=delivery_for(actor, uid), actor=actor)
    except ConflictError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已重新排入发送，几分钟后可在列表中看到结果。")
    return redirect(came_from(request, "/office/deliveries/"))
