"""How a view states who may use it. Every view of ours carries the statement, and a test walks them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.kernel.errors import ForbiddenError


class SignedInRequest(HttpRequest):
    """A request behind a door that visitors do not pass: its user is an account."""

    user: Any


View = Callable[..., HttpResponseBase]
PUBLIC = frozenset({"public"})
SIGNED_IN = frozenset({"signed_in"})


def came_from(request: HttpRequest, default: str = "/") -> str:
    """Return the address of our own page from which a request was sent (来源页面)."""
    sent = urlsplit(request.headers.get("Referer", ""))
    is_ours = url_has_allowed_host_and_scheme(sent.geturl(), {request.get_host()}) and sent.netloc
    return urlunsplit(("", "", sent.path or "/", sent.query, "")) if is_ours else default


def open_to(*who: Role | frozenset[str]) -> Callable[[View], View]:
    """State who may use a view: `open_to(PUBLIC)`, `open_to(SIGNED_IN)` or `open_to(Role.X, Role.Y)`.

    A visitor is sent to sign in; somebody without one of the roles is refused. What a role may do with one thing is
    still asked by `require()` in the service or query that the view calls.
    """
    roles = frozenset(one for entry in who for one in (entry if isinstance(entry, frozenset) else {entry}))

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if roles != PUBLIC and not request.user.is_authenticated:
                return redirect_to_login(came_from(request) if request.method == "POST" else request.get_full_path())
            if not roles & (PUBLIC | SIGNED_IN) and not actor_for(request.user).has(*(Role(role) for role in roles)):
                raise ForbiddenError("这个页面只对有相应职责的工作人员开放。如需使用，请联系本单位管理员。")
            return view(request, *args, **kwargs)

        guarded.open_to = roles  # type: ignore[attr-defined]
        return guarded

    return decorate
