"""A learner's appeals of withheld time: the list, a new one, taking one back (我的学时申诉)."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendance.models import HoursEntry
from lms.access.queries import actor_for
from lms.access.views import SIGNED_IN, SignedInRequest, open_to
from lms.appeals.queries.records import appeals_of, own_appeal, own_withheld, stretch_of, withdrawn_sessions
from lms.appeals.queries.telling import about, own_appeal_line
from lms.appeals.rules import LARGEST_FILE, LONGEST, SHORTEST, Upload
from lms.appeals.services import file_appeal, withdraw_appeal
from lms.kernel.errors import DomainError, InvalidError
from lms.kernel.forms import RefusableForm
from lms.kernel.ids import new_uid
from lms.kernel.uploading import in_memory
from lms.portal.workspaces import page_of

TOO_LARGE = "附件超过10MB，没有接收。请压缩或重拍一张再上传。"


class AppealForm(RefusableForm):
    """提出学时申诉."""

    reason = forms.CharField(
        label="为什么没有确认",
        help_text=f"{SHORTEST}至{LONGEST}个字，例如电话打断、设备故障、身体不适。提交后不能修改。请不要写证件号码。",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": f"请写明当时为什么没有确认（至少{SHORTEST}个字）。"},
    )
    file = forms.FileField(
        label="附件",
        required=False,
        help_text="PDF、PNG或JPG，不超过10MB，例如诊断证明的照片。",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
        error_messages={"empty": "文件是空的，请重新选择。"},
    )
    key = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def upload(self) -> Upload | None:
        """Return the file, if there is one."""
        sent = self.cleaned_data["file"]
        return Upload(sent.name, sent.read()) if sent else None


@open_to(SIGNED_IN)
@require_GET
def my_appeals(request: SignedInRequest) -> HttpResponse:
    """Show one's own appeals and how each stands."""
    page = page_of(appeals_of(actor_for(request.user)), request.GET.get("page", "1"))
    return render(
        request, "portal/learner/appeals.html", {"page": page, "appeals": [own_appeal_line(one) for one in page]}
    )


def new_page(request: SignedInRequest, entry: HoursEntry, form: AppealForm, *, status: int = 200) -> HttpResponse:
    """Return the page of a new appeal."""
    enrolment = entry.enrolment
    stretch = stretch_of(entry, getattr(entry, "appeal", None), enrolment, withdrawn_sessions(enrolment))
    terms = enrolment.training_class.study_terms()
    context = {"form": form, "stretch": stretch, "about": about(entry), "kept_days": terms.appeal_file_days}
    return render(request, "portal/learner/appeal_new.html", context | {"enrolment": enrolment}, status=status)


def too_large(request: SignedInRequest, entry_uid: UUID) -> HttpResponse:
    """Say that a file is too large; it is not read."""
    form = AppealForm(initial={"key": new_uid().hex})
    messages.error(request, TOO_LARGE)
    return new_page(request, own_withheld(actor_for(request.user), entry_uid), form, status=413)


@open_to(SIGNED_IN)
@require_http_methods(["GET", "POST"])
@in_memory(LARGEST_FILE + 100_000, too_large)
def my_appeal_new(request: SignedInRequest, entry_uid: UUID) -> HttpResponse:
    """Show the form for an appeal of withheld time, or take it (提出学时申诉)."""
    actor = actor_for(request.user)
    entry = own_withheld(actor, entry_uid)
    if request.method == "GET":
        return new_page(request, entry, AppealForm(initial={"key": new_uid().hex}))
    form = AppealForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            file_appeal(entry=entry, reason=data["reason"], key=data["key"], upload=form.upload(), actor=actor)
        except InvalidError as error:
            form.take(error)
        except DomainError as error:
            form.add_error(None, error.message)
            return new_page(request, entry, form, status=error.status)
        else:
            messages.success(request, "申诉已提交，结果会显示在本页。")
            return redirect("my_appeals")
    return new_page(request, entry, form, status=422)


@open_to(SIGNED_IN)
@require_POST
def my_appeal_withdraw(request: SignedInRequest, uid: UUID) -> HttpResponse:
    """Take an appeal back (撤回申诉)."""
    actor = actor_for(request.user)
    try:
        withdraw_appeal(appeal=own_appeal(actor, uid), actor=actor)
        messages.success(request, "申诉已撤回。")
    except DomainError as error:
        if error.status == 404:
            raise
        messages.error(request, error.message)
    return redirect("my_appeals")
