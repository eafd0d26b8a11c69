"""The form of what one wants to be told outside the site."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from lms.kernel.forms import RefusableForm
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import CHANNELS, DeliveryTerms
from lms.notifications.rules.letters import LANGUAGES


class EmailForm(RefusableForm):
    """邮箱."""

    email = forms.CharField(
        label="邮箱",
        max_length=200,
        help_text="我们会发一封确认邮件，打开里面的链接后才开始使用。",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "请填写邮箱地址。", "max_length": "邮箱地址太长了，最多200个字符。"},
    )


class NoticeSettingsForm(RefusableForm):
    """消息设置: one group of kinds for each channel by which the policy sends any to this reader."""

    def __init__(self, data: Any, *, terms: DeliveryTerms, audience: Collection[str], **options: Any) -> None:
        super().__init__(data, **options)
        self.offered = {channel: [kind for kind in terms.kinds_by(channel) if kind in audience] for channel in CHANNELS}
        for channel, kinds in self.offered.items():
            if kinds:
                self.fields[channel] = forms.MultipleChoiceField(
                    label=f"{CHANNELS[channel]}通知",
                    choices=[(kind, KINDS[kind]) for kind in kinds],
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                    error_messages={"invalid_choice": "有一项设置不认识，请刷新页面后重新勾选。"},
                )
        self.fields["language"] = forms.ChoiceField(
            label="短信、微信和邮件的语言",
            choices=list(LANGUAGES.items()),
            widget=forms.RadioSelect,
            error_messages={"required": "请选择一种语言。", "invalid_choice": "请选择一种语言。"},
        )

    def wanted(self) -> dict[tuple[str, str], bool]:
        """Return what was ticked and what was not, by kind and channel."""
        return {
            (kind, channel): kind in self.cleaned_data.get(channel, ())
            for channel, kinds in self.offered.items()
            for kind in kinds
        }
