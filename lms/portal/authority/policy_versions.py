"""The pages of a numbered policy, the same for each of them: its versions, and a new one drawn up from the newest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import READERS, Role, is_permitted
from lms.access.views import SignedInRequest, View, open_to
from lms.kernel import clock
from lms.kernel.errors import ConflictError, InvalidError
from lms.portal.authority.frames import office_page


@dataclass(frozen=True, slots=True)
class PolicyPages:
    """What one policy (口径) has of its own. `stays`: what keeps its version; `describe`: the rules of a version in sentences."""

    title: str
    stays: str
    back: str
    template: str
    form_template: str
    form: Any
    on: Callable[..., Any]
    versions: Callable[[], Any]
    describe: Callable[[Any], Any]
    publish: Callable[..., Any]

    def views(self) -> tuple[View, View]:
        """Return its two pages: the versions, for all readers, and a new one, for the office."""
        shown = open_to(*READERS)(require_GET(self.shown))
        drawn_up = open_to(Role.OFFICE_MAKER, Role.OFFICE_CHECKER)(require_http_methods(["GET", "POST"])(self.drawn_up))
        return shown, drawn_up

    def shown(self, request: SignedInRequest) -> HttpResponse:
        """Show the version in force, each number explained, and all versions."""
        held = self.on(clock.today())
        context = {
            "title": self.title,
            "new": f"{self.back}_new",
            "policy": held,
            "rules": self.describe(held) if held else [],
            "versions": self.versions(),
            "may_edit": is_permitted(actor_for(request.user), "planning.edit"),
        }
        return office_page(request, self.template, context)

    def drawn_up(self, request: SignedInRequest) -> HttpResponse:
        """Show the form of a new version, or publish it and lead back."""
        newest = self.versions().first()
        form = self.form(request.POST or None, initial=self.form.values_of(newest))
        if request.method == "POST" and form.is_valid() and self.is_published(request, form):
            return redirect(self.back)
        context = {"title": self.title, "stays": self.stays, "back": self.back, "form": form, "base": newest}
        return office_page(request, self.form_template, context, status=422 if form.errors else 200)

    def is_published(self, request: SignedInRequest, form: Any) -> bool:
        """Publish what was typed; where it is refused the reasons stand in the form."""
        day, source = form.cleaned_data["effective_from"], form.cleaned_data["source"]
        try:
            made = self.publish(terms=form.terms(), effective_from=day, source=source, actor=actor_for(request.user))
        except InvalidError as error:
            form.take(error)
        except ConflictError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"已发布第{made.version}版。{self.stays}")
            return True
        return False
