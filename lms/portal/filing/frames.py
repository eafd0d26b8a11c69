"""The frame around a filing's pages: that of whoever looks, the office's or the unit's own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lms.access.queries import actor_for
from lms.access.rules import READERS, Role
from lms.portal.authority.frames import waiting_counts
from lms.portal.provider.frames import provider_frame
from lms.portal.workspaces import ENTERPRISE_NAV, OFFICE_NAV, navigation


def filing_frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame shows."""
    actor = actor_for(request.user)
    if actor.has(*READERS):
        return {"nav": navigation(request, actor, OFFICE_NAV, waiting_counts(actor)), "workspace": "培训监管"}
    if actor.has(Role.INSTITUTION):
        return provider_frame(request)
    return {"nav": navigation(request, actor, ENTERPRISE_NAV), "workspace": "企业"}


def filing_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page of a filing in the frame of whoever looks."""
    return render(request, f"portal/filing/{template}", filing_frame(request) | context, status=status)
