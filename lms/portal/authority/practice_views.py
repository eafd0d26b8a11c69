"""Practice days on the desks of office, departments and auditors: they read; the institution files and confirms."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from lms.access.queries import actor_for
from lms.access.rules import READERS
from lms.access.views import SignedInRequest, open_to
from lms.kernel.vault import open_file
from lms.portal.authority.frames import office_page
from lms.portal.practice_pages import days_context, row_of
from lms.practice import services
from lms.practice.queries.conflicts import conflicts_of
from lms.practice.queries.days import days_of
from lms.practice.queries.presence import attendees, lists_of
from lms.practice.queries.sessions import session_for


@open_to(*READERS)
@require_GET
def days(request: SignedInRequest) -> HttpResponse:
    """Show the practice days within reach, narrowed by state, institution, day, oddities and words (线下实操)."""
    return office_page(
        request, "practice_days.html", days_context(request, actor_for(request.user), with_institution=True)
    )


@open_to(*READERS)
@require_GET
def practice(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a practice day: who signed from where, who the list names, who saw it; names only (实操课)."""
    session = session_for(actor_for(request.user), uid)
    (day,) = days_of([session])
    lists = lists_of(session)
    people = attendees(session, lists[0] if lists else None)
    context = {
        "day": day,
        "session": session,
        "rows": [(one.enrolment.uid, row_of(one, {}, "")) for one in people],
        "lists": lists,
        "steps": list(session.steps.select_related("teacher__person", "by__person").order_by("number")),
        "conflicts": conflicts_of(session, day.now.step),
    }
    return office_page(request, "practice_day.html", context)


@open_to(*READERS)
@require_GET
def paper(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Return the signed paper of the newest list (签字原件)."""
    actor = actor_for(request.user)
    held = services.signed_paper(session=session_for(actor, uid), actor=actor)
    return FileResponse(open_file(held), as_attachment=True, filename=held.name)
