"""Screens of institutions: file a class, bring its roster, submit it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Actor, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.classes import services
from lms.classes.models import TrainingClass
from lms.classes.queries import class_for, classes_visible_to, last_return, roster_of, roster_row_for
from lms.classes.rules import EDITABLE
from lms.kernel.errors import InvalidError
from lms.kernel.row_errors import corrections_for
from lms.portal.class_pages import class_line, decision_lines, facts_of, roster_lines
from lms.portal.provider import sheets
from lms.portal.provider.forms import ClassForm, RosterForm
from lms.portal.provider.frames import provider_frame
from lms.portal.workspaces import page_of, sheet_answer

STAFF = (Role.INSTITUTION, Role.INSTRUCTOR)
State = TrainingClass.State


def framed(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Return a page in the frame of the institution's workspace."""
    return render(request, f"portal/provider/{template}", provider_frame(request) | context, status=status)


@open_to(*STAFF)
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Show what waits for the institution, then the newest classes (机构首页)."""
    actor = actor_for(request.user)
    classes = classes_visible_to(actor)
    waiting = [class_line(one) for one in classes.filter(state__in=[State.RETURNED, State.DRAFT])[:10]]
    running = [class_line(one) for one in classes.filter(state__in=[State.SUBMITTED, State.OPEN])[:10]]
    context = {"waiting": waiting, "running": running, "may_file": is_permitted(actor, "classes.file")}
    return framed(request, "home.html", context)


@open_to(*STAFF)
@require_GET
def class_list(request: SignedInRequest) -> HttpResponse:
    """Show the institution's classes, narrowed by state (班级)."""
    actor = actor_for(request.user)
    state = request.GET.get("state", "")
    classes = classes_visible_to(actor)
    if state in State.values:
        classes = classes.filter(state=state)
    page = page_of(classes, request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": [class_line(one) for one in page],
        "states": State.choices,
        "state": state,
        "may_file": is_permitted(actor, "classes.file"),
    }
    return framed(request, "class_list.html", context)


@open_to(Role.INSTITUTION)
@require_http_methods(["GET", "POST"])
def class_new(request: SignedInRequest) -> HttpResponse:
    """File a class (填报开班)."""
    actor = actor_for(request.user)
    form = ClassForm(request.POST or None, actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.file_class(actor=actor, **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "班级已保存为草稿。请上传名册，再提交区办审核。")
            return redirect("institution_class", uid=made.uid)
    return framed(request, "class_form.html", {"form": form, "training_class": None}, status=status_of(form))


@open_to(Role.INSTITUTION)
@require_http_methods(["GET", "POST"])
def class_edit(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Change a draft or a returned class (修改开班信息)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = ClassForm(request.POST or None, initial=ClassForm.values_of(training_class), actor=actor)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_class(training_class=training_class, actor=actor, **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "修改已保存。")
            return redirect("institution_class", uid=uid)
    context = {"form": form, "training_class": training_class}
    return framed(request, "class_form.html", context, status=status_of(form))


def status_of(form: ClassForm) -> int:
    """Return 422 for a form that came back with errors."""
    return 422 if form.is_bound and form.errors else 200


@open_to(*STAFF)
@require_GET
def class_page(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a class with its roster, what it lacks and how its approval went (班级详情)."""
    actor = actor_for(request.user)
    return show_class(request, class_for(actor, uid), actor)


def show_class(
    request: HttpRequest, training_class: TrainingClass, actor: Actor, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Return the page of a class, with what an upload or a submission had to say."""
    editable = training_class.state in EDITABLE and is_permitted(actor, "classes.file", training_class)
    sees_roster = is_permitted(actor, "roster.view", training_class)
    page = page_of(roster_of(training_class), request.GET.get("roster", "1"), size=100)
    context = {
        "training_class": training_class,
        "line": class_line(training_class),
        "facts": facts_of(training_class),
        "roster_page": page,
        "roster": roster_lines(page) if sees_roster else [],
        "sees_roster": sees_roster,
        "decisions": decision_lines(training_class),
        "editable": editable,
        "missing": services.class_problems(training_class) if editable else [],
        "upload": RosterForm(),
        "returned": last_return(training_class),
    }
    return framed(request, "class_page.html", context | extra, status=status)


@open_to(Role.INSTITUTION)
@require_POST
def roster_upload(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Import a roster; every bad row is named and nothing is half saved (上传名册)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = RosterForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_class(request, training_class, actor, upload=form, status=422)
    file = form.cleaned_data["file"]
    try:
        report = services.import_roster(
            training_class=training_class,
            name=file.name,
            content=file.read(),
            actor=actor,
            replaces=form.cleaned_data["replaces"],
        )
    except InvalidError as error:
        form.add_error("file", error.message)
        return show_class(request, training_class, actor, upload=form, status=422)
    if report.errors:
        found = {"errors": report.errors, "corrections": report.corrections, "upload": form}
        return show_class(request, training_class, actor, status=422, **found)
    replaced = f"，原有的{report.removed}人已被替换" if report.removed else ""
    messages.success(request, f"名册已导入{report.added}人{replaced}。上传的文件已加密保存，24小时后自动删除。")
    return redirect("institution_class", uid=uid)


@open_to(Role.INSTITUTION)
@require_POST
def roster_remove(request: SignedInRequest, uid: UUID, row_uid: UUID) -> HttpResponse:
    """Take a person off the roster (移出名册)."""
    actor = actor_for(request.user)
    row = roster_row_for(class_for(actor, uid), row_uid)
    services.remove_roster_row(row=row, actor=actor)
    messages.success(request, f"已把“{row.name}”移出名册。如果移错了，请把这一人单独填表再上传。")
    return redirect("institution_class", uid=uid)


@open_to(Role.INSTITUTION)
@require_POST
def class_submit(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Submit a class to the office (提交审核)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    try:
        services.submit_class(training_class=training_class, actor=actor)
    except InvalidError as error:
        return show_class(request, training_class, actor, refusal=error.message, status=422)
    messages.success(request, "已提交区办审核。审核结果会显示在本页的办理记录中。")
    return redirect("institution_class", uid=uid)


@open_to(*STAFF)
@require_GET
def roster_template(request: SignedInRequest) -> HttpResponse:
    """Return an empty roster to fill in (名册模板)."""
    return sheet_answer(sheets.roster_template(), "学员名册模板.xlsx")


@open_to(*STAFF)
@require_GET
def roster_corrections(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Return the rows of an own sheet that was refused, with what is wrong (修改表)."""
    name, content = corrections_for(request.user.pk, uid)
    return sheet_answer(content, name)
