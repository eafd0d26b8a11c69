"""Screens of programmes and study policies: versions, and a new one tried on a sample day before it holds."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import READERS, Role, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.planning.models import StudyPolicy
from lms.planning.queries import newest_policy, policies, policy_by_uid, programmes_on
from lms.planning.rules import describe_terms, terms_problems
from lms.planning.services import add_policy_version
from lms.portal.authority.frames import office_page
from lms.portal.authority.policy_forms import PolicyForm
from lms.portal.authority.policy_pages import TriedDay, tried_day


@open_to(*READERS)
@require_GET
def policy_list(request: SignedInRequest) -> HttpResponse:
    """Show the programmes that run today and all versions of the study policies (培训项目与学时口径)."""
    may_edit = is_permitted(actor_for(request.user), "planning.edit")
    context = {"programmes": programmes_on(clock.today()), "policies": policies(), "may_edit": may_edit}
    return office_page(request, "policy_list.html", context)


@open_to(*READERS)
@require_GET
def policy_page(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a version of a policy, each number explained, and what it makes of a sample day (学时口径)."""
    policy = policy_by_uid(uid)
    terms = policy.study_terms()
    context = {
        "policy": policy,
        "rules": describe_terms(terms),
        "day": tried_day(terms, None),
        "may_edit": is_permitted(actor_for(request.user), "planning.edit"),
    }
    return office_page(request, "policy_page.html", context)


@open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
@require_http_methods(["GET", "POST"])
def policy_new(request: SignedInRequest, uid: UUID | None = None) -> HttpResponse:
    """Draw up a new version from an older one, try it on a sample day, publish it (发布口径)."""
    base = policy_by_uid(uid) if uid else newest_policy()
    form = PolicyForm(request.POST or None, initial=PolicyForm.values_of(base))
    day = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("step") == "publish":
            if policy := published(request, form):
                messages.success(request, f"已发布“{policy}”。已批准的班级仍按批准时的版本，新批准的班级用这一版。")
                return redirect("office_policy", uid=policy.uid)
        else:
            day = trial(form)
    return office_page(
        request, "policy_form.html", {"form": form, "base": base, "day": day}, status=422 if form.errors else 200
    )


def published(request: SignedInRequest, form: PolicyForm) -> StudyPolicy | None:
    """Publish what was typed; return nothing when it was refused, the reasons stand in the form."""
    data = form.cleaned_data
    try:
        return add_policy_version(
            name=data["name"],
            terms=form.terms(),
            effective_from=data["effective_from"],
            effective_to=data["effective_to"],
            source=data["source"],
            actor=actor_for(request.user),
        )
    except InvalidError as error:
        form.take(error)
    except ConflictError as error:
        form.add_error(None, error.message)
    return None


def trial(form: PolicyForm) -> TriedDay | None:
    """Return what the typed numbers make of a sample day, beside the version that holds today; nothing is saved."""
    terms = form.terms()
    for name, sentence in terms_problems(terms).items():
        form.add_error(name, sentence)
    return None if form.errors else tried_day(terms, newest_policy(form.cleaned_data["name"], on=clock.today()))
