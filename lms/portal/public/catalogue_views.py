"""The published catalogues: four pages, each with its sheet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from lms.access.views import PUBLIC, open_to
from lms.kernel.visitors import kept_for_visitors
from lms.portal.public.catalogues import CATALOGUES, published, sheet
from lms.portal.workspaces import sheet_answer


@open_to(PUBLIC)
@require_GET
@kept_for_visitors
def catalogues(request: HttpRequest) -> HttpResponse:
    """Show which catalogues there are (已公布的目录)."""
    return render(request, "portal/public/catalogues.html", {"catalogues": list(CATALOGUES.values())})


@open_to(PUBLIC)
@require_GET
@kept_for_visitors
def catalogue(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a catalogue of a year."""
    return render(request, "portal/public/catalogue.html", {"page": published(slug, request.GET.get("year", ""))})


@open_to(PUBLIC)
@require_GET
def catalogue_sheet(request: HttpRequest, slug: str) -> HttpResponse:
    """Return a catalogue of a year as xlsx."""
    return sheet_answer(*sheet(published(slug, request.GET.get("year", ""))))
