"""The frame of the workspaces of institutions and of the office: navigation, names of staff, pages of lists."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from lms.access.rules import READERS, Actor, Role, is_permitted
from lms.people.models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PER_PAGE = 20
EMPTY: Mapping[str, int] = MappingProxyType({})

PLACES = (
    ("机构工作台", "institution_home", "users", frozenset({Role.INSTITUTION, Role.INSTRUCTOR})),
    ("课程制作", "wagtailadmin_home", "pencil", frozenset({Role.INSTITUTION, Role.INSTRUCTOR})),
    ("企业培训需求", "enterprise_demand", "users", frozenset({Role.ENTERPRISE})),
    ("区办工作台", "office_home", "shield-check", READERS),
)
LANDINGS = (
    ("office_home", READERS),
    ("institution_home", frozenset({Role.INSTITUTION})),
    ("wagtailadmin_home", frozenset({Role.INSTRUCTOR})),
    ("enterprise_demand", frozenset({Role.ENTERPRISE})),
)
PROVIDER_NAV = (
    ("首页", "institution_home", "classes.view"),
    ("班级", "institution_classes", "classes.view"),
    ("直播课", "institution_lives", "live.plan"),
    ("线下实操", "institution_practice_days", "practice.plan"),
    ("课程制作", "wagtailadmin_home", "courses.edit"),
    ("核查与申诉", "institution_cases", "classes.file"),
    ("机构备案", "filing_home", "filing.apply"),
)
ENTERPRISE_NAV = (
    ("培训需求", "enterprise_demand", "demand.register"),
    ("企业备案", "filing_home", "filing.apply"),
)
OFFICE_NAV = (
    ("首页", "office_home", "classes.view"),
    ("开班审批", "office_classes", "classes.view"),
    ("机构管理", "office_institutions", "filing.view"),
    ("直播巡课", "office_lives", "live.inspect"),
    ("课程审核", "office_reviews", "courses.review"),
    ("审核要点", "office_checklists", "courses.set_checklist"),
    ("线下实操", "office_practice_days", "practice.view"),
    ("结业核查", "office_completion", "evidence.view"),
    ("学时申诉", "office_appeals", "appeals.view"),
    ("异常线索", "office_anomalies", "anomalies.view"),
    ("存证核验", "office_ledger", "evidence.view"),
    ("操作日志", "office_deeds", "audit.view"),
    ("培训项目与学时口径", "office_policies", "classes.view"),
    ("职业目录", "office_catalogue_import", "catalogue.import"),
    ("发布目录", "office_published", "catalogue.publish"),
    ("实名核查", "identity_cases", "people.resolve_case"),
    ("人脸核验", "office_faces", "faces.view"),
    ("人员合并", "person_merges", "people.resolve_case"),
    ("账号与角色", "office_accounts", "access.view"),
    ("通知投递", "office_deliveries", "notifications.view"),
    ("我的导出", "office_exports", "completion.export"),
)


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of the side navigation (导航项)."""

    label: str
    url: str
    is_current: bool
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace that an account may enter (工作台)."""

    label: str
    url: str
    icon: str


def places_of(actor: Actor) -> list[Place]:
    """Return the workspaces of an actor, none for a learner."""
    return [Place(label, reverse(name), icon) for label, name, icon, roles in PLACES if actor.has(*roles)]


def landing(actor: Actor) -> str:
    """Return where an actor begins after signing in: the own workspace, or one's learning (登录后去处)."""
    return next((reverse(name) for name, roles in LANDINGS if actor.has(*roles)), reverse("my"))


def navigation(
    request: HttpRequest, actor: Actor, entries: Sequence[tuple[str, str, str]], waiting: Mapping[str, int] = EMPTY
) -> list[NavItem]:
    """Return the side navigation: what the actor may open, with what waits there (by the address's name).

    The longest address that the page's own begins with is the current one.
    """
    open_to = [(label, name, reverse(name)) for label, name, asked in entries if is_permitted(actor, asked)]
    current = max((url for _, _, url in open_to if request.path.startswith(url)), key=len, default="")
    return [NavItem(label, url, url == current, waiting.get(name, 0)) for label, name, url in open_to]


def staff_name(user: User | None) -> str:
    """Return how a colleague is called: real name, else the account's name; a dash when nobody is named."""
    return "—" if user is None else user.called


def page_of(rows: QuerySet[Any], number: str, *, size: int = PER_PAGE) -> Page[Any]:
    """Return a page of a list; a number that makes no sense is the nearest page that exists."""
    return Paginator(rows, size).get_page(number)


def sheet_answer(content: bytes, name: str) -> HttpResponse:
    """Return an xlsx file to keep; the browser never caches it."""
    response = HttpResponse(io.BytesIO(content), content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["Cache-Control"] = "no-store"
    return response
