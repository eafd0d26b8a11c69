"""Which units are listed, how an application is decided, what is done about a unit, and the numbers of it all."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms

from lms.filing.models import AgreementText, Filing, FilingPolicy, FilingStep
from lms.filing.rules.checks import FIELDS, LICENCE
from lms.filing.rules.life import MEASURES
from lms.filing.rules.terms import LIMITS, FilingTerms
from lms.kernel.forms import RefusableForm
from lms.organisations.models import Organisation
from lms.portal.authority.dated_forms import DatedForm, bounded
from lms.portal.forms import DateInput

KINDS = [
    (Organisation.Kind.INSTITUTION.value, Organisation.Kind.INSTITUTION.label),
    (Organisation.Kind.ENTERPRISE.value, Organisation.Kind.ENTERPRISE.label),
]
OFF = "留空表示不限。"
GROUPS = (
    ("版本", ("effective_from", "source")),
    ("备案", ("number_template", "serial_digits", "filing_required", "catalogue_required", "agreement_required")),
    ("材料", ("licence_notice_days", "least_sites", "least_full_time", "training_years")),
    ("监管", ("rectify_most_days", "overdue_stops", "suspend_most_days", "finish_days")),
    ("保存", ("file_years", "words_days")),
)


class UnitFilterForm(RefusableForm):
    """筛选单位."""

    q = forms.CharField(label="名称、代码或编号", required=False, max_length=60)
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *KINDS])
    state = forms.ChoiceField(
        label="备案状态", required=False, choices=[("", "全部"), *Filing.State.choices, ("none", "未备案")]
    )
    licence = forms.ChoiceField(
        label="办学许可", required=False, choices=[("", "全部"), ("soon", "即将到期"), ("ended", "已到期")]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, forms.ChoiceField):
                field.error_messages["invalid_choice"] = "没有这个选项，请重新选择。"


class UnitForm(RefusableForm):
    """登记单位."""

    kind = forms.ChoiceField(label="类别", choices=KINDS, error_messages={"invalid_choice": "请选择类别。"})
    name = forms.CharField(label="单位全称", max_length=100, error_messages={"required": "请填写单位全称。"})
    short_name = forms.CharField(
        label="简称", max_length=30, help_text="列表和通知里的称呼。", error_messages={"required": "请填写简称。"}
    )
    credit_code = forms.CharField(
        label="统一社会信用代码",
        max_length=30,
        help_text="18位，系统会核对校验位和其中的组织机构代码。",
        error_messages={"required": "请填写统一社会信用代码。"},
    )


class ReviewForm(RefusableForm):
    """审核备案申请: an opinion, and what is wrong by field."""

    opinion = forms.CharField(
        label="意见",
        max_length=1000,
        required=False,
        help_text="通过时必填（至少5个字）；退回时可以只逐项写明。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        school = (*LICENCE, "catalogue", "sites", "teachers")
        for name, label in FIELDS.items():
            if kind == "institution" or name not in school:
                self.fields[name] = forms.CharField(label=f"{label}：要改什么", required=False, max_length=200)

    def corrections(self) -> dict[str, str]:
        """Return what was written beside the fields."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "opinion" and self.cleaned_data[name]}


class MeasureForm(RefusableForm):
    """拟采取监管措施."""

    measure = forms.ChoiceField(
        label="措施", error_messages={"required": "请选择措施。", "invalid_choice": "请选择措施。"}
    )
    due_on = forms.DateField(
        label="期限",
        required=False,
        widget=DateInput,
        help_text="限期整改必填；暂停开班留空表示到解除为止；其他措施不用填。",
        error_messages={"invalid": "请填写日期，例如 2026-03-01。"},
    )
    reason = forms.CharField(
        label="事实和依据",
        max_length=1000,
        help_text="至少5个字，机构能看到这段话。",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明事实和依据（至少5个字），机构能看到这段话。"},
    )

    def __init__(self, *args: Any, state: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        usable = [(value, label) for value, label in FilingStep.Measure.choices if state in MEASURES[value]]
        field.choices = [("", "请选择"), *usable]


class TextForm(DatedForm):
    """发布年度协议文本."""

    body = forms.CharField(
        label="协议正文",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        error_messages={"required": "请填写协议正文，20至20000个字。"},
    )
    undertakings = forms.CharField(
        label="承诺事项",
        help_text="每行一条，单位签署时逐条勾选。",
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请填写承诺事项，每行一条。"},
    )

    def __init__(self, data: Any = None, *, newest: AgreementText | None) -> None:
        values = {"body": newest.body, "undertakings": "\n".join(newest.undertakings)} if newest else {}
        super().__init__(data, initial=values)
        self.fields["source"].error_messages["required"] = "请填写协议文本的依据，最多200个字。"

    def clean_undertakings(self) -> list[str]:
        """Return a line each."""
        return [line.strip() for line in self.cleaned_data["undertakings"].splitlines() if line.strip()]


number = bounded(LIMITS)


class FilingPolicyForm(DatedForm):
    """发布机构管理口径的新版本."""

    number_template = forms.CharField(
        label="备案编号格式",
        max_length=40,
        help_text="{kind}是类别（JG机构、QY企业），{year}是年份，{serial}是流水号，放在最后。",
        error_messages={"required": "请填写备案编号格式。"},
    )
    serial_digits = number("serial_digits", "流水号位数")
    filing_required = forms.BooleanField(label="没有备案的机构不能开班", required=False)
    catalogue_required = forms.BooleanField(label="只能开设备案目录内的职业和等级", required=False)
    agreement_required = forms.BooleanField(label="签好当年协议才能开当年的班", required=False)
    licence_notice_days = number("licence_notice_days", "许可到期前多少天提醒", "留空表示不提醒。", optional=True)
    least_sites = number("least_sites", "至少几处培训场地")
    least_full_time = number("least_full_time", "至少几名专职教师")
    training_years = number("training_years", "专职教师几年内应参加师资培训", OFF, optional=True)
    rectify_most_days = number("rectify_most_days", "整改期限最长（天）")
    overdue_stops = forms.BooleanField(label="整改逾期未完成的不能开班", required=False)
    suspend_most_days = number("suspend_most_days", "暂停期限最长（天）")
    finish_days = number("finish_days", "暂停或退出后在办班级的收尾天数", "留空表示可以上完。", optional=True)
    file_years = number("file_years", "附件保存年限")
    words_days = number("words_days", "意见保存天数")

    @staticmethod
    def values_of(policy: FilingPolicy | None) -> dict[str, Any]:
        """Return what the form starts from: the newest version's numbers, or those that hold without any."""
        return (policy.filing_terms() if policy else FilingTerms()).as_json()

    def terms(self) -> FilingTerms:
        """Return what was typed."""
        return FilingTerms(**{one.name: self.cleaned_data[one.name] for one in fields(FilingTerms)})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]
