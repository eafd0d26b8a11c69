"""Bringing content in: a folder as zip, an outline as xlsx (导入)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.forms import CourseFileForm, FolderForm, SheetForm
from courses.models import CourseTransfer
from courses.queries.studio import course_for, studio_institutions
from courses.queries.transfers import transfer_for, view_of
from courses.services.copies import copy_course
from courses.services.exports import start_export
from courses.services.imports import check_folder, start_folder
from courses.services.outline_sheets import SheetReport, import_outline, outline_template
from courses.services.reimports import check_package, start_package
from courses.services.transfers import note_download
from courses.stores.files import find
from courses.views.sending import sent
from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import open_to
from lms.kernel.errors import DomainError, InvalidError, NotFoundError

STAFF = (Role.INSTRUCTOR, Role.INSTITUTION)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest, page_id: int) -> HttpResponse:
    """Take a folder as zip and show what it will become (导入章节)."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    form = FolderForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            transfer = check_folder(course=course, name=file.name, file=file, size=file.size, actor=actor)
        except InvalidError as error:
            form.take(error)
        else:
            return redirect("studio:transfer", transfer.uid)
    context = {"course": course, "folder": form, "sheet": SheetForm(), "errors": []}
    return render(request, "courses/studio/import.html", context, status=422 if form.errors else 200)


@open_to(*STAFF)
@require_POST
def import_sheet(request: HttpRequest, page_id: int) -> HttpResponse:
    """Take an outline as xlsx, or name every bad row (导入大纲表)."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    form, report = SheetForm(request.POST, request.FILES), SheetReport()
    if form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            report = import_outline(course=course, name=file.name, content=file.read(), actor=actor)
        except InvalidError as error:
            form.add_error("sheet", error.message)
        else:
            if not report.errors:
                messages.success(request, f"已导入{report.sections}章、{report.lessons}个课时。")
                return redirect("studio:outline", page_id)
    context = {"course": course, "folder": FolderForm(), "sheet": form, "errors": report.errors}
    return render(request, "courses/studio/import.html", context, status=422)


@open_to(*STAFF)
@require_GET
def sheet_template(request: HttpRequest) -> HttpResponse:
    """Return an empty outline to fill in (大纲模板)."""
    answer = HttpResponse(outline_template(), content_type=XLSX)
    answer["Content-Disposition"] = "attachment; filename*=UTF-8''%E8%AF%BE%E7%A8%8B%E5%A4%A7%E7%BA%B2.xlsx"
    return answer


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what an archive will become, start it, and show how far it is (导入进度)."""
    actor = actor_for(request.user)
    found = transfer_for(actor, uid)
    if request.method == "POST":
        try:
            start = start_package if found.kind == CourseTransfer.Kind.PACKAGE else start_folder
            start(transfer=found, actor=actor)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("studio:transfer", uid)
    return render(request, "courses/studio/transfer.html", {"transfer": found, "view": view_of(found)})


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def package_page(request: HttpRequest) -> HttpResponse:
    """Take a course package and show what it holds (导入课程包)."""
    actor = actor_for(request.user)
    form = CourseFileForm(request.POST or None, request.FILES or None, institutions=studio_institutions(actor))
    if request.method == "POST" and form.is_valid():
        file, institution = form.cleaned_data["file"], form.cleaned_data["institution"]
        try:
            made = check_package(institution=institution, name=file.name, file=file, size=file.size, actor=actor)
        except InvalidError as error:
            form.take(error)
        else:
            return redirect("studio:transfer", made.uid)
    return render(request, "courses/studio/package_import.html", {"form": form}, status=422 if form.errors else 200)


@open_to(*STAFF)
@require_POST
def export(request: HttpRequest, page_id: int) -> HttpResponse:
    """Have a course packed (导出课程)."""
    actor = actor_for(request.user)
    course = course_for(actor, page_id)
    try:
        made = start_export(course=course, actor=actor)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("studio:outline", page_id)
    if made.course_id != course.pk:
        messages.info(request, "您还有一次导出没有完成。完成以后，再导出这门课程。")
    return redirect("studio:transfer", made.uid)


@open_to(*STAFF)
@require_GET
def transfer_file(request: HttpRequest, uid: UUID) -> HttpResponseBase:
    """Return a file that was made (下载导出文件)."""
    actor = actor_for(request.user)
    found = transfer_for(actor, uid)
    if not found.goes_out or found.state != CourseTransfer.State.DONE or not found.path:
        raise NotFoundError("文件还没有做好，或已过保存期限（24小时），请重新导出。", code="export_missing")
    response = sent(request, find("private", found.path), XLSX if found.name.endswith(".xlsx") else "application/zip")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=found.name) or ""
    note_download(transfer=found, actor=actor)
    return response


@open_to(*STAFF)
@require_POST
def copy(request: HttpRequest, page_id: int) -> HttpResponse:
    """Copy a course within its institution (复制课程)."""
    actor = actor_for(request.user)
    made = copy_course(course=course_for(actor, page_id), actor=actor)
    messages.success(request, f"已复制为“{made.draft_title}”，全部是草稿。视频和图片与原课程共用。")
    return redirect("studio:outline", made.pk)
