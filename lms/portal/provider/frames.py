"""The frame of an institution's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from lms.access.queries import actor_for
from lms.portal.workspaces import PROVIDER_NAV, navigation


def provider_frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the frame of the institution's workspace shows (机构工作台)."""
    return {"nav": navigation(request, actor_for(request.user), PROVIDER_NAV), "workspace": "培训机构"}
