"""Finding two records by their documents (查找两份档案)."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.people.models import DocumentType, Person
from lms.people.queries import record_by_document
from lms.people.rules import plain


class FindForm(forms.Form):
    """查找两份档案: by kind and number of a document each."""

    survivor_type = forms.ChoiceField(label="保留的档案：证件类型", choices=DocumentType)
    survivor_number = forms.CharField(
        label="保留的档案：证件号码", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    absorbed_type = forms.ChoiceField(label="并入的档案：证件类型", choices=DocumentType)
    absorbed_number = forms.CharField(
        label="并入的档案：证件号码", max_length=30, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        """Find both records; each that is not there is named at its field."""
        told = super().clean() or {}
        for side in ("survivor", "absorbed"):
            told[side] = self.found(side)
        if told["survivor"] is not None and told["survivor"] == told["absorbed"]:
            self.add_error("absorbed_number", "两个号码是同一份档案，请核对后重新填写。")
        return told

    def found(self, side: str) -> Person | None:
        """Return the record of a side."""
        number = self.cleaned_data.get(f"{side}_number")
        if not number:
            return None
        record = record_by_document(plain(number), document_type=self.cleaned_data.get(f"{side}_type", ""))
        if record is None:
            sentence = "没有找到用这个证件实名的人员。请核对证件类型和号码；名册上的号码要有人用它实名过才有档案。"
            self.add_error(f"{side}_number", sentence)
        return record
