"""Faces on the office's desk: what no machine decided, who asks for another way, how near the filing duty is (人脸核验)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from lms.access.queries import actor_for
from lms.access.rules import Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.faces import services
from lms.faces.queries import WHY, check_for, checks_for_people, decided_exemptions, open_exemptions, policy_on
from lms.kernel import clock
from lms.kernel.errors import ConflictError, DomainError, InvalidError
from lms.portal.authority.face_forms import OpinionForm, RulingForm
from lms.portal.authority.face_pages import check_row, exemption_row, filing, provider_use, review_page, shown_pictures
from lms.portal.authority.frames import office_page
from lms.portal.workspaces import page_of

DECIDERS = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
MOST_SHOWN = 50
VIEWERS = (*DECIDERS, Role.AUDITOR)
OPINIONS = {
    None: "已记录您的意见，还需要另一位同事核对。",
    True: "已有结论：是本人。",
    False: "已有结论：不是本人。登记的参考照片已删除的，本人需要重新登记。",
}


@open_to(*VIEWERS)
@require_GET
def queue(request: SignedInRequest) -> HttpResponse:
    """Show the checks that people look at, narrowed by why and by state."""
    actor = actor_for(request.user)
    why, state = request.GET.get("why", ""), request.GET.get("state", "")
    page = page_of(checks_for_people(actor, why=why, is_decided=state == "decided"), request.GET.get("page", "1"))
    context = {
        "page": page,
        "rows": [check_row(one) for one in page],
        "why": why,
        "state": state,
        "whys": [(name, label) for name, (label, _) in WHY.items()],
        "filing": filing(),
        "use": provider_use(),
        "policy": policy_on(clock.today()),
        "asking_count": len(open_exemptions()),
    }
    return office_page(request, "faces.html", context)


def check_page(request: HttpRequest, uid: UUID, *, status: int = 200, **shown: Any) -> HttpResponse:
    """Return a check with its evidence, and what was refused."""
    actor = actor_for(request.user)
    context = {
        "page": review_page(check_for(actor, uid), actor),
        "form": OpinionForm(),
        "may_reveal": is_permitted(actor, "people.reveal"),
        **shown,
    }
    return office_page(request, "face_check.html", context, status=status)


@open_to(*VIEWERS)
@require_GET
def check(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a check with its evidence; no picture."""
    return check_page(request, uid)


@open_to(*VIEWERS)
@require_POST
def pictures(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show the pictures of a check once; the reason is noted first (查看照片)."""
    actor, reason = actor_for(request.user), request.POST.get("reason", "")
    try:
        found = services.reveal_pictures(check=check_for(actor, uid), reason=reason, actor=actor)
    except InvalidError as error:
        return check_page(request, uid, status=error.status, reason=reason, reason_refusal=error.message)
    response = check_page(request, uid, pictures=shown_pictures(found))
    response["Cache-Control"] = "no-store"
    return response


@open_to(*DECIDERS)
@require_POST
def opinion(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Say whether a check shows its person (人工核验)."""
    actor, form = actor_for(request.user), OpinionForm(request.POST)
    found = check_for(actor, uid)
    if not form.is_valid():
        return check_page(request, uid, form=form, status=422)
    is_same = form.cleaned_data["is_same"] == "yes"
    try:
        decided = services.give_opinion(check=found, is_same=is_same, words=form.cleaned_data["words"], actor=actor)
    except InvalidError as error:
        form.take(error)
        return check_page(request, uid, form=form, status=error.status)
    except DomainError as error:
        return check_page(request, uid, form=form, refusal=error.message, status=error.status)
    messages.success(request, OPINIONS[decided])
    return redirect("office_faces")


def exemptions_page(request: HttpRequest, *, status: int = 200, **shown: Any) -> HttpResponse:
    """Return the requests for another way, with what was refused at one."""
    actor = actor_for(request.user)
    page, waiting = page_of(decided_exemptions(), request.GET.get("page", "1")), open_exemptions()
    context = {
        "rows": [exemption_row(one, actor) for one in waiting[:MOST_SHOWN]],
        "waiting_count": len(waiting),
        "page": page,
        "decided": [exemption_row(one, actor) for one in page],
        "may_decide": is_permitted(actor, "faces.exempt"),
        "policy": policy_on(clock.today()),
        "shown": None,
        "form": RulingForm(),
        **shown,
    }
    return office_page(request, "face_exemptions.html", context, status=status)


@open_to(*VIEWERS)
@require_GET
def exemptions(request: SignedInRequest) -> HttpResponse:
    """Show who asks for another way than the face (免人脸核验申请)."""
    return exemptions_page(request)


@open_to(*DECIDERS)
@require_POST
def decide(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Grant another way, or refuse it (免人脸核验决定)."""
    form, granted = RulingForm(request.POST), request.POST.get("granted") == "1"
    if not form.is_valid():
        return exemptions_page(request, form=form, shown=uid, status=422)
    try:
        services.decide_exemption(
            exemption=uid, granted=granted, words=form.cleaned_data["words"], actor=actor_for(request.user)
        )
    except InvalidError as error:
        form.take(error)
        return exemptions_page(request, form=form, shown=uid, status=error.status)
    except ConflictError as error:
        messages.error(request, error.message)
        return redirect("office_face_exemptions")
    messages.success(request, "已同意，申请人在有效期内不需要人脸核验。" if granted else "没有同意，申请人能看到理由。")
    return redirect("office_face_exemptions")
