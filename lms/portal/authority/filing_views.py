"""Institutions and enterprises on the office's desk: listed, filed, supervised (机构管理)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lms.access.queries import actor_for
from lms.access.rules import OFFICE, READERS, Actor, is_permitted, require
from lms.access.views import SignedInRequest, open_to
from lms.filing import services
from lms.filing.models import FilingApplication, FilingStep
from lms.filing.queries.agreements import agreement_for, text_versions, waiting_agreements
from lms.filing.queries.policies import terms_on
from lms.filing.queries.records import (
    application_for,
    applications_of,
    narrowed,
    step_for,
    unit_for,
    units_visible_to,
    waiting_applications,
    waiting_measures,
)
from lms.filing.rules.checks import FIELDS
from lms.filing.rules.life import CHECKED
from lms.kernel import clock
from lms.kernel.errors import DomainError, InvalidError
from lms.organisations.models import Organisation
from lms.portal.authority.filing_forms import MeasureForm, ReviewForm, TextForm, UnitFilterForm, UnitForm
from lms.portal.authority.filing_pages import review_hindrance, waiting_step
from lms.portal.authority.frames import office_page
from lms.portal.filing.pages import APPLICATION_TONES, agreement_lines, paper_file, step_line, unit_file, unit_line
from lms.portal.workspaces import page_of

MOST = 30
EITHER = require_http_methods(["GET", "POST"])


@open_to(*READERS)
@require_GET
def units(request: SignedInRequest) -> HttpResponse:
    """Show what waits, and the units with how they stand, narrowed (机构管理)."""
    actor, form = actor_for(request.user), UnitFilterForm(request.GET)
    context: dict[str, Any] = {
        "form": form,
        "may_add": is_permitted(actor, "filing.add_unit"),
        "applications": list(waiting_applications(actor)[:MOST]),
        "agreements": list(waiting_agreements(actor)[:MOST]),
        "measures": [waiting_step(actor, one) for one in waiting_measures(actor)[:MOST]],
    }
    if not form.is_valid():
        return office_page(request, "institutions.html", context, status=422)
    today = clock.today()
    terms, given = terms_on(today), form.cleaned_data
    found = narrowed(
        units_visible_to(actor),
        kind=given["kind"],
        state=given["state"],
        licence=given["licence"],
        words=given["q"],
        day=today,
        soon_days=terms.licence_notice_days or 0,
    )
    page = page_of(found, request.GET.get("page", "1"))
    context |= {"page": page, "rows": [unit_line(one, today, terms) for one in page]}
    context["is_narrowed"] = any(given.values())
    return office_page(request, "institutions.html", context)


@open_to(*OFFICE)
@EITHER
def unit_new(request: SignedInRequest) -> HttpResponse:
    """Enter a unit that is not known yet, and go on to its application (登记单位)."""
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_unit(actor=actor_for(request.user), **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "单位已登记。请继续填报备案材料，或由该单位工作人员登录后填报。")
            return redirect("filing_application", made.uid)
    return office_page(request, "institution_new.html", {"form": form}, status=422 if form.errors else 200)


@open_to(*READERS)
@require_GET
def unit(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show everything about a unit, with what may be done (机构档案)."""
    actor = actor_for(request.user)
    return show_unit(request, unit_for(actor, uid), actor)


def show_unit(
    request: HttpRequest, held: Organisation, actor: Actor, *, status: int = 200, **told: Any
) -> HttpResponse:
    """Return the file of a unit, with what was refused where it belongs."""
    file = unit_file(held)
    waiting = [waiting_step(actor, one) for one in waiting_measures(actor).filter(organisation=held)]
    context: dict[str, Any] = {
        "file": file,
        "waiting": waiting,
        "applications": list(applications_of(held)[:20]),
        "agreements": agreement_lines(held),
        "may_act": is_permitted(actor, "filing.check"),
        "form": MeasureForm(state=file.filing.state) if file.filing else None,
    }
    return office_page(request, "institution.html", context | told, status=status)


@open_to(*OFFICE)
@require_POST
def propose(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Propose a measure (拟采取监管措施)."""
    actor = actor_for(request.user)
    held = unit_for(actor, uid)
    filing = getattr(held, "filing", None)
    form = MeasureForm(request.POST, state=filing.state if filing else "")
    status = 422
    if form.is_valid():
        try:
            services.propose_measure(organisation=held, actor=actor, **form.cleaned_data)
        except DomainError as error:
            status = form.take(error)
        else:
            messages.success(request, "已提出，等另一位复核人复核后生效。")
            return redirect("office_institution", uid)
    return show_unit(request, held, actor, status=status, form=form)


@open_to(*READERS)
@EITHER
def step(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a measure that was proposed or a report, or decide it (复核措施、整改验收)."""
    actor = actor_for(request.user)
    held = step_for(actor, uid)
    told: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        agrees, opinion = request.POST.get("decision") == "agree", request.POST.get("opinion", "")
        try:
            answer(held, agrees, opinion, actor)
        except DomainError as error:
            told, status = {"refusal": error.message, "opinion": opinion}, error.status
        else:
            messages.success(request, "已办理，机构会收到通知。" if agrees else "已退回。")
            return redirect("office_institution", held.organisation.uid)
    answered = FilingStep.objects.filter(answers=held).select_related("by__person", "note").first()
    context = {
        "row": waiting_step(actor, held),
        "line": step_line(held),
        "answered": step_line(answered) if answered else None,
        "is_report": held.kind == FilingStep.Kind.REPORTED,
    }
    return office_page(request, "filing_step.html", context | told, status=status)


def answer(held: FilingStep, agrees: bool, opinion: str, actor: Actor) -> None:
    """Decide what waits."""
    if held.kind == FilingStep.Kind.REPORTED:
        services.decide_report(report=held, accepts=agrees, opinion=opinion, actor=actor)
    else:
        services.decide_measure(proposal=held, agrees=agrees, opinion=opinion, actor=actor)


@open_to(*READERS)
@EITHER
def review(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show an application with its papers, or decide it (备案初审、复核)."""
    actor = actor_for(request.user)
    held = application_for(actor, uid)
    form = ReviewForm(request.POST or None, kind=held.organisation.kind)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = decided(held, form, request.POST.get("decision", ""), actor)
            except DomainError as error:
                status = form.take(error)
            else:
                messages.success(request, done)
                return redirect("office_institution", held.organisation.uid)
    context = {
        "application": held,
        "tone": APPLICATION_TONES.get(held.state, ""),
        "file": paper_file(held),
        "form": form,
        "fields": [form[name] for name in form.fields if name != "opinion"],
        "hindrance": review_hindrance(actor, held),
        "untouched": [(FIELDS[name], text) for name, text in held.corrections.items()],
        "is_checked": held.state == CHECKED,
        "steps": [step_line(one) for one in held.steps.select_related("by__person", "note").order_by("-number")],
    }
    return office_page(request, "filing_review.html", context, status=status)


def decided(held: FilingApplication, form: ReviewForm, decision: str, actor: Actor) -> str:
    """Take the step that was asked for; return what to say of it."""
    opinion = form.cleaned_data["opinion"]
    if decision == "return":
        corrections = form.corrections()
        services.return_application(application=held, opinion=opinion, corrections=corrections, actor=actor)
        return "已退回补正，机构会收到通知，逐项意见显示在对应的填报项旁。"
    if held.state == CHECKED:
        filing = services.accept_application(application=held, opinion=opinion, actor=actor)
        return f"已备案，编号{filing.number}。"
    services.check_application(application=held, opinion=opinion, actor=actor)
    return "初审已通过，等复核人复核后备案。"


@open_to(*READERS)
@EITHER
def agreement(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a unit's agreement, or sign it for the office (区办签署)."""
    actor = actor_for(request.user)
    held = agreement_for(actor, uid)
    told: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            services.countersign_agreement(agreement=held, actor=actor)
        except DomainError as error:
            told, status = {"refusal": error.message}, error.status
        else:
            messages.success(request, "已签署，协议即日生效，单位会收到通知。")
            return redirect("office_institution", held.organisation.uid)
    context = {"held": held, "may_agree": is_permitted(actor, "filing.accept")}
    return office_page(request, "agreement.html", context | told, status=status)


@open_to(*READERS)
@EITHER
def agreement_text(request: SignedInRequest) -> HttpResponse:
    """Show the versions of the agreement's text, and publish a new one (年度协议文本)."""
    actor = actor_for(request.user)
    form = (
        TextForm(request.POST or None, newest=text_versions().first()) if is_permitted(actor, "planning.edit") else None
    )
    if request.method == "POST":
        require(actor, "planning.edit")
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            made = services.publish_text(actor=actor, **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, f"已发布{made}。")
            return redirect("office_agreement_text")
    status = 422 if form is not None and form.errors else 200
    return office_page(request, "agreement_text.html", {"form": form, "versions": text_versions()}, status=status)
