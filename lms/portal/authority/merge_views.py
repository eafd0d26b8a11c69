"""Two records that are one person's, on the office's desk (人员合并)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import DomainError, InvalidError
from lms.people import services
from lms.people.queries import merge_for, record_for
from lms.portal.authority.frames import office_page
from lms.portal.authority.merge_forms import FindForm
from lms.portal.authority.merge_pages import comparison, merge_page, merge_rows


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
def person_merges(request: SignedInRequest) -> HttpResponse:
    """Show the merges, and find two records by their numbers; the numbers are posted and stand in no address."""
    form = FindForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        survivor, absorbed = form.cleaned_data["survivor"], form.cleaned_data["absorbed"]
        return redirect("compare_persons", survivor.uid, absorbed.uid)
    context = {"form": form, "rows": merge_rows(actor_for(request.user))}
    return office_page(request, "person_merges.html", context, status=422 if form.errors else 200)


def compare_page(
    request: HttpRequest, survivor_uid: UUID, absorbed_uid: UUID, *, status: int = 200, **told: object
) -> HttpResponse:
    """Return two records beside each other, with what was refused."""
    actor = actor_for(request.user)
    both = comparison(record_for(actor, survivor_uid), record_for(actor, absorbed_uid))
    return office_page(request, "compare_persons.html", {"both": both, **told}, status=status)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
def compare_persons(request: SignedInRequest, survivor_uid: UUID, absorbed_uid: UUID) -> HttpResponse:
    """Show two records beside each other, or propose that they are one person's."""
    if request.method != "POST":
        return compare_page(request, survivor_uid, absorbed_uid)
    actor, reason = actor_for(request.user), request.POST.get("reason", "")
    try:
        merge = services.propose_merge(
            survivor=record_for(actor, survivor_uid),
            absorbed=record_for(actor, absorbed_uid),
            reason=reason,
            actor=actor,
        )
    except DomainError as error:
        return compare_page(
            request, survivor_uid, absorbed_uid, refusal=error.message, reason=reason, status=error.status
        )
    messages.success(request, "已提出合并，等另一位工作人员复核。")
    return redirect("person_merge", merge.uid)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_POST
def reveal_compared(request: SignedInRequest, survivor_uid: UUID, absorbed_uid: UUID) -> HttpResponse:
    """Show both full numbers once; the reason is noted first (查看证件号码)."""
    actor, reason = actor_for(request.user), request.POST.get("why", "")
    people = record_for(actor, survivor_uid), record_for(actor, absorbed_uid)
    try:
        numbers = services.reveal_merge_documents(survivor=people[0], absorbed=people[1], reason=reason, actor=actor)
    except InvalidError as error:
        return compare_page(
            request, survivor_uid, absorbed_uid, why_refusal=error.message, why=reason, status=error.status
        )
    response = compare_page(request, survivor_uid, absorbed_uid, numbers=numbers, why=reason)
    response["Cache-Control"] = "no-store"
    return response


def page_of_merge(request: HttpRequest, uid: UUID, *, status: int = 200, **told: object) -> HttpResponse:
    """Return a merge with both records beside it."""
    actor = actor_for(request.user)
    merge = merge_for(actor, uid)
    context = {"page": merge_page(actor, merge), "both": comparison(merge.survivor, merge.absorbed), **told}
    return office_page(request, "person_merge.html", context, status=status)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
def person_merge(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a merge, decide it, or undo it."""
    if request.method != "POST":
        return page_of_merge(request, uid)
    actor, opinion = actor_for(request.user), request.POST.get("opinion", "")
    merge, decision = merge_for(actor, uid), request.POST.get("decision", "")
    try:
        if decision == "undo":
            services.undo_merge(merge=merge, opinion=opinion, actor=actor)
        else:
            is_verified = request.POST.get("verified") == "1"
            agrees = decision == "agree"
            services.decide_merge(merge=merge, agrees=agrees, opinion=opinion, actor=actor, is_verified=is_verified)
    except DomainError as error:
        return page_of_merge(request, uid, refusal=error.message, opinion=opinion, status=error.status)
    messages.success(request, DONE.get(decision, DONE["refuse"]))
    return redirect("person_merge", uid)


DONE = {
    "agree": "已合并。并入档案的账号已退出登录，重新登录后使用保留的档案。",
    "refuse": "已退回，两份档案都没有变动。",
    "undo": "已撤销合并。账号已回到原来的档案，合并时冲销的学时已恢复。",
}
