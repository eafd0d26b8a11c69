"""Screens of the office: which lessons are taught live, and looking into one unseen (巡课)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from courses.middleware import media_key
from lms.access.queries import actor_for
from lms.access.rules import READERS
from lms.access.views import SignedInRequest, open_to
from lms.live.queries.sessions import live_to_inspect, lives_to_inspect
from lms.live.rules.lifecycle import ON_AIR, OVER
from lms.live.services import inspect_live
from lms.portal.authority.frames import office_page
from lms.portal.live_attendance import attendance_context, way_context
from lms.portal.live_pages import live_facts, live_line, live_lines, stream_of
from lms.portal.workspaces import page_of


@open_to(*READERS)
@require_GET
def lives(request: SignedInRequest) -> HttpResponse:
    """Show the live lessons within reach: what runs and comes, or what is over (直播巡课)."""
    found = lives_to_inspect(actor_for(request.user))
    is_over = request.GET.get("show") == "over"
    found = found.filter(state__in=OVER).reverse() if is_over else found.exclude(state__in=OVER)
    page = page_of(found, request.GET.get("page", "1"))
    return office_page(request, "lives.html", {"page": page, "rows": live_lines(page), "is_over": is_over})


@open_to(*READERS)
@require_GET
@never_cache
def live(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Look into a live lesson; while it is on the air the visit is noted first (巡课)."""
    actor = actor_for(request.user)
    session = live_to_inspect(actor, uid)
    stream = None
    if session.state in ON_AIR:
        inspect_live(session=session, actor=actor)
        stream = stream_of(session, request.user.pk, media_key(request))
    context = {"session": session, "line": live_line(session), "facts": live_facts(session), "stream": stream}
    return office_page(request, "live.html", context)


@open_to(*READERS)
@require_GET
def attendance(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show who was in a live lesson, and for how long (直播到课)."""
    session = live_to_inspect(actor_for(request.user), uid)
    return office_page(request, "live_attendance.html", attendance_context(session))


@open_to(*READERS)
@require_GET
def attendance_of_one(request: SignedInRequest, uid: UUID, enrolment: UUID) -> HttpResponse:
    """Show a learner's way through a live lesson (到课时间线)."""
    session = live_to_inspect(actor_for(request.user), uid)
    return office_page(request, "live_way.html", way_context(session, enrolment))
