"""Pages that everybody may open: home, catalogue, a course, 长辈版."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from courses.queries.catalogue import FACETS, CatalogueFilters
from lms.access.queries import actor_for
from lms.access.views import PUBLIC, open_to
from lms.classes.queries import course_catalogue
from lms.kernel.numbers import page_number
from lms.kernel.visitors import kept_for_visitors
from lms.portal.public import pages

YEAR = 365 * 86_400


@open_to(PUBLIC)
@kept_for_visitors
def home(request: HttpRequest) -> HttpResponse:
    """Show what is on offer, and where a learner goes on (首页)."""
    return render(request, "portal/public/home.html", {"page": pages.home(actor_for(request.user))})


def filters_of(asked: QueryDict) -> CatalogueFilters:
    """Return what an address asks of the catalogue; a facet may be named several times."""
    chosen = {name: tuple(dict.fromkeys(value[:40] for value in asked.getlist(name)[:20] if value)) for name in FACETS}
    number = page_number(asked.get("page", "1"))
    return CatalogueFilters(q=asked.get("q", "").strip()[:100], chosen=chosen, sort=asked.get("sort", ""), page=number)


@open_to(PUBLIC)
@kept_for_visitors
def courses(request: HttpRequest) -> HttpResponse:
    """Show the catalogue (课程目录); the filters stand in the address and work without scripts."""
    result = course_catalogue(filters_of(request.GET))
    return render(request, "portal/public/courses.html", {"page": pages.courses(result)})


@open_to(PUBLIC)
@kept_for_visitors
def course(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a course (课程详情)."""
    return render(request, "portal/public/course.html", {"page": pages.course(actor_for(request.user), uid)})


@csrf_exempt
@open_to(PUBLIC)
@require_POST
def large_type(request: HttpRequest) -> HttpResponse:
    """Switch 长辈版 and go back. Without a CSRF token: every page has this switch, and kept pages can hold no token."""
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    response = redirect(target if safe else "/")
    response.set_cookie("large_type", "1" if request.POST.get("on") == "1" else "0", max_age=YEAR, samesite="Lax")
    return response
