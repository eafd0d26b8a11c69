"""Completion lists, the evidence of one learner, exports (结业核查). Institutions see their own classes' lists only."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from lms.access.queries import actor_for
from lms.access.rules import OFFICE, READERS, Role, is_permitted, require
from lms.access.views import SignedInRequest, open_to
from lms.classes.queries import class_for, classes_visible_to
from lms.dossier.queries import STATES, CompletionFilters, ensure_approved
from lms.dossier.queries import completion_list as completion_rows
from lms.dossier.queries import evidence as evidence_of
from lms.dossier.services import download_export, request_export, request_package
from lms.kernel.errors import InvalidError
from lms.kernel.numbers import page_number
from lms.kernel.queries import own_files, own_jobs
from lms.people.services import reveal_document
from lms.portal.authority.frames import office_page
from lms.portal.provider.frames import provider_frame

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTS = ("lms.dossier.tasks.export_completion", "lms.dossier.tasks.export_evidence", "lms.dossier.tasks.export_deeds")


def filters_of(request: SignedInRequest) -> CompletionFilters:
    """Return the filters of an address."""
    state = request.GET.get("state", "")
    return CompletionFilters(
        state=state if state in STATES else "",
        exceptions=request.GET.get("exceptions") == "1",
        q=request.GET.get("q", "").strip()[:50],
        page=page_number(request.GET.get("page", "1")),
    )


@open_to(*READERS)
def completion_classes(request: SignedInRequest) -> HttpResponse:
    """Show the classes whose completion may be looked at."""
    classes = classes_visible_to(actor_for(request.user)).exclude(frozen_terms=None)
    return office_page(request, "completion_classes.html", {"classes": classes[:200]})


@open_to(*READERS)
def completion_list(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a class's completion list with filters (结业核查表)."""
    actor = actor_for(request.user)
    page = completion_rows(actor, uid, filters_of(request))
    may_export = is_permitted(actor, "completion.export", page.training_class)
    context = {"page": page, "states": STATES, "may_export": may_export, "evidence": True}
    return office_page(request, "completion_list.html", context)


@open_to(Role.INSTITUTION)
def institution_completion(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show the institution its own class's completion list; evidence is the office's."""
    page = completion_rows(actor_for(request.user), uid, filters_of(request))
    context = {**provider_frame(request), "page": page, "states": STATES}
    return render(request, "portal/authority/completion_list.html", context)


@open_to(*READERS)
@require_POST
def completion_export(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Have the list written to a file; its purpose is noted (导出)."""
    actor, purpose = actor_for(request.user), request.POST.get("purpose", "")
    try:
        request_export(training_class=class_for(actor, uid), purpose=purpose, filters=filters_of(request), actor=actor)
    except InvalidError as error:
        refused = {"purpose": purpose, "purpose_error": error.message}
        page = completion_rows(actor, uid, filters_of(request))
        context = {"page": page, "states": STATES, "may_export": True, "evidence": True, **refused}
        return office_page(request, "completion_list.html", context, status=422)
    messages.success(request, "已开始生成，完成后在下面下载；文件保存24小时后自动删除。")
    return redirect("office_exports")


@open_to(*READERS)
def evidence(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show everything that proves one learner's hours (学习证据)."""
    return shown_evidence(request, uid)


def shown_evidence(request: SignedInRequest, uid: UUID, *, status: int = 200, **more: object) -> HttpResponse:
    """Return the page of evidence, with a revealed number or the error of a reason."""
    actor = actor_for(request.user)
    may_reveal = is_permitted(actor, "people.reveal")
    context = {"page": evidence_of(actor, uid), "may_reveal": may_reveal, **more}
    response = office_page(request, "evidence.html", context, status=status)
    response["Cache-Control"] = "no-store"  # a revealed number is not kept by the browser
    return response


@open_to(*OFFICE, Role.AUDITOR)
@require_POST
def reveal(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a full document number once; the reason is noted first (查看完整证件号)."""
    actor, reason = actor_for(request.user), request.POST.get("reason", "")
    person = evidence_of(actor, uid).enrolment.person
    try:
        number = reveal_document(person=person, reason=reason, actor=actor)
    except InvalidError as error:
        return shown_evidence(request, uid, status=422, reason=reason, reason_error=error.message)
    return shown_evidence(request, uid, revealed=number)


@open_to(*READERS)
def evidence_package(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Say what a class's evidence package holds, and have it made (导出证据包)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    require(actor, "completion.export", training_class)
    ensure_approved(training_class)
    if request.method != "POST":
        return office_page(request, "evidence_package.html", {"training_class": training_class})
    purpose = request.POST.get("purpose", "")
    try:
        request_package(training_class=training_class, purpose=purpose, actor=actor)
    except InvalidError as error:
        refused = {"training_class": training_class, "purpose": purpose, "purpose_error": error.message}
        return office_page(request, "evidence_package.html", refused, status=422)
    messages.success(request, "已开始生成证据包，完成后在下面下载；文件保存24小时后自动删除。")
    return redirect("office_exports")


@open_to(*READERS)
def exports(request: SignedInRequest) -> HttpResponse:
    """Show the own exports: under way, ready, expired (我的导出)."""
    context = {
        "jobs": own_jobs(request.user.pk, *EXPORTS),
        "files": own_files(request.user.pk),
    }
    return office_page(request, "exports.html", context)


@open_to(*READERS)
def export_file(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Return an own file; the download is noted."""
    name, content = download_export(file_uid=uid, actor=actor_for(request.user))
    kind = "application/zip" if name.endswith(".zip") else XLSX
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response
