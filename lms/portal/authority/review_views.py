"""The office reviews whole courses and releases them (课程审核)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from courses.models import CourseSubmission
from courses.queries.studio import submission_for, submissions_to_review
from courses.services.review import release_course, return_course
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import open_to
from lms.kernel.errors import DomainError
from lms.portal.authority.review_pages import reviewed_course

OFFICE = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)


@open_to(*OFFICE)
def review_list(request: HttpRequest) -> HttpResponse:
    """Show what waits for review and what was decided."""
    page = Paginator(submissions_to_review(actor_for(request.user)), 20).get_page(request.GET.get("page"))
    return render(request, "portal/authority/review_list.html", {"page": page})


@open_to(*OFFICE)
def review_page(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a submitted course exactly as it would be released, and take the decision."""
    actor = actor_for(request.user)
    submission = submission_for(actor, uid)
    notice, status = "", 200
    if request.method == "POST":
        try:
            messages.success(request, decided(request, submission, actor))
        except DomainError as error:
            notice, status = error.message, error.status
        else:
            return redirect("office_reviews")
    context = {
        "submission": submission,
        "course": reviewed_course(submission),
        "is_open": submission.state == CourseSubmission.State.SUBMITTED,
        "opinion": request.POST.get("opinion", ""),
        "notice": notice,
    }
    return render(request, "portal/authority/review_page.html", context, status=status)


def decided(request: HttpRequest, submission: CourseSubmission, actor: Actor) -> str:
    """Release or return, and say so."""
    opinion = request.POST.get("opinion", "")
    if request.POST.get("decision") == "release":
        version = release_course(submission=submission, opinion=opinion, actor=actor)
        return f"已发布“{version.title}”第{version.number}版，机构可以用它开班。"
    return_course(submission=submission, opinion=opinion, actor=actor)
    return "已退回，机构可以看到审核意见。"
