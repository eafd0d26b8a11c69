"""Appeals of withheld time on the desks of office and departments; auditors read (学时申诉)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import READERS, Actor, Role
from lms.access.views import SignedInRequest, open_to
from lms.appeals import services
from lms.appeals.models import HoursAppeal
from lms.appeals.queries.records import AppealFilters, appeal_for, appeal_queue
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.forms import RefusableForm
from lms.portal.authority.appeal_pages import appeal_page, queue_line
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import page_of

DECIDERS = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER, Role.DEPARTMENT)


class OpinionForm(RefusableForm):
    """审核意见."""

    prefix = "propose"
    outcome = forms.ChoiceField(
        label="意见",
        choices=[("", "请选择"), ("granted", "成立，恢复学时"), ("refused", "不成立")],
        error_messages={"required": "请选择意见：成立或不成立。"},
    )
    reason = forms.CharField(
        label="理由",
        help_text="至少10个字：看了哪些记录、怎样判断。学员能看到。",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明理由（至少10个字）：看了哪些记录、怎样判断。学员能看到这段话。"},
    )


class ConfirmForm(RefusableForm):
    """复核."""

    prefix = "confirm"
    opinion = forms.CharField(
        label="复核意见",
        help_text="退回时必填，至少10个字。",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def day_of(text: str) -> date | None:
    """Return a day of an address; nothing for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@open_to(*READERS)
@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """Show the appeals, the longest waiting first, narrowed by state, day, learner or class."""
    filters = AppealFilters(
        state=request.GET.get("state", "").strip(),
        q=request.GET.get("q", "").strip(),
        filed_from=day_of(request.GET.get("from", "")),
        filed_to=day_of(request.GET.get("to", "")),
    )
    page = page_of(appeal_queue(actor_for(request.user), filters), request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": [queue_line(one) for one in page],
        "filters": filters,
        "states": HoursAppeal.State.choices,
    }
    return office_page(request, "appeals.html", context)


def shown(
    request: HttpRequest,
    appeal: HoursAppeal,
    actor: Actor,
    *,
    status: int = 200,
    propose: OpinionForm | None = None,
    confirm: ConfirmForm | None = None,
) -> HttpResponse:
    """Return an appeal's page, with the form that was refused."""
    forms_shown = {"propose": propose or OpinionForm(), "confirm": confirm or ConfirmForm()}
    return office_page(request, "appeal.html", {"page": appeal_page(appeal, actor), **forms_shown}, status=status)


@open_to(*READERS)
@require_GET
def appeal(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show an appeal with the evidence beside it, its steps, and what may be done."""
    actor = actor_for(request.user)
    return shown(request, appeal_for(actor, uid), actor)


@open_to(*DECIDERS)
@require_POST
def propose(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Say whether an appeal is well-founded (提出审核意见)."""
    actor = actor_for(request.user)
    found, form = appeal_for(actor, uid), OpinionForm(request.POST)
    if form.is_valid():
        grants = form.cleaned_data["outcome"] == "granted"
        try:
            services.propose_opinion(appeal=found, grants=grants, reason=form.cleaned_data["reason"], actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("office_appeal", uid=uid)
        else:
            messages.success(request, "意见已提交，由另一位同事复核后生效。")
            return redirect("office_appeal", uid=uid)
    return shown(request, found, actor, status=422, propose=form)


@open_to(*DECIDERS)
@require_POST
def confirm(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Agree to an opinion, or send it back (复核)."""
    actor = actor_for(request.user)
    found, form = appeal_for(actor, uid), ConfirmForm(request.POST)
    if form.is_valid():
        agrees, opinion = request.POST.get("decision") == "agree", form.cleaned_data["opinion"]
        try:
            services.confirm_opinion(appeal=found, agrees=agrees, opinion=opinion, actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("office_appeal", uid=uid)
        else:
            messages.success(request, "已办理，学员可以看到结果。" if agrees else "已退回，请重新提出意见。")
            return redirect("office_appeal", uid=uid)
    return shown(request, found, actor, status=422, confirm=form)


@open_to(*DECIDERS)
@require_GET
def file(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Hand out the file of an appeal, noted in the operation log (申诉附件)."""
    actor = actor_for(request.user)
    name, content = services.open_appeal_file(appeal=appeal_for(actor, uid), actor=actor)
    answer = FileResponse(content, as_attachment=True, filename=name)
    answer["Cache-Control"] = "no-store"
    return answer
