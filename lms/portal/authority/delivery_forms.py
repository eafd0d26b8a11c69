"""The form of the policy by which notices go out."""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from typing import Any

from django import forms

from lms.kernel.forms import RefusableForm
from lms.notifications.models import DeliveryPolicy
from lms.notifications.rules import KINDS
from lms.notifications.rules.delivery import EXAMPLE_TERMS, DeliveryTerms
from lms.portal.authority.policy_forms import TimeInput, number
from lms.portal.forms import DateInput

CLOCKS = ("quiet_from_minute", "quiet_to_minute")
GROUPS = (
    ("版本", ("effective_from", "source")),
    ("哪些通知外发", ("sms_kinds", "wechat_kinds", "email_kinds", "urgent_kinds")),
    ("什么时候发", ("gather_minutes", *CLOCKS, "most_sms_per_day")),
    ("重试", ("most_attempts", "first_pause_minutes", "longest_pause_minutes", "stale_hours")),
)
WHOM = {"case_person": "核查与申诉（学员）", "case_institution": "核查与申诉（机构）"}
KIND_CHOICES = [(kind, WHOM.get(kind, name)) for kind, name in KINDS.items()]


def kinds(label: str, help_text: str) -> forms.MultipleChoiceField:
    """Return a field for kinds of notices."""
    return forms.MultipleChoiceField(
        label=label,
        help_text=help_text,
        choices=KIND_CHOICES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "有不认识的通知类别，请重新勾选。"},
    )


def clock_field(label: str, help_text: str = "") -> forms.TimeField:
    """Return a field for a time of the day."""
    wrong = "请填写时间，如 21:30。"
    return forms.TimeField(
        label=label, help_text=help_text, widget=TimeInput, error_messages={"required": wrong, "invalid": wrong}
    )


class DeliveryPolicyForm(RefusableForm):
    """发布通知投递口径的新版本."""

    effective_from = forms.DateField(label="生效日期", widget=DateInput)
    source = forms.CharField(
        label="依据",
        max_length=200,
        help_text="文件名称和文号；试行的数值请写明“示例”。",
        error_messages={"required": "请填写口径的依据，最多200个字。"},
    )
    sms_kinds = kinds("短信", "每条都收费，只勾选必须及时知道的。")
    wechat_kinds = kinds("微信", "发给绑定并关注了公众号的人。")
    email_kinds = kinds("电子邮件", "发到本人核验过的邮箱。")
    urgent_kinds = kinds("加急", "不等待合并，马上发出；免打扰时段同样不发。")
    gather_minutes = number("等待合并（分钟）", "同一个人的几条通知合成一条发出；填0表示不等待。")
    quiet_from_minute = clock_field("免打扰从")
    quiet_to_minute = clock_field("到", "两个时间相同表示没有免打扰时段。")
    most_sms_per_day = number("每人每天最多短信（条）")
    most_attempts = number("最多发送次数")
    first_pause_minutes = number("第一次重试前等待（分钟）", "之后每次间隔是前一次的4倍。")
    longest_pause_minutes = number("最长间隔（分钟）")
    stale_hours = number("过时（小时）", "超过仍没有发出的不再发送。")

    @staticmethod
    def values_of(policy: DeliveryPolicy | None) -> dict[str, Any]:
        """Return what the form starts from: the newest version's numbers, or an example's."""
        held = (policy.delivery_terms() if policy else EXAMPLE_TERMS).as_json()
        return held | {name: time(held[name] // 60, held[name] % 60) for name in CLOCKS}

    def terms(self) -> DeliveryTerms:
        """Return the numbers that were typed."""
        typed: dict[str, Any] = {one.name: self.cleaned_data[one.name] for one in fields(DeliveryTerms)}
        for name in CLOCKS:
            typed[name] = typed[name].hour * 60 + typed[name].minute
        return DeliveryTerms.from_json(typed)

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]
