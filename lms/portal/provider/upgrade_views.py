"""The institution proposes that a running class goes on with a newer version (申请课程换版)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.classes.queries import class_for, newer_versions, open_upgrade, upgrades_of
from lms.classes.services import propose_upgrade
from lms.kernel.errors import InvalidError
from lms.portal.provider.views import framed
from lms.portal.upgrade_pages import UpgradeForm, effect_of, upgrade_line


@open_to(Role.INSTITUTION)
@require_http_methods(["GET", "POST"])
def class_upgrade(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show what a newer version changes, and take the proposal (申请课程换版)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = UpgradeForm(request.POST or None, training_class=training_class)
    if request.method == "POST" and form.is_valid():
        try:
            propose_upgrade(training_class=training_class, actor=actor, **form.cleaned_data)
        except InvalidError as error:
            form.take(error)
        else:
            messages.success(request, "换版申请已提交，等区办审核。批准以前，班级仍使用现在的版本。")
            return redirect("institution_class_upgrade", uid=uid)
    waiting = open_upgrade(training_class)
    wanted = waiting.to_version if waiting else newer_versions(training_class).first()
    context = {
        "training_class": training_class,
        "is_running": training_class.state == training_class.State.OPEN,
        "waiting": waiting is not None,
        "effect": effect_of(training_class, wanted) if wanted and training_class.policy_id else None,
        "lines": [upgrade_line(one) for one in upgrades_of(training_class)[:20]],
        "form": form,
    }
    return framed(request, "class_upgrade.html", context, status=422 if form.errors else 200)
