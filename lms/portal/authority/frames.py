"""The frame of the office's pages, and what waits on its desk (待办)."""

from __future__ import annotations

from typing import Any

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
from lms.people.queries import open_cases, waiting_merges, waiting_roles
from lms.portal.workspaces import OFFICE_NAV, navigation


def waiting_counts(actor: Actor) -> dict[str, int]:
    """Return how much waits for a decision, by the name of the address where it is decided; eight queries at most."""
    counts = {}
    if is_permitted(actor, "classes.decide"):
        counts["office_classes"] = waiting_classes(actor).count()
    if is_permitted(actor, "courses.review"):
        counts["office_reviews"] = submissions_to_review(actor).filter(state=CourseSubmission.State.SUBMITTED).count()
    if is_permitted(actor, "people.resolve_case"):
        counts["identity_cases"] = open_cases(actor).count()
        counts["person_merges"] = waiting_merges(actor).count()
    if is_permitted(actor, "access.decide"):
        counts["office_accounts"] = waiting_roles(actor).count()
    if is_permitted(actor, "anomalies.handle"):
        counts["office_anomalies"] = open_case_count(actor)
    if is_permitted(actor, "appeals.decide"):
        counts["office_appeals"] = waiting_count(actor)
    if is_permitted(actor, "faces.review"):
        counts["office_faces"] = waiting_faces(actor)
    return counts


def office_page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page in the frame of the office's workspace."""
    actor = actor_for(request.user)
    waiting = waiting_counts(actor)
    frame = {"nav": navigation(request, actor, OFFICE_NAV, waiting), "workspace": "培训监管", "waiting_counts": waiting}
    return render(request, f"portal/authority/{template}", frame | context, status=status)
