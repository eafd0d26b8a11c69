"""What is asked of a learner, what was decided, and the appeal (核查与申诉)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.anomalies.queries.cases import learner_party
from lms.portal.case_pages import answered, context_of

TEMPLATE = "portal/learner/cases.html"


@open_to(SIGNED_IN)
@require_GET
def my_cases(request: SignedInRequest) -> HttpResponse:
    """Show what one is asked and what was decided about oneself, in plain words."""
    return render(request, TEMPLATE, context_of(learner_party(actor_for(request.user))))


@open_to(SIGNED_IN)
@require_POST
def my_case_reply(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a statement or an appeal."""
    actor = actor_for(request.user)
    party = learner_party(actor)
    return answered(request, party=party, actor=actor, uid=uid, back="my_cases", template=TEMPLATE, frame={})
