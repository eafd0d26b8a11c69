"""What the forms of all audiences share."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.kernel.forms import RefusableForm
from lms.kernel.sheets import LARGEST_BYTES


class DateInput(forms.DateInput):
    """A date with the browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


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
        if upload.size > LARGEST_BYTES:
            raise forms.ValidationError("文件超过10MB，请拆分后再上传。")
        return upload


class OpinionForm(RefusableForm):
    """审核意见."""

    opinion = forms.CharField(
        label="意见",
        max_length=500,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
