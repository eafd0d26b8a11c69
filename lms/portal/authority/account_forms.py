"""Which accounts are listed, and for whom a role is asked (账号与角色)."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.access.models import GRANTABLE
from lms.kernel.forms import RefusableForm
from lms.organisations.models import Organisation
from lms.organisations.queries import units
from lms.people.models import User
from lms.people.queries import account_named

NOBODY = "没有找到这个账号。请核对完整的手机号或用户名；还没有账号的，请本人先注册并验证手机号。"


def unit_choices(empty: str) -> list[tuple[str, Any]]:
    """Return all units by kind, for a choice. One query."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in units():
        groups.setdefault(unit.get_kind_display(), []).append((str(unit.uid), unit.name))
    return [("", empty), *groups.items()]


class UnitForm(RefusableForm):
    """A form with a role and a unit."""

    no_unit = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, forms.ChoiceField)
        unit.choices = unit_choices(self.no_unit)


class AccountFilterForm(UnitForm):
    """筛选账号."""

    no_unit = "全部"
    role = forms.ChoiceField(
        label="角色",
        required=False,
        choices=[("", "全部"), *GRANTABLE],
        error_messages={"invalid_choice": "没有这种角色，请重新选择。"},
    )
    unit = forms.ChoiceField(
        label="单位", required=False, error_messages={"invalid_choice": "没有这个单位，请重新选择。"}
    )


class RoleAskForm(UnitForm):
    """申请授予角色."""

    no_unit = "全区（不属于某个单位）"
    account = forms.CharField(
        label="手机号或用户名",
        max_length=150,
        help_text="完整填写。手机号须是本人验证过的；不会出现在网址里。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写完整的手机号或用户名。"},
    )
    role = forms.ChoiceField(
        label="角色",
        choices=[("", "请选择"), *GRANTABLE],
        error_messages={"required": "请选择角色。", "invalid_choice": "没有这种角色，请重新选择。"},
    )
    unit = forms.ChoiceField(
        label="单位",
        required=False,
        help_text="讲师、培训机构、企业和主管部门的角色须选择单位；区办经办人、复核人和审计员不选。",
        error_messages={"invalid_choice": "没有这个单位，请重新选择。"},
    )
    reason = forms.CharField(
        label="理由",
        max_length=300,
        help_text="至少5个字，例如依据哪份任职文件。复核人据此核对，留痕备查。",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由（至少5个字），它将留痕备查。"},
    )

    def clean_account(self) -> User:
        """Find the account."""
        found = account_named(self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(NOBODY)
        return found

    def clean_unit(self) -> Organisation | None:
        """Find the unit."""
        return units().filter(uid=self.cleaned_data["unit"]).first() if self.cleaned_data["unit"] else None
