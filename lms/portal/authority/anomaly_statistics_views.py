"""Statistics of flags for whoever supervises the detectors (线索统计)."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from lms.access.queries import actor_for
from lms.access.rules import READERS
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import InvalidError
from lms.portal.authority.anomaly_statistics import statistics_page, statistics_sheet
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import sheet_answer


@open_to(*READERS)
@require_GET
def statistics(request: SignedInRequest) -> HttpResponse:
    """Show what became of flags, by detector and month (线索统计)."""
    actor = actor_for(request.user)
    asked = {name: request.GET.get(name, "").strip() for name in ("year", "kind")}
    try:
        return office_page(request, "anomaly_statistics.html", {"page": statistics_page(actor, **asked)})
    except InvalidError as error:
        refused = {"page": statistics_page(actor, **asked | {"year": ""}), "refusal": error.message}
        return office_page(request, "anomaly_statistics.html", refused, status=422)


@open_to(*READERS)
@require_GET
def sheet(request: SignedInRequest) -> HttpResponse:
    """Return the same as xlsx (导出); where the period is none, the page that says so."""
    year = request.GET.get("year", "").strip()
    try:
        return sheet_answer(*statistics_sheet(actor_for(request.user), year=year))
    except InvalidError:
        return redirect(f"{reverse('office_anomaly_statistics')}?{urlencode({'year': year})}")
