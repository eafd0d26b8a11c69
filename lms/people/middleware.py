"""What a signed-in account must do first, for pages; the API's and the sockets' doors ask the same queries."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from allauth.core.exceptions import RateLimited
from allauth.core.internal.ratelimit import respond_429
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import UpdateError
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from lms.kernel import clock
from lms.kernel.errors import DomainError
from lms.people.queries import demand, needs_renewal, session_is_idle

EXEMPT = ("/accounts/", "/_allauth/", "/static/")
UNATTENDED = ("/my/notices/count/",)  # pages ask by themselves: nobody has come back to them
WHERE = {"change_password": "account_change_password", "enrol_mfa": "mfa_activate_totp", "use_mfa": "account_login"}
FIRST = "请先在网页上完成账号安全设置（改密码或绑定动态口令），再继续办理。"


class GateMiddleware:
    """Ends idle staff sessions and sends accounts to what they must do first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.stopped(request) or self.get_response(request)
        if hasattr(request, "cookie_session"):
            give_back_cookie_session(request)
        return response

    def stopped(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer of a request that may not go on."""
        if not request.user.is_authenticated:
            return None
        now = clock.now().timestamp()
        if session_is_idle(request.session, request.user, now=now):
            logout(request)
            return None
        if request.path not in UNATTENDED and needs_renewal(request.session, request.user, now=now):
            request.session["seen"] = now
        if not request.path.startswith(EXEMPT) and (need := demand(request)):
            return sent_to(request, need)
        if request.path.startswith("/cms/") and not request.user.has_perm("wagtailadmin.access_admin"):
            raise PermissionDenied  # Wagtail would send them to sign in, and that one back here, for ever
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer in allauth's JSON: it raises RateLimited on change of number and catches it nowhere."""
        if isinstance(exception, RateLimited):
            limited: HttpResponse = respond_429(request)
            return limited
        if isinstance(exception, DomainError) and request.path.startswith("/_allauth/"):
            error = {"message": exception.message, "code": exception.code}
            return JsonResponse({"status": exception.status, "errors": [error]}, status=exception.status)
        return None


def sent_to(request: HttpRequest, need: str) -> HttpResponse:
    """Return where an account goes first."""
    if request.path.startswith("/api/"):
        body = {"type": "about:blank", "title": "Forbidden", "status": 403, "code": need, "detail": FIRST, "fields": {}}
        return JsonResponse(body, status=403, content_type="application/problem+json")
    if need == "use_mfa":
        logout(request)
    return redirect(WHERE[need])


def give_back_cookie_session(request: HttpRequest) -> None:
    """After an app's request: save the token's session, show SessionMiddleware its own, or the cookie would leak.

    A session that ended meanwhile, by this very request or elsewhere, stays ended.
    """
    if request.session.modified and not request.session.is_empty():
        with suppress(UpdateError):
            request.session.save()
    request.session = request.cookie_session  # type: ignore[attr-defined]
