"""What the forms of dated rules share: when a version begins, what it goes back to, and numbers within the rules' bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from lms.kernel.forms import RefusableForm
from lms.portal.forms import DateInput


class DatedForm(RefusableForm):
    """发布新版本的生效日期和依据."""

    effective_from = forms.DateField(
        label="生效日期", widget=DateInput, error_messages=dict.fromkeys(("required", "invalid"), "请填写生效日期。")
    )
    source = forms.CharField(
        label="依据",
        max_length=200,
        help_text="文件名称和文号；试行的请写明“示例”。",
        error_messages={"required": "请填写口径的依据，最多200个字。"},
    )


def bounded(limits: Mapping[str, tuple[int, int, str]]) -> Callable[..., forms.IntegerField]:
    """Return a maker of fields for numbers. `limits`: by name, the least, the most and the sentence that says so."""

    def number(name: str, label: str, help_text: str = "", *, optional: bool = False) -> forms.IntegerField:
        least, most, sentence = limits[name]
        told: dict[str, Any] = dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence)
        return forms.IntegerField(
            label=label,
            help_text=help_text,
            required=not optional,
            min_value=least,
            max_value=most,
            error_messages=told,
        )

    return number
