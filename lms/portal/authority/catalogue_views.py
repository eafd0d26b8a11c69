"""Screens of the office: the occupational classification, programmes and study policies."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from lms.access.queries import actor_for
from lms.access.rules import READERS, Role
from lms.access.views import SignedInRequest, open_to
from lms.catalogue.queries import occupations_on
from lms.catalogue.services import import_occupations
from lms.kernel import clock
from lms.kernel.errors import InvalidError
from lms.kernel.sheets import Column, write_workbook
from lms.planning.queries import policies, policy_by_uid, programmes_on
from lms.planning.rules import describe_terms
from lms.portal.authority.frames import office_page
from lms.portal.forms import SheetForm
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
    form = SheetForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        dry_run = request.POST.get("step") != "import"
        try:
            report = import_occupations(
                name=file.name, content=file.read(), dry_run=dry_run, actor=actor_for(request.user)
            )
        except InvalidError as error:
            form.add_error("file", error.message)
    wrong = bool(form.is_bound and form.errors) or bool(report and report.errors)
    occupations = occupations_on(clock.today())
    context = {"form": form, "report": report, "occupations": occupations, "occupation_count": len(occupations)}
    return office_page(request, "catalogue_import.html", context, status=422 if wrong else 200)


@open_to(*OFFICE)
@require_GET
def catalogue_template(request: SignedInRequest) -> HttpResponse:
    """Return an empty sheet of occupations (职业目录模板)."""
    notes = [
        "填写说明：职业编码形如 6-18-02-04；多个工种用顿号分开；日期形如 2022-09-28；截止日期不填表示现行有效。",
        "重点产业填名称，多个用顿号分开；不改重点产业时可以删去整列。",
    ]
    return sheet_answer(write_workbook(COLUMNS, [], title="职业目录", notes=notes), "职业目录模板.xlsx")


@open_to(*READERS)
@require_GET
def policy_list(request: SignedInRequest) -> HttpResponse:
    """Show the programmes that run today and all versions of the study policies (培训项目与学时口径)."""
    context = {"programmes": programmes_on(clock.today()), "policies": policies()}
    return office_page(request, "policy_list.html", context)


@open_to(*READERS)
@require_GET
def policy_page(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Show a version of a policy, each number explained (学时口径)."""
    policy = policy_by_uid(uid)
    return office_page(request, "policy_page.html", {"policy": policy, "rules": describe_terms(policy.study_terms())})
