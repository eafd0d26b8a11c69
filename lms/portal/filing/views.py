"""Screens of a unit's staff: how the unit stands, its application piece by piece, its report of what was mended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import OFFICE, READERS, Actor, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.appeals.rules import LARGEST_FILE
from lms.filing import services
from lms.filing.models import FilingApplication
from lms.filing.queries.agreements import agreements_of, text_on
from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import application_for, own_units, paper_for, papers_of, step_for, unit_for
from lms.filing.rules.checks import FIELDS, missing
from lms.filing.rules.life import EDITABLE
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.uploading import in_memory
from lms.organisations.models import Organisation
from lms.portal.filing.forms import PARTS, TOO_LARGE, ApplicationForm, PaperForm, ReportForm, SignForm, uploaded
from lms.portal.filing.frames import filing_page
from lms.portal.filing.pages import APPLICATION_TONES, agreement_lines, paper_file, unit_file, unit_line

STAFF = (Role.INSTITUTION, Role.ENTERPRISE)
APPLICANTS = (*STAFF, *OFFICE)
VIEWERS = (*STAFF, *READERS)
ADDED = {"catalogue": "已加入目录。", "sites": "场地已添加。", "teachers": "教师已添加。", "papers": "附件已加密保存。"}
HEADINGS = {"catalogue": "培训目录", "sites": "培训场地", "teachers": "师资", "papers": "附件"}


@open_to(*APPLICANTS)
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Lead to the own unit, or list them where there are several (我的机构)."""
    actor = actor_for(request.user)
    units = own_units(actor)
    if len(units) == 1:
        return redirect("filing_unit", units[0].uid)
    if not units and actor.has(*OFFICE):
        return redirect("office_institutions")
    today = clock.today()
    return filing_page(request, "home.html", {"rows": [unit_line(one, today, terms_on(today)) for one in units]})


@open_to(*STAFF)
@require_GET
def unit(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show how the own unit stands: its filing, what is missing, what was decided (我的机构)."""
    return show_unit(request, unit_for(actor_for(request.user), uid), ReportForm())


def show_unit(request: HttpRequest, held: Organisation, form: ReportForm, *, status: int = 200) -> HttpResponse:
    """Return the page of a unit with the form of its report as it was filled in."""
    return filing_page(
        request,
        "unit.html",
        {"file": unit_file(held), "form": form, "agreements": agreement_lines(held)},
        status=status,
    )


@open_to(*APPLICANTS)
@require_POST
def apply(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Begin an application, or go on with the one that is open (填报备案)."""
    actor = actor_for(request.user)
    made = services.start_application(organisation=unit_for(actor, uid), actor=actor)
    return redirect("filing_application", made.uid)


def report_too_large(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Say that a file is too large; it is not read."""
    messages.error(request, TOO_LARGE)
    return show_unit(request, unit_for(actor_for(request.user), uid), ReportForm(), status=413)


@open_to(*STAFF)
@require_POST
@in_memory(LARGEST_FILE + 100_000, report_too_large)
def report(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Report that what was to be mended is (提交整改报告)."""
    actor = actor_for(request.user)
    held, form = unit_for(actor, uid), ReportForm(request.POST, request.FILES)
    if form.is_valid():
        words = form.cleaned_data["report"]
        try:
            services.report_rectified(organisation=held, report=words, upload=uploaded(form), actor=actor)
        except DomainError as error:
            return show_unit(request, held, form, status=form.take(error))
        else:
            messages.success(request, "整改报告已提交，区办验收后会通知您。")
            return redirect("filing_unit", uid)
    return show_unit(request, held, form, status=422)


@open_to(*APPLICANTS)
@require_http_methods(["GET", "POST"])
def application(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show an application to be filled in, or save what it says of the unit and its licence (填报备案)."""
    actor = actor_for(request.user)
    held = application_for(actor, uid)
    if request.method == "GET":
        return show_application(request, held, actor)
    form = ApplicationForm(request.POST, application=held)
    if form.is_valid():
        try:
            services.change_application(application=held, actor=actor, **form.cleaned_data)
        except DomainError as error:
            form.take(error)
        else:
            messages.success(request, "备案信息已保存。")
            return redirect("filing_application", uid)
    return show_application(request, held, actor, form=form, status=422)


def show_application(
    request: HttpRequest, held: FilingApplication, actor: Actor, *, status: int = 200, **told: Any
) -> HttpResponse:
    """Return the page of an application, with what was refused where it belongs."""
    today = clock.today()
    editable = held.state in EDITABLE
    filled = {part: told.pop(part, None) or made(auto_id=f"{part}_%s") for part, made in PARTS.items()}
    if held.organisation.kind != "institution":
        del filled["catalogue"], filled["sites"], filled["teachers"]
    context: dict[str, Any] = {
        "application": held,
        "tone": APPLICATION_TONES.get(held.state, ""),
        "editable": editable,
        "form": ApplicationForm(application=held),
        "file": paper_file(held),
        "parts": [(part, HEADINGS[part], form, note_of(held, part)) for part, form in filled.items()],
        "lacking": missing(papers_of(held), terms_on(today), today) if editable else {},
        "is_own": actor.has(*STAFF),
        "may_review": is_permitted(actor, "filing.check"),
    }
    return filing_page(request, "application.html", context | told, status=status)


def note_of(held: FilingApplication, part: str) -> str:
    """Return what is to be corrected in a part, as it was returned."""
    note: str = held.corrections.get("files" if part == "papers" else part, "")
    return note


def row_too_large(request: SignedInRequest, uid: UUID, part: str) -> HttpResponse:
    """Say that a file is too large; it is not read."""
    actor = actor_for(request.user)
    messages.error(request, TOO_LARGE)
    return show_application(request, application_for(actor, uid), actor, status=413)


@open_to(*APPLICANTS)
@require_POST
@in_memory(LARGEST_FILE + 100_000, row_too_large)
def row_add(request: SignedInRequest, uid: UUID, part: str) -> HttpResponse:
    """Add an occupation, a site, a teacher or a paper (添加)."""
    if part not in PARTS:
        raise Http404
    actor = actor_for(request.user)
    held = application_for(actor, uid)
    form = PARTS[part](request.POST, request.FILES, auto_id=f"{part}_%s")
    if form.is_valid():
        values = form.values() if isinstance(form, PaperForm) else form.cleaned_data
        try:
            services.add_row(application=held, part=part, actor=actor, **values)
        except DomainError as error:
            form.take(error)
        else:
            messages.success(request, ADDED[part])
            return redirect("filing_application", uid)
    return show_application(request, held, actor, status=422, **{part: form})


@open_to(*APPLICANTS)
@require_POST
def row_remove(request: SignedInRequest, uid: UUID, part: str, row: UUID) -> HttpResponse:
    """Take a row out of an application (移除)."""
    if part not in PARTS:
        raise Http404
    actor = actor_for(request.user)
    services.remove_row(application=application_for(actor, uid), part=part, row=row, actor=actor)
    messages.success(request, "已移除。")
    return redirect("filing_application", uid)


@open_to(*APPLICANTS)
@require_POST
def submit(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Submit an application to the office (提交备案申请)."""
    actor = actor_for(request.user)
    held = application_for(actor, uid)
    try:
        services.submit_application(application=held, actor=actor)
    except InvalidError as error:
        refused = [(FIELDS[name], text) for name, text in error.fields.items()]
        return show_application(request, held, actor, status=422, refusal=error.message, refused=refused)
    messages.success(request, "已提交区办。初审和复核的结果会通知您。")
    return redirect("filing_application", uid)


@open_to(*APPLICANTS)
@require_POST
def withdraw(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Give up an application (撤回备案申请)."""
    actor = actor_for(request.user)
    held = application_for(actor, uid)
    services.withdraw_application(application=held, actor=actor)
    messages.success(request, "申请已撤回。现行备案不受影响，需要时可以重新填报。")
    if actor.has(*OFFICE):
        return redirect("office_institution", held.organisation.uid)
    return redirect("filing_unit", held.organisation.uid)


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def agreement(request: SignedInRequest, uid: UUID, year: int) -> HttpResponse:
    """Show the year's agreement, or sign it (签署年度协议)."""
    actor = actor_for(request.user)
    held = unit_for(actor, uid)
    signed = agreements_of(held).filter(year=year).first()
    text = signed.text if signed else text_on(clock.today())
    form = SignForm(request.POST or None, text=text) if text and not signed else None
    status = 200
    if request.method == "POST" and form is not None:
        status = 422
        if form.is_valid():
            try:
                services.sign_agreement(organisation=held, year=year, actor=actor, **form.cleaned_data)
            except DomainError as error:
                status = form.take(error)
            else:
                messages.success(request, "已签署，等区办签署后生效。")
                return redirect("filing_unit", uid)
    context = {"unit": held, "year": year, "signed": signed, "text": text, "form": form}
    return filing_page(request, "agreement.html", context, status=status)


@open_to(*VIEWERS)
@require_GET
def paper(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Hand out a paper, noted in the operation log (备案附件)."""
    actor = actor_for(request.user)
    name, content = services.open_paper(paper=paper_for(actor, uid), actor=actor)
    return handed_out(name, content)


@open_to(*VIEWERS)
@require_GET
def report_file(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Hand out what came with a report, noted in the operation log (整改附件)."""
    actor = actor_for(request.user)
    name, content = services.open_report(step=step_for(actor, uid), actor=actor)
    return handed_out(name, content)


def handed_out(name: str, content: Any) -> HttpResponseBase:
    """Return a file to keep; the browser never caches it."""
    answer = FileResponse(content, as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer
