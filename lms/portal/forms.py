"""What the forms of all audiences share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms

from lms.catalogue.models import CatalogueEntry
from lms.kernel.forms import RefusableForm
from lms.kernel.queries import own_file
from lms.kernel.sheets import LARGEST_BYTES
from lms.kernel.vault import open_file, put_file


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that somebody brought, and under which uid it is kept for a day."""

    name: str
    content: bytes
    uid: UUID


class DateInput(forms.DateInput):
    """A date with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """A time of the day with the browser's own clock."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class SheetForm(RefusableForm):
    """上传表格: xlsx or csv."""

    file = forms.FileField(
        label="表格文件",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        error_messages={"required": "请选择要上传的文件。", "empty": "文件是空的，请重新选择。"},
    )

    def clean_file(self) -> Any:
        """Return the upload. One that is too large is refused before it is read into memory."""
        upload = self.cleaned_data["file"]
        if upload and upload.size > LARGEST_BYTES:
            raise forms.ValidationError("文件超过10MB，请拆分后再上传。")
        return upload


class KeptSheetForm(SheetForm):
    """上传表格，或沿用试运行时的文件: what was tried is what is imported."""

    kept = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("kept")

    def sheet(self, user_id: int) -> Sheet:
        """Return the upload, kept for the second step, or what was kept of the first. Raises NotFoundError."""
        upload = self.cleaned_data["file"]
        if upload:
            content = upload.read()
            row = put_file(name=upload.name[-200:], content=content, purpose="表格试运行", owner_id=user_id)
            return Sheet(upload.name, content, row.uid)
        row = own_file(user_id, self.cleaned_data["kept"])
        return Sheet(row.name, open_file(row).read(), row.uid)


class PublishForm(KeptSheetForm):
    """发布目录: which catalogue a sheet is for."""

    kind = forms.ChoiceField(label="目录", choices=CatalogueEntry.Kind.choices)
    field_order = ["kind", "file"]


class OpinionForm(RefusableForm):
    """审核意见."""

    opinion = forms.CharField(
        label="意见",
        max_length=500,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
