"""Refusals as RFC 9457 problem+json, translated once: stable `code`, Chinese `detail`, a sentence per wrong field."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from pydantic import Field

from lms.kernel.errors import DomainError
from lms.kernel.texts import UNREADABLE

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
MISSING, WRONG = "请填写这一项。", "这一项填写有误，请检查格式。"


class Problem(Schema):
    """What every refusal looks like."""

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="Stable, for machines.")
    detail: str = Field(description="A Chinese sentence for people: what happened and what to do next.")
    fields: dict[str, str] = {}


PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429, 503), Problem)


def problem(status: int, code: str, detail: str, *, fields: dict[str, str] | None = None) -> HttpResponse:
    """Return the response of a refusal."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, fields=fields or {})
    text = json.dumps(body.model_dump(), ensure_ascii=False)
    return HttpResponse(text, status=status, content_type="application/problem+json")


def fields_of(error: ValidationError) -> dict[str, str]:
    """Return a sentence for each field that does not fit the document."""
    found: dict[str, str] = {}
    for entry in error.errors:
        _where, *place = entry["loc"]  # "body", "query", "form", "file", "header" or "path", then the place in it
        name = ".".join(str(part) for part in place if part != "payload")
        found[name or "body"] = MISSING if entry["type"] == "missing" else WRONG
    return found


def translate_errors(api: NinjaAPI) -> None:
    """Give the API its translators."""
    translate_database_errors(api)

    @api.exception_handler(DomainError)
    def refused(request: HttpRequest, error: DomainError) -> HttpResponse:
        return problem(error.status, error.code, error.message, fields=getattr(error, "fields", None))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return problem(422, "invalid", "请求内容有误，请按提示修改后重试。", fields=fields_of(error))

    @api.exception_handler(AuthenticationError)
    def unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, "not_signed_in", "您还没有登录或登录已失效，请重新登录。")

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not_found", "没有找到您要的内容，可能已删除或地址有误。")

    @api.exception_handler(Throttled)
    def often(request: HttpRequest, error: Throttled) -> HttpResponse:
        answer = problem(429, "too_often", "请求太频繁，请稍候再试。")
        answer.headers["Retry-After"] = str(error.wait)
        return answer

    @api.exception_handler(HttpError)
    def http(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 403:
            return problem(403, "csrf_failed", "页面已过期，请刷新后重试。")
        return problem(error.status_code, "bad_request", "请求内容读不懂，请检查格式。")


def translate_database_errors(api: NinjaAPI) -> None:
    """Give the API its translators of what a database says."""

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def busy(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("database: %s", type(error).__name__, exc_info=error)
        answer = problem(503, "busy", "服务器正忙，这次没有保存。请稍候再试，已保存的内容不会丢失。")
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
        return answer

    @api.exception_handler(DataError)
    def unreadable(request: HttpRequest, error: DataError) -> HttpResponse:
        log.warning("data: %s", error)
        return problem(UNREADABLE.status, UNREADABLE.code, UNREADABLE.message)


def add_problem_media(document: dict[str, Any]) -> None:
    """Say in the document that refusals are application/problem+json."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400 and "application/json" in response.get("content", {}):
                    response["content"]["application/problem+json"] = response["content"].pop("application/json")
