"""What is asked of an institution, what was decided about it, and the appeal (核查与申诉)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.anomalies.queries.cases import institution_party
from lms.portal.case_pages import answered, context_of
from lms.portal.provider.frames import provider_frame

TEMPLATE = "portal/provider/cases.html"


@open_to(Role.INSTITUTION)
@require_GET
def cases(request: SignedInRequest) -> HttpResponse:
    """Show what the institution is asked and what was decided about it; nothing before it is asked."""
    context = provider_frame(request) | context_of(institution_party(actor_for(request.user)))
    return render(request, TEMPLATE, context)


@open_to(Role.INSTITUTION)
@require_POST
def case_reply(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a statement or an appeal."""
    actor = actor_for(request.user)
    return answered(
        request,
        party=institution_party(actor),
        actor=actor,
        uid=uid,
        back="institution_cases",
        template=TEMPLATE,
        frame=provider_frame(request),
    )
