"""The frame of the office's pages, and what waits on its desk (待办)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from courses.models import CourseSubmission
from courses.queries.studio import submissions_to_review
from lms.access.queries import actor_for
from lms.access.rules import Actor, is_permitted
from lms.anomalies.queries.cases import open_case_count
from lms.appeals.queries.records import waiting_count
from lms.classes.queries import waiting_classes
from lms.faces.queries import waiting_faces
from lms.filing.queries.records import waiting_count as waiting_filings
from lms.people.queries import open_cases, waiting_merges, waiting_roles
from lms.portal.workspaces import OFFICE_NAV, navigation

WAITING: tuple[tuple[str, str, Callable[[Actor], int]], ...] = (
    ("classes.decide", "office_classes", lambda actor: waiting_classes(actor).count()),
    ("filing.check", "office_institutions", waiting_filings),
    ("courses.review", "office_reviews", lambda actor: to_review(actor).count()),
    ("people.resolve_case", "identity_cases", lambda actor: open_cases(actor).count()),
    ("people.resolve_case", "person_merges", lambda actor: waiting_merges(actor).count()),
    ("access.decide", "office_accounts", lambda actor: waiting_roles(actor).count()),
    ("anomalies.handle", "office_anomalies", open_case_count),
    ("appeals.decide", "office_appeals", waiting_count),
    ("faces.review", "office_faces", waiting_faces),
)


def to_review(actor: Actor) -> QuerySet[CourseSubmission]:
    """Return the courses that wait for a review."""
    return submissions_to_review(actor).filter(state=CourseSubmission.State.SUBMITTED)


def waiting_counts(actor: Actor) -> dict[str, int]:
    """Return how much waits for a decision, by the name of the address where it is decided; eleven queries at most."""
    return {name: count(actor) for permission, name, count in WAITING if is_permitted(actor, permission)}


def office_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page in the frame of the office's workspace."""
    actor = actor_for(request.user)
    waiting = waiting_counts(actor)
    frame = {"nav": navigation(request, actor, OFFICE_NAV, waiting), "workspace": "培训监管", "waiting_counts": waiting}
    return render(request, f"portal/authority/{template}", frame | context, status=status)
