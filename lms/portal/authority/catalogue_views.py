"""Screens of the office: the occupational classification and the published catalogues."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import Role
from lms.access.views import SignedInRequest, open_to
from lms.catalogue.models import CatalogueEntry
from lms.catalogue.queries import occupations_on, published_years
from lms.catalogue.services.occupations import ImportReport, import_occupations
from lms.catalogue.services.published import COLUMNS as PUBLISHED_COLUMNS
from lms.catalogue.services.published import import_entries
from lms.kernel import clock
from lms.kernel.errors import InvalidError, NotFoundError
from lms.kernel.sheets import Column, write_workbook
from lms.portal.authority.frames import office_page
from lms.portal.forms import KeptSheetForm, PublishForm
from lms.portal.workspaces import sheet_answer

OFFICE = (Role.OFFICE_MAKER, Role.OFFICE_CHECKER)
COLUMNS = [
    Column("职业编码", 14),
    Column("职业名称", 24),
    Column("工种", 36),
    Column("版本", 10),
    Column("起始日期", 14),
    Column("截止日期", 14),
    Column("来源", 40),
    Column("重点产业", 30),
]


@open_to(*OFFICE)
@require_http_methods(["GET", "POST"])
def catalogue_import(request: SignedInRequest) -> HttpResponse:
    """Try an import without writing, or do it (导入职业目录)."""
    form = KeptSheetForm(request.POST or None, request.FILES or None)
    tried = tried_sheet(request, form, import_occupations)
    occupations = occupations_on(clock.today())
    context = {"form": form, **tried, "occupations": occupations, "occupation_count": len(occupations)}
    return office_page(request, "catalogue_import.html", context, status=status_of(form, tried))


def tried_sheet(request: SignedInRequest, form: KeptSheetForm, deed: Callable[..., ImportReport]) -> dict[str, Any]:
    """Return the report of a dry run or an import, and the uid of the sheet while it may still be imported."""
    if request.method != "POST" or not form.is_valid():
        return {"report": None, "kept": None}
    try:
        sheet = form.sheet(request.user.pk)
        dry_run = request.POST.get("step") != "import"
        report = deed(name=sheet.name, content=sheet.content, dry_run=dry_run, actor=actor_for(request.user))
    except (InvalidError, NotFoundError) as error:
        form.add_error("file", error.message)
        return {"report": None, "kept": None}
    return {"report": report, "kept": sheet.uid if dry_run and not report.errors else None}


def status_of(form: KeptSheetForm, tried: dict[str, Any]) -> int:
    """Return the status of the page: 422 when something has to be mended."""
    report = tried["report"]
    return 422 if (form.is_bound and form.errors) or (report and report.errors) else 200


@open_to(*OFFICE)
@require_http_methods(["GET", "POST"])
def published_import(request: SignedInRequest) -> HttpResponse:
    """Try or do the publishing of a catalogue's year (发布目录)."""
    form = PublishForm(request.POST or None, request.FILES or None)
    kind = request.POST.get("kind", "")
    tried = tried_sheet(request, form, partial(import_entries, kind=kind))
    lists = [(kind, label, published_years(kind)) for kind, label in CatalogueEntry.Kind.choices]
    context = {"form": form, **tried, "kind": kind, "lists": lists}
    return office_page(request, "published_import.html", context, status=status_of(form, tried))


@open_to(*OFFICE)
@require_GET
def published_template(request: SignedInRequest) -> HttpResponse:
    """Return an empty sheet of a published catalogue (发布目录模板)."""
    note = "填写说明：同一年度的目录以本表为准，表里没有的行会从该年度目录中移除；等级、编码、产业、紧缺程度可以不填。"
    columns = [Column(name, 20) for name in PUBLISHED_COLUMNS]
    return sheet_answer(write_workbook(columns, [], title="目录", notes=[note]), "目录模板.xlsx")


@open_to(*OFFICE)
@require_GET
def catalogue_template(request: SignedInRequest) -> HttpResponse:
    """Return an empty sheet of occupations (职业目录模板)."""
    notes = [
        "填写说明：职业编码形如 6-18-02-04；多个工种用顿号分开；日期形如 2022-09-28；截止日期不填表示现行有效。",
        "重点产业填名称，多个用顿号分开；不改重点产业时可以删去整列。",
    ]
    return sheet_answer(write_workbook(COLUMNS, [], title="职业目录", notes=notes), "职业目录模板.xlsx")
