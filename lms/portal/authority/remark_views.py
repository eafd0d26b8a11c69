"""The office says something of a part of a course, and keeps the checklist (批注, 审核要点)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.queries.reviews import checklists_for
from courses.queries.studio import submission_for
from courses.queries.versions import course_of_versions, version_difference, version_for, versions_of
from courses.services.remarks import comment_part, set_checklist, take_comment_back
from lms.access.queries import actor_for
from lms.access.rules import READERS, Role
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import InvalidError
from lms.kernel.forms import RefusableForm
from lms.portal.authority.frames import office_page
from lms.portal.forms import DateInput
from lms.portal.workspaces import page_of, staff_name

OFFICE = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)


class ChecklistForm(RefusableForm):
    """审核要点."""

    effective_from = forms.DateField(
        label="生效日期", widget=DateInput(), error_messages={"required": "请填写生效日期。", "invalid": "请填写日期。"}
    )
    source = forms.CharField(label="依据", max_length=200, error_messages={"required": "请写明依据。"})
    items = forms.CharField(
        label="要点",
        help_text="每行一条。发布课程前，审核人要逐条确认。",
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "请填写要点，每行一条。"},
    )


@open_to(*OFFICE)
@require_POST
def comment_add(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Note what a reviewer says of a part (批注)."""
    actor = actor_for(request.user)
    submission = submission_for(actor, uid)
    part = request.POST.get("part", "")
    try:
        comment_part(submission=submission, part_uid=as_part(part), text=request.POST.get("text", ""), actor=actor)
    except InvalidError as error:
        messages.error(request, error.message)
    return redirect(f"{reverse('office_review', args=[uid])}#part-{part}")


def as_part(text: str) -> UUID:
    """Return a part's uid. Raises InvalidError for anything else."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidError("没有看懂要给哪一课写批注，请刷新页面后重试。", code="part_unknown") from error


@open_to(*OFFICE)
@require_POST
def comment_remove(request: SignedInRequest, uid: UUID, comment_uid: UUID) -> HttpResponse:
    """Take one's own comment back (撤回批注)."""
    actor = actor_for(request.user)
    take_comment_back(submission=submission_for(actor, uid), uid=comment_uid, actor=actor)
    messages.success(request, "批注已撤回。")
    return redirect("office_review", uid=uid)


@open_to(*OFFICE)
@require_http_methods(["GET", "POST"])
def checklists(request: SignedInRequest) -> HttpResponse:
    """Show what is checked before a release, and take the next version of it (审核要点)."""
    actor = actor_for(request.user)
    rows = checklists_for(actor)
    form = ChecklistForm(request.POST or None, initial=first_values(rows.first()))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data | {"items": form.cleaned_data["items"].splitlines()}
        try:
            made = set_checklist(actor=actor, **values)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, f"已发布{made}，{made.effective_from:%Y-%m-%d}起生效。")
            return redirect("office_checklists")
    page = page_of(rows, request.GET.get("page", "1"))
    lines = [(one, staff_name(one.made_by)) for one in page]
    return office_page(
        request, "checklists.html", {"page": page, "lines": lines, "form": form}, status=422 if form.errors else 200
    )


def first_values(newest: object) -> dict[str, str | date]:
    """Return what the form begins with: the newest items."""
    return {"items": "\n".join(newest.items), "source": newest.source} if newest else {}  # type: ignore[attr-defined]


@open_to(*READERS)
@require_GET
def version_list(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a course's versions with what changed (版本)."""
    course = course_of_versions(actor_for(request.user), uid)
    return office_page(request, "version_list.html", {"course": course, "versions": versions_of(course)})


@open_to(*READERS)
@require_GET
def version_page(request: SignedInRequest, uid: UUID, number: int) -> HttpResponse:
    """Show what changed from the version before (版本差异)."""
    course = course_of_versions(actor_for(request.user), uid)
    new, old = version_for(course, number), version_for(course, max(number - 1, 1))
    context = {"course": course, "new": new, "old": old, "difference": version_difference(old, new)}
    return office_page(request, "version_page.html", context)
