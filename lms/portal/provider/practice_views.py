"""Screens of practice at a place: the timetable, the code on the wall, the list, its second pair of eyes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.access.views import SignedInRequest, open_to
from lms.classes.queries import class_for
from lms.kernel.errors import DomainError, InvalidError, NotFoundError
from lms.kernel.vault import open_file
from lms.portal.practice_pages import days_context
from lms.portal.provider.practice_forms import ChangeForm, PlanForm, SignedSheetForm, initial_of
from lms.portal.provider.practice_pages import practice_page, qr_svg, typed_lines
from lms.portal.provider.views import STAFF, framed
from lms.portal.workspaces import sheet_answer
from lms.practice import services
from lms.practice.models import PracticeSession
from lms.practice.queries.presence import attendees, newest_list
from lms.practice.queries.sessions import practice_lessons, session_for, sessions_of_class, step_now
from lms.practice.rules.codes import IN, OUT, WAY_NAMES


@open_to(*STAFF)
@require_GET
def days(request: SignedInRequest) -> HttpResponse:
    """Show the sessions of all classes within reach, narrowed by state, day and words (实操课次)."""
    return framed(request, "practice_days.html", days_context(request, actor_for(request.user), with_institution=False))


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def class_practice(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a class's sessions, and plan another (线下实操)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = PlanForm(request.POST or None, training_class=training_class)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.plan_practice(training_class=training_class, plan=form.plan(), actor=actor)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "实操课已安排，学员在课时页面能看到时间和地点。")
            return redirect("institution_practice", uid=made.uid)
    context = {
        "training_class": training_class,
        "rows": sessions_of_class(training_class),
        "form": form,
        "has_lessons": practice_lessons(training_class).exists(),
    }
    return framed(request, "practice_list.html", context, status=422 if form.is_bound and form.errors else 200)


@open_to(*STAFF)
@require_GET
def practice(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a session: who signed, the list, what it gave (实操课)."""
    actor = actor_for(request.user)
    return show(request, session_for(actor, uid), actor)


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def change(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Change when, where or with whom a session is, with a reason (调整安排)."""
    actor = actor_for(request.user)
    session = session_for(actor, uid)
    step = step_now(session)
    values = request.POST if request.method == "POST" else None
    form = ChangeForm(values, training_class=session.training_class, initial=initial_of(step))
    if request.method == "POST" and form.is_valid():
        try:
            services.change_practice(session=session, plan=form.plan(), reason=form.cleaned_data["reason"], actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            return show(request, session, actor, status=error.status, refusal=error.message)
        else:
            messages.success(request, "安排已调整，学员在课时页面能看到新的时间、地点和原因。")
            return redirect("institution_practice", uid=uid)
    status = 422 if form.is_bound and form.errors else 200
    return framed(request, "practice_change.html", {"session": session, "step": step, "form": form}, status=status)


def show(
    request: HttpRequest, session: PracticeSession, actor: Actor, *, status: int = 200, **extra: Any
) -> HttpResponse:
    """Return a session's page, with what a refused post had to say."""
    errors = extra.pop("row_errors", {})
    page = practice_page(session, actor, request.POST.dict(), errors)
    context = {"page": page, "session": session, "upload": SignedSheetForm()}
    context |= {name: request.POST.get(name, "") for name in ("note", "reason", "opinion")}
    return framed(request, "practice_session.html", context | extra, status=status)


@open_to(*STAFF)
@require_GET
def screen(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show the code for the wall or the teacher's phone (签到屏)."""
    session = session_for(actor_for(request.user), uid)
    context = {"session": session, "step": step_now(session)} | code_of(request, session)
    return render(request, "portal/provider/practice_screen.html", context)


@open_to(*STAFF)
@require_GET
@never_cache
def code(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Return the code as it is now, for the screen to put in place (当前签到码)."""
    session = session_for(actor_for(request.user), uid)
    return render(request, "portal/provider/practice_code.html", {"session": session} | code_of(request, session))


def code_of(request: SignedInRequest, session: PracticeSession) -> dict[str, Any]:
    """Return the code of the asked way, or why there is none."""
    way = OUT if request.GET.get("way") == OUT else IN
    context: dict[str, Any] = {"way": way, "way_name": WAY_NAMES[way]}
    try:
        shown = services.code_now(session=session, way=way, actor=actor_for(request.user))
    except DomainError as error:
        return context | {"refusal": error.message}
    address = request.build_absolute_uri(reverse("practice_scan", args=[session.uid, way, shown.code.token]))
    signed = session.signatures.filter(way=way).values("enrolment").distinct().count()
    return context | {"picture": qr_svg(address), "digits": shown.code.digits, "shown": shown, "signed": signed}


@open_to(*STAFF)
@require_POST
def file_list(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take the list (提交到场名单)."""
    actor = actor_for(request.user)
    session = session_for(actor, uid)
    lines = typed_lines(request.POST.dict(), attendees(session), step_now(session))
    try:
        made = services.file_list(session=session, lines=lines, actor=actor, note=request.POST.get("note", ""))
    except DomainError as error:
        fields = getattr(error, "fields", {})
        return show(request, session, actor, status=error.status, refusal=error.message, row_errors=fields)
    waits = "名单已提交，等待第二人复核后计学时。" if made.needs_second else "名单已确认，学时已计入。"
    messages.success(request, waits)
    return redirect("institution_practice", uid=uid)


@open_to(*STAFF)
@require_POST
def decide_list(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Confirm the list that waits, or send it back (复核名单)."""
    actor = actor_for(request.user)
    session = session_for(actor, uid)
    waiting = newest_list(session)
    if waiting is None:
        raise NotFoundError("这次课还没有名单。请先提交到场名单。", code="list_not_found")
    deed = services.confirm_list if request.POST.get("outcome") == "confirmed" else services.return_list
    try:
        deed(presence_list=waiting, opinion=request.POST.get("opinion", ""), actor=actor)
    except DomainError as error:
        return show(request, session, actor, status=error.status, refusal=error.message)
    messages.success(request, "复核已办理。")
    return redirect("institution_practice", uid=uid)


@open_to(*STAFF)
@require_POST
def cancel(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Cancel a session that nobody attended (取消实操课)."""
    actor = actor_for(request.user)
    session = session_for(actor, uid)
    try:
        services.cancel_practice(session=session, reason=request.POST.get("reason", ""), actor=actor)
    except DomainError as error:
        return show(request, session, actor, status=error.status, refusal=error.message)
    messages.success(request, "这次实操课已取消。")
    return redirect("institution_practice", uid=uid)


@open_to(*STAFF)
@require_GET
def sheet(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Return the sign-in sheet to print (签到表)."""
    actor = actor_for(request.user)
    return sheet_answer(services.sign_in_sheet(session=session_for(actor, uid), actor=actor), "线下实操签到表.xlsx")


@open_to(*STAFF)
@require_POST
def sheet_upload(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take a filled sheet with its signed paper (上传签到表)."""
    actor = actor_for(request.user)
    session = session_for(actor, uid)
    form = SignedSheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, session, actor, upload=form, status=422)
    data = form.cleaned_data
    try:
        report = services.file_sheet(
            session=session, name=data["file"].name, content=data["file"].read(), paper=data["paper"].read(),
            note=data["note"], actor=actor,
        )  # fmt: skip
    except DomainError as error:
        form.add_error("paper" if "paper" in getattr(error, "fields", {}) else "file", error.message)
        return show(request, session, actor, upload=form, status=error.status)
    if report.errors and report.corrections:
        found = {"errors": report.errors, "corrections": report.corrections.uid, "upload": form}
        return show(request, session, actor, status=422, **found)
    messages.success(request, "签到表已提交，等待第二人核对原件并复核。")
    return redirect("institution_practice", uid=uid)


@open_to(*STAFF)
@require_GET
def paper(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Return the signed paper of the newest list (签字原件)."""
    actor = actor_for(request.user)
    held = services.signed_paper(session=session_for(actor, uid), actor=actor)
    return FileResponse(open_file(held), as_attachment=True, filename=held.name)
