"""The office decides whether a running class goes on with a newer version (审核课程换版)."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import READERS, is_permitted
from lms.access.views import SignedInRequest, open_to
from lms.classes.queries import class_for, open_upgrade, upgrades_of
from lms.classes.services import decide_upgrade
from lms.kernel.errors import InvalidError
from lms.portal.authority.frames import office_page
from lms.portal.forms import OpinionForm
from lms.portal.upgrade_pages import effect_of, upgrade_line


@open_to(*READERS)
@require_http_methods(["GET", "POST"])
def class_upgrade(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show what the newer version changes, and take the decision (审核课程换版)."""
    actor = actor_for(request.user)
    training_class = class_for(actor, uid)
    form = OpinionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        approves = request.POST.get("decision") == "approve"
        try:
            decide_upgrade(
                training_class=training_class, approves=approves, opinion=form.cleaned_data["opinion"], actor=actor
            )
        except InvalidError as error:
            form.take(error)
        else:
            done = "已换版，学员从现在起按新版本学习，已认定的学时不变。"
            messages.success(request, done if approves else "已退回，机构可以看到意见。")
            return redirect("office_class", uid=uid)
    waiting = open_upgrade(training_class)
    context = {
        "training_class": training_class,
        "waiting": upgrade_line(waiting) if waiting else None,
        "effect": effect_of(training_class, waiting.to_version) if waiting else None,
        "lines": [upgrade_line(one) for one in upgrades_of(training_class)[:20]],
        "may_decide": is_permitted(actor, "classes.decide", training_class),
        "form": form,
    }
    return office_page(request, "class_upgrade.html", context, status=422 if form.errors else 200)
