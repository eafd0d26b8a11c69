"""Who calls: apps by X-Session-Token, pages by cookie and CSRF token. The token is the session's key: never logged."""

from __future__ import annotations

from typing import Any

from allauth.headless.internal.sessionkit import authenticate_by_x_session_token
from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, APIKeyHeader

from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.kernel import clock
from lms.kernel.errors import ForbiddenError
from lms.people.queries import demand, needs_renewal, session_is_idle


class TokenAuth(APIKeyHeader):
    """Apps. A wrong token never falls through to the cookie."""

    param_name = "X-Session-Token"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the account of a session token, with `request.user` and `request.session` set to it."""
        if not key:
            return None
        found = authenticate_by_x_session_token(key)
        if not found:
            raise AuthenticationError(message="invalid session token")
        request.cookie_session = request.session  # type: ignore[attr-defined]
        request.user, request.session = found
        now = clock.now().timestamp()
        if session_is_idle(request.session, request.user, now=now):
            request.session.flush()
            raise AuthenticationError(message="idle")
        if needs_renewal(request.session, request.user, now=now):
            request.session["seen"] = now  # a token request never passes SessionMiddleware: nothing else renews it
        if need := demand(request):
            raise ForbiddenError("请先在网页上完成账号安全设置（改密码或绑定动态口令），再使用手机应用。", code=need)
        return request.user


class CookieAuth(APIKeyCookie):
    """Pages. Looks for the cookie before CSRF is checked, so that a visitor's POST is 401 and not 403."""

    param_name = settings.SESSION_COOKIE_NAME

    def _get_key(self, request: HttpRequest) -> str | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        key: str | None = super()._get_key(request)
        return key

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the account of the cookie."""
        return request.user if key else None


BOTH = [TokenAuth(), CookieAuth()]


def actor_of(request: HttpRequest) -> Actor:
    """Return who calls (操作者)."""
    return actor_for(request.user)


def person_of(request: HttpRequest) -> int | None:
    """Return whose learning it is. Reads no roles: a beat needs none."""
    user: Any = request.user
    person_id: int | None = user.person_id
    return person_id
