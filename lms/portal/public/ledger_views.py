"""The published log: signed heads, keys, proofs that one head follows another, time stamps (存证公示)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lms.access.views import PUBLIC, open_to
from lms.audit.queries import consistency, stamp_of
from lms.kernel.numbers import whole_number
from lms.portal.ledger_pages import ledger_page, published


@open_to(PUBLIC)
@require_GET
def ledger(request: HttpRequest) -> HttpResponse:
    """Show the newest signed heads and the public keys."""
    return render(request, "portal/public/ledger.html", {"page": ledger_page()})


@open_to(PUBLIC)
@require_GET
def ledger_heads(request: HttpRequest) -> HttpResponse:
    """Return heads and keys as JSON; `before=SIZE` gives older ones."""
    return JsonResponse(published(whole_number(request.GET.get("before", ""))))


@open_to(PUBLIC)
@require_GET
def ledger_consistency(request: HttpRequest) -> HttpResponse:
    """Return the proof that the log at head `new` begins with the log at head `old`."""
    old, new = (whole_number(request.GET.get(name, "")) or 0 for name in ("old", "new"))
    return JsonResponse(consistency(old, new))


@open_to(PUBLIC)
@require_GET
def ledger_stamp(request: HttpRequest, size: int) -> HttpResponse:
    """Return a head's time stamp as the authority gave it."""
    response = HttpResponse(stamp_of(size), content_type="application/timestamp-reply")
    response["Content-Disposition"] = f'attachment; filename="head-{size}.tsr"'
    return response
