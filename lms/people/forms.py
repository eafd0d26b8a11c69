"""Forms of accounts and real names."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.core.exceptions import ValidationError

from lms.kernel.errors import InvalidError
from lms.kernel.forms import RefusableForm
from lms.people.models import DocumentType
from lms.people.rules import normalise_phone

KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")


class TwoKindsValidator:
    """A password has at least two kinds of characters (等保: 口令复杂度)."""

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError for a password of one kind."""
        if sum(bool(re.search(kind, password)) for kind in KINDS) < 2:
            raise ValidationError(self.get_help_text(), code="password_one_kind")

    def get_help_text(self) -> str:
        """Return the rule as a sentence."""
        return "密码至少包含字母、数字、符号中的两种。"


class MobileInput(forms.CharField):
    """手机号."""

    def clean(self, value: object) -> str:
        """Return +86…, or the sentence at the field."""
        text = str(super().clean(value))
        try:
            return normalise_phone(text)
        except InvalidError as error:
            raise ValidationError(error.message, code=error.code) from error


class PhoneForm(forms.Form):
    """手机验证码登录: the one door for known and new numbers."""

    phone = MobileInput(
        label="手机号",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "placeholder": "11位手机号"}),
    )


class SignInForm(LoginForm):
    """账号密码登录: one box takes an account's name or a number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        box = self.fields["login"]
        box.label = "账号或手机号"
        box.widget.attrs.update({"autocomplete": "username", "placeholder": "", "autocapitalize": "none"})
        self.fields["password"].label = "密码"
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["remember"].label = "在这台设备上保持登录"


class NewPasswordForm(forms.Form):
    """用验证码设置新密码."""

    password = forms.CharField(
        label="新密码",
        max_length=128,
        help_text="至少10位，包含字母、数字、符号中的两种。",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class PhotoForm(RefusableForm):
    """拍照填写."""

    photo = forms.FileField(
        label="身份证照片（人像面）",
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={"required": "请先拍摄或选择一张照片。", "empty": "这个文件是空的，请重新拍摄或选择照片。"},
    )


class IdentityForm(RefusableForm):
    """实名登记."""

    name = forms.CharField(
        label="姓名",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "请填写姓名，与证件上的一致。"},
    )
    document_type = forms.ChoiceField(label="证件类型", choices=DocumentType.choices)
    document_number = forms.CharField(
        label="证件号码",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填写证件号码，与证件上的一致。"},
    )
    birth_date = forms.DateField(
        label="出生日期",
        required=False,
        help_text="只有通行证、护照、军官证/士兵证和旧版外国人永久居留身份证需要填写，其他证件的号码里已有。",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "bday"}),
        error_messages={"invalid": "请按 2000-01-31 的格式填写出生日期。"},
    )
    consent_version = forms.CharField(label="我已阅读并同意", max_length=20, required=False)  # a checkbox's value

    def clean(self) -> dict[str, Any]:
        """Ask for the consent together with what else is missing; the rest is checked by the service."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors and not cleaned.get("consent_version"):
            self.add_error("consent_version", "请先阅读告知书，勾选同意后再提交。")
        return cleaned
