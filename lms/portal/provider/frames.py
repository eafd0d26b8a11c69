"""The frame of an institution's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from lms.access.queries import actor_for
from lms.anomalies.queries.cases import institution_party, waits_for
from lms.portal.workspaces import PROVIDER_NAV, navigation


def provider_frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of the institution's workspace shows (机构工作台)."""
    actor = actor_for(request.user)
    party = institution_party(actor)
    waiting = {"institution_cases": waits_for(party)} if party.institution_ids else {}
    return {"nav": navigation(request, actor, PROVIDER_NAV, waiting), "workspace": "培训机构"}
