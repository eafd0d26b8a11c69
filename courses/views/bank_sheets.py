"""The question bank as a sheet: template, import and export (题库表格)."""

from __future__ import annotations

import io
from urllib.parse import quote
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from courses.forms import SheetForm
from courses.models import CourseTransfer
from courses.queries.studio import studio_institutions
from courses.services.bank_exports import start_bank_export
from courses.services.bank_sheets import MOST_QUESTIONS, BankReport, bank_template, import_questions
from courses.views.studio import STAFF
from courses.views.transfers import XLSX
from lms.access.queries import actor_for
from lms.access.rules import Actor
from lms.access.views import SignedInRequest, open_to
from lms.kernel.errors import InvalidError, NotFoundError
from lms.kernel.numbers import whole_number
from lms.kernel.row_errors import corrections_for
from lms.organisations.models import Organisation


class BankSheetForm(SheetForm):
    """导入试题."""

    dry_run = forms.BooleanField(label="只检查，不写入", label_suffix="", required=False)
    institution = forms.ModelChoiceField(Organisation.objects.none(), label="所属机构", empty_label=None)

    def __init__(self, *args: object, institutions: list[Organisation], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["sheet"].label = "试题表"
        field = self.fields["institution"]
        field.queryset = Organisation.objects.filter(pk__in=[one.pk for one in institutions])  # type: ignore[attr-defined]
        if len(institutions) == 1:
            field.initial, field.widget = institutions[0].pk, forms.HiddenInput()


@open_to(*STAFF)
@require_http_methods(["GET", "POST"])
def question_import(request: HttpRequest) -> HttpResponse:
    """Take a sheet of questions, or name every bad row (导入试题)."""
    actor = actor_for(request.user)
    form = BankSheetForm(request.POST or None, request.FILES or None, institutions=studio_institutions(actor))
    report = imported(form, actor) if request.method == "POST" and form.is_valid() else None
    if report is not None and not report.errors and not report.is_dry_run:
        words = f"新增{report.added}道，修改{report.changed}道，没有变化{report.unchanged}道。"
        messages.success(request, f"试题已导入：{words}")
        return redirect("studio:questions")
    is_refused = request.method == "POST" and (report is None or bool(report.errors))
    context = {"form": form, "report": report, "most_rows": MOST_QUESTIONS}
    return render(request, "courses/studio/question_import.html", context, status=422 if is_refused else 200)


def imported(form: BankSheetForm, actor: Actor) -> BankReport | None:
    """Return how the import of a form went, or put the refusal at its field."""
    values = form.cleaned_data
    file = values["sheet"]
    try:
        return import_questions(
            institution=values["institution"],
            name=file.name,
            content=file.read(),
            dry_run=values["dry_run"],
            actor=actor,
        )
    except InvalidError as error:
        form.add_error("sheet", error.message)
        return None


@open_to(*STAFF)
@require_GET
def question_corrections(request: SignedInRequest, uid: UUID) -> HttpResponseBase:
    """Return the rows of an own sheet that was refused, with what is wrong (修改表)."""
    name, content = corrections_for(request.user.pk, uid)
    return attachment(content, name)


def attachment(content: bytes, name: str) -> HttpResponseBase:
    """Return a sheet to keep."""
    answer = FileResponse(io.BytesIO(content), content_type=XLSX)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "no-store"
    return answer


@open_to(*STAFF)
@require_GET
def question_template(request: HttpRequest) -> HttpResponseBase:
    """Return an empty sheet to fill in (试题模板)."""
    return attachment(bank_template(), "试题模板.xlsx")


@open_to(*STAFF)
@require_POST
def question_export(request: HttpRequest) -> HttpResponse:
    """Have the questions in use of an institution packed (导出试题)."""
    actor = actor_for(request.user)
    asked = whole_number(request.POST.get("institution", ""))
    institution = next((one for one in studio_institutions(actor) if one.pk == asked), None)
    if institution is None:
        raise NotFoundError("没有找到这家机构，可能不属于您。请从题库页面重新导出。", code="institution_not_found")
    made = start_bank_export(institution=institution, actor=actor)
    if (made.kind, made.institution_id) != (CourseTransfer.Kind.BANK, institution.pk):
        messages.info(request, "您还有一次导出没有完成。完成以后，再导出题库。")
    return redirect("studio:transfer", made.uid)
