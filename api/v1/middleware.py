"""The frame of every answer under /api/v1/: a refusal that no operation made is a problem too, never a page."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from api.v1.errors import problem
from api.v1.limits import tell_rate
from api.v1.repeats import settle
from api.v1.sunset import tell_sunset
from lms.access.views import PUBLIC, open_to

ROOT = "/api/v1/"
KEPT = ("Allow", "Retry-After")
NOT_THERE = "没有这个接口地址，请对照接口文档检查。"
SAID = {
    404: ("no_such_address", NOT_THERE),
    405: ("method_not_allowed", "这个接口地址不支持这种请求方法，请对照接口文档检查。"),
    413: ("too_large", "提交的内容太大，请减小后重新提交。"),
    500: ("server_error", "服务器出了错，这次没有保存。我们已收到记录，请稍后再试。"),
}
UNREAD = "bad_request", "请求内容读不懂，请检查格式。"


class ApiFrameMiddleware:
    """Makes problems of what Django and its other middlewares refuse in their own way; settles keys and tells rates (接口外框)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, framed."""
        if not request.path.startswith(ROOT):
            return self.get_response(request)
        response = framed(self.get_response(request))
        settle(request, response)
        tell_rate(request, response)
        tell_sunset(request, response)
        return response


def framed(response: HttpResponse) -> HttpResponse:
    """Return an answer as it is, or a problem in place of another refusal."""
    if is_framed(response):
        return response
    code, detail = SAID.get(response.status_code, UNREAD)
    made = problem(response.status_code, code, detail)
    for name in KEPT:
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made


def is_framed(response: HttpResponse) -> bool:
    """Return whether an answer may go as it is: no refusal, a problem, or the developer's own page of a fault."""
    kind = response.headers.get("Content-Type", "")
    shown = settings.DEBUG and response.status_code >= 500
    return response.status_code < 400 or kind.startswith("application/problem+json") or shown


@csrf_exempt
@open_to(PUBLIC)
def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer whatever no operation has, before pages of content or a redirect to another spelling do."""
    return problem(404, "no_such_address", NOT_THERE)
