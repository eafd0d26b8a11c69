"""The log of evidence as office and auditors see it (存证核验)."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from lms.access.rules import READERS
from lms.access.views import SignedInRequest, open_to
from lms.portal.authority.frames import office_page
from lms.portal.ledger_pages import ledger_page


@open_to(*READERS)
@require_GET
def ledger(request: SignedInRequest) -> HttpResponse:
    """Show the last head with its signature and time stamp, and what the last verification found."""
    return office_page(request, "ledger.html", {"page": ledger_page()})
