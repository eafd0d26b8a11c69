"""What is looked for in the operation log (操作日志)."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.audit.rules.deeds import DEEDS
from lms.dossier.queries.deeds import BY_SYSTEM, DeedFilters, staff_accounts
from lms.portal.forms import DateInput

WRONG_DAY = "请填写有的日期，如 2026-05-06。"


def day_field(label: str) -> forms.DateField:
    """Return a field for a day that may be left out."""
    return forms.DateField(label=label, widget=DateInput, required=False, error_messages={"invalid": WRONG_DAY})


class DeedFilterForm(forms.Form):
    """筛选操作日志."""

    person = forms.UUIDField(
        required=False, widget=forms.HiddenInput, error_messages={"invalid": "没有找到这名人员，请重新查找。"}
    )
    by = forms.ChoiceField(
        label="操作人", required=False, error_messages={"invalid_choice": "没有这个账号，请重新选择。"}
    )
    deed = forms.ChoiceField(
        label="操作",
        required=False,
        choices=[("", "全部"), *((group, list(deeds.items())) for group, deeds in DEEDS.items())],
        error_messages={"invalid_choice": "没有这种操作，请重新选择。"},
    )
    first = day_field("从")
    last = day_field("到")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField)
        by.choices = [("", "全部"), (BY_SYSTEM, "系统"), *staff_accounts()]

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        typed = super().clean() or {}
        first, last = typed.get("first"), typed.get("last")
        if first and last and last < first:
            self.add_error("last", "结束日期早于开始日期，请改后再筛选。")
        return typed

    def filters(self) -> DeedFilters:
        """Return what is looked for."""
        return DeedFilters(**self.cleaned_data)
