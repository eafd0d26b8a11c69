"""The frame of the workspaces of institutions and of the office: navigation, names of staff, pages of lists."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from lms.people.models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 20

PROVIDER_NAV = (("首页", "institution_home"), ("班级", "institution_classes"))
OFFICE_NAV = (
    ("首页", "office_home"),
    ("开班审批", "office_classes"),
    ("课程审核", "office_reviews"),
    ("结业核查", "office_completion"),
    ("培训项目与学时口径", "office_policies"),
    ("职业目录", "office_catalogue_import"),
    ("实名核查", "identity_cases"),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the side navigation (导航项)."""

    label: str
    url: str
    is_current: bool


def navigation(request: HttpRequest, entries: Sequence[tuple[str, str]]) -> list[NavItem]:
    """Return the side navigation; the longest address that the page's own begins with is the current one."""
    addresses = [(label, reverse(name)) for label, name in entries]
    fitting = [address for _, address in addresses if request.path.startswith(address)]
    current = max(fitting, key=len, default="")
    return [NavItem(label, address, address == current) for label, address in addresses]


def staff_name(user: User | None) -> str:
    """Return how a colleague is called: real name, else the account's name; a dash when nobody is named."""
    if user is None:
        return "—"
    return user.person.name if user.person else user.get_full_name() or user.username


def page_of(rows: QuerySet[Any], number: str, *, size: int = PER_PAGE) -> Page[Any]:
    """Return a page of a list; a number that makes no sense is the nearest page that exists."""
    return Paginator(rows, size).get_page(number)


def sheet_answer(content: bytes, name: str) -> HttpResponse:
    """Return an xlsx file to keep; the browser never caches it."""
    response = HttpResponse(io.BytesIO(content), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response
