"""The forms of a case, and of the numbers by which something is called odd."""

from __future__ import annotations

from datetime import time
from typing import Any

from django import forms

from lms.anomalies.models import AnomalyCase, AnomalyPolicy
from lms.anomalies.rules.cases import MeasurePlan
from lms.anomalies.rules.terms import AnomalyTerms
from lms.kernel.forms import RefusableForm
from lms.portal.authority.policy_forms import OFF, TimeInput, number
from lms.portal.forms import DateInput

CLOCKS = ("night_from_minute", "night_to_minute")
GROUPS = (
    ("版本", ("effective_from", "source")),
    ("共用设备和网络", ("device_persons", "address_persons", "network_switches", "network_gap_seconds")),
    ("机器特征", ("beat_cv_ppm", "beats_least", "answer_cv_percent", "answers_least")),
    ("测验", ("reading_per_second", "reading_least", "twin_seconds", "twin_wrong", "twin_quizzes")),
    ("深夜学习和人脸", ("night_minutes", "night_days", *CLOCKS, "face_low")),
    ("线下实操签到", ("sign_device_persons", "sign_same_persons", "sign_speed_kmh")),
    ("办理期限", ("statement_days", "appeal_days", "bar_most_days", "words_days")),
)


def words(label: str, help_text: str, *, rows: int = 4, missing: str = "") -> forms.CharField:
    """Return a field for a paragraph; with what is said when it is `missing`, else it may be left out."""
    widget = forms.Textarea(attrs={"rows": rows})
    messages = {"required": missing}
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=1000,
        required=bool(missing),
        widget=widget,
        error_messages=messages,
    )


class AskForm(RefusableForm):
    """要求说明."""

    prefix = "ask"
    party = forms.ChoiceField(label="由谁说明", error_messages={"required": "请选择由谁说明。"})
    question = words(
        "要说明什么", "至少10个字，对方会看到这段话。", missing="请写明要说明什么（至少10个字），对方会看到这段话。"
    )
    due_on = forms.DateField(label="说明期限", widget=DateInput, required=False, help_text="留空按口径的天数。")

    def __init__(self, *args: Any, persons: list[tuple[int, str]], institution: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"person-{pk}", name) for pk, name in persons]
        field = self.fields["party"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*choices, *([("institution", institution)] if institution else [])]

    def addressee(self) -> dict[str, Any]:
        """Return whom it is for, as the service takes it."""
        kind, _, pk = self.cleaned_data["party"].partition("-")
        return {"party": kind, "person_id": int(pk) if pk else None}


class RuleForm(RefusableForm):
    """提出结论: the outcome, its reason, and what shall follow."""

    prefix = "rule"
    outcome = forms.ChoiceField(
        label="结论",
        choices=[("", "请选择"), *AnomalyCase.Outcome.choices],
        error_messages={"required": "请选择结论：误报、违规或欺诈。"},
    )
    reason = words(
        "理由",
        "至少10个字：依据哪些证据、怎样核实。当事人能看到。",
        missing="请写明理由（至少10个字），留痕备查，当事人能看到。",
    )
    withdraw = forms.MultipleChoiceField(label="撤销学时", required=False, widget=forms.CheckboxSelectMultiple)
    is_whole = forms.BooleanField(label="撤销所选班级的全部学时，不只是线索所涉的学习", required=False)
    bar = forms.MultipleChoiceField(label="限期不得报名", required=False, widget=forms.CheckboxSelectMultiple)
    bar_until = forms.DateField(label="不得报名的截止日期", widget=DateInput, required=False)
    suspend = forms.BooleanField(label="暂停培训机构开班", required=False)
    suspend_until = forms.DateField(label="暂停开班的截止日期", widget=DateInput, required=False)

    def __init__(
        self,
        *args: Any,
        persons: list[tuple[int, str]],
        enrolments: list[tuple[int, int, str]],
        institution_id: int | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {str(pk): person for pk, person, _ in enrolments}
        self.institution_id = institution_id
        for name, choices in (("withdraw", [(pk, name) for pk, _, name in enrolments]), ("bar", persons)):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices
        if institution_id is None:
            del self.fields["suspend"], self.fields["suspend_until"]

    def plans(self) -> list[MeasurePlan]:
        """Return the measures that were chosen."""
        data = self.cleaned_data
        chosen = [
            MeasurePlan("withdraw", person=self.owners[pk], enrolment=int(pk), is_whole=data["is_whole"])
            for pk in data["withdraw"]
        ]
        chosen += [MeasurePlan("bar", person=int(pk), until=data["bar_until"]) for pk in data["bar"]]
        if data.get("suspend"):
            chosen.append(MeasurePlan("suspend", institution=self.institution_id, until=data["suspend_until"]))
        return chosen


class DecisionForm(RefusableForm):
    """复核意见、申诉处理意见."""

    opinion = words("意见", "退回、维持或撤销时至少10个字，留痕备查。", rows=3)


class AnomalyPolicyForm(RefusableForm):
    """发布线索口径的新版本."""

    effective_from = forms.DateField(label="生效日期", widget=DateInput)
    source = forms.CharField(label="依据", max_length=200, help_text="文件名称和文号；试行的数值请写明“示例”。")
    device_persons = number("同一浏览器一周几人", f"{OFF}即不检测。", optional=True)
    address_persons = number("同一网络地址一周几人", f"{OFF}即不检测。", optional=True)
    network_switches = number("一周在两个网络间切换几次", f"{OFF}即不检测。", optional=True)
    network_gap_seconds = number("相隔多久算切换（秒）")
    beat_cv_ppm = number("心跳间隔离散程度低于（百万分之）", f"标准差除以平均值。{OFF}即不检测。", optional=True)
    beats_least = number("至少看多少个间隔")
    answer_cv_percent = number("应答用时离散程度低于（%）", f"标准差除以平均值。{OFF}即不检测。", optional=True)
    answers_least = number("至少看多少次应答")
    reading_per_second = number("每秒最多读几个字", f"{OFF}即不检测。", optional=True)
    reading_least = number("题目至少多少字才检测")
    twin_seconds = number("交卷相差几秒以内", f"{OFF}即不检测。", optional=True)
    twin_wrong = number("一次测验错得一样的题数")
    twin_quizzes = number("或同时交卷的次数")
    night_minutes = number("一夜学习多少分钟", f"{OFF}即不检测。", optional=True)
    night_days = number("一周几夜")
    night_from_minute = forms.TimeField(label="夜间开始", widget=TimeInput)
    night_to_minute = forms.TimeField(label="夜间结束", widget=TimeInput)
    face_low = number("一周几次人脸得分低于要求", f"{OFF}即不检测。", optional=True)
    sign_device_persons = number("一台手机一周为几人签到", f"{OFF}即不检测。", optional=True)
    sign_same_persons = number("同一次课几人定位完全一样", f"{OFF}即不检测。", optional=True)
    sign_speed_kmh = number("两地签到时速超过（公里）", f"按直线距离。{OFF}即不检测。", optional=True)
    statement_days = number("说明期限（天）")
    appeal_days = number("申诉期限（天）")
    bar_most_days = number("不得报名、暂停开班最长（天）")
    words_days = number("说明和理由的保存天数", "案件里写的话到期清除，存证只留摘要；不少于申诉期限与最长措施之和。")

    @staticmethod
    def values_of(policy: AnomalyPolicy | None) -> dict[str, Any]:
        """Return what the form starts from: the newest version's numbers, or a house's own."""
        terms = policy.anomaly_terms() if policy else AnomalyTerms()
        minutes = {name: getattr(terms, name) for name in CLOCKS}
        return terms.as_json() | {name: time(minute // 60, minute % 60) for name, minute in minutes.items()}

    def terms(self) -> AnomalyTerms:
        """Return the numbers that were typed."""
        values = {name: self.cleaned_data[name] for name in AnomalyTerms.__dataclass_fields__}
        return AnomalyTerms(**values | {name: values[name].hour * 60 + values[name].minute for name in CLOCKS})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]
