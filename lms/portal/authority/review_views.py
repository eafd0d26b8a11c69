"""The office reviews whole courses and releases them (课程审核)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from courses.middleware import media_key
from courses.models import CourseSubmission
from courses.queries.media import preview_for
from courses.queries.studio import submission_for, submissions_to_review
from courses.services.review import release_course, return_course
from lms.access.queries import actor_for
from lms.access.rules import Actor, Role
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import DomainError, InvalidError
from lms.portal.authority.frames import office_page
from lms.portal.authority.remark_pages import beside
from lms.portal.authority.review_pages import review_lines, reviewed_course
from lms.portal.forms import OpinionForm
from lms.portal.workspaces import page_of

OFFICE = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)


@open_to(*OFFICE)
def review_list(request: SignedInRequest) -> HttpResponse:
    """Show what waits for review, then what was decided, narrowed by state and title."""
    filters = {name: request.GET.get(name, "").strip() for name in ("state", "q")}
    found = submissions_to_review(actor_for(request.user))
    if filters["state"]:
        found = found.filter(state=filters["state"])
    if filters["q"]:
        found = found.filter(course__draft_title__icontains=filters["q"])
    page = page_of(found, request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": review_lines(list(page)),
        "states": CourseSubmission.State.choices,
        "filters": filters,
    }
    return office_page(request, "review_list.html", context)


@open_to(*OFFICE)
def review_page(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a submitted course exactly as it would be released, and take the decision."""
    actor = actor_for(request.user)
    submission = submission_for(actor, uid)
    form = OpinionForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, decided(request, submission, actor))
        except InvalidError as error:
            form.take(error)
            status = error.status
        except DomainError as error:
            form.add_error(None, error.message)
            status = error.status
        else:
            return redirect("office_reviews")
    context = {
        "submission": submission,
        "course": reviewed_course(submission, grant=preview_for(request.user.pk), key=media_key(request)),
        "beside": beside(submission, user_id=actor.user_id, ticked=request.POST.getlist("checks")),
        "is_open": submission.state == CourseSubmission.State.SUBMITTED,
        "form": form,
    }
    return office_page(request, "review_page.html", context, status=status)


def decided(request: SignedInRequest, submission: CourseSubmission, actor: Actor) -> str:
    """Release or return, and say so."""
    opinion = request.POST.get("opinion", "")
    if request.POST.get("decision") == "release":
        version = release_course(
            submission=submission, opinion=opinion, actor=actor, checks=request.POST.getlist("checks")
        )
        return f"已发布“{version.title}”第{version.number}版，机构可以用它开班。"
    return_course(submission=submission, opinion=opinion, actor=actor)
    return "已退回，机构可以看到审核意见。"
