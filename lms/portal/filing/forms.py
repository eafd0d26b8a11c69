"""Forms of a unit's filing."""

from __future__ import annotations

from typing import Any

from django import forms

from lms.appeals.rules import LARGEST_FILE, Upload
from lms.catalogue.models import Occupation
from lms.catalogue.queries import occupations_on
from lms.catalogue.rules import LEVEL_CHOICES
from lms.filing.models import AgreementText, FiledPaper, FilingApplication
from lms.kernel import clock
from lms.kernel.forms import RefusableForm
from lms.portal.forms import DateInput

FILES = "PDF、PNG或JPG，不超过10MB。"
TOO_LARGE = f"附件超过{LARGEST_FILE // 1024 // 1024}MB，没有接收。请压缩或重拍一张再上传。"
ACCEPT = "image/jpeg,image/png,application/pdf"
DATE = {"invalid": "请填写日期，例如 2026-03-01。"}


def scan(label: str, *, required: bool) -> forms.FileField:
    """Return a field for a scan."""
    messages = {"required": "请选择要上传的文件。", "empty": "文件是空的，请重新选择。"}
    widget = forms.FileInput(attrs={"accept": ACCEPT})
    return forms.FileField(label=label, required=required, help_text=FILES, widget=widget, error_messages=messages)


def uploaded(form: forms.Form) -> Upload | None:
    """Return the file that was sent with a form, if there is one."""
    sent = form.cleaned_data["file"]
    return Upload(sent.name, sent.read()) if sent else None


class ApplicationForm(RefusableForm):
    """备案信息."""

    credit_code = forms.CharField(
        label="统一社会信用代码",
        required=False,
        max_length=30,
        help_text="18位，照营业执照或登记证书填写。系统会核对校验位和其中的组织机构代码。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    address = forms.CharField(label="办公地址", required=False, max_length=150)
    contact_phone = forms.CharField(label="对外电话", required=False, max_length=30, help_text="单位的公开电话。")
    licence_number = forms.CharField(label="办学许可证编号", required=False, max_length=50)
    licence_issuer = forms.CharField(label="发证机关", required=False, max_length=60)
    licence_from = forms.DateField(label="许可起始日期", required=False, widget=DateInput, error_messages=DATE)
    licence_to = forms.DateField(label="许可截止日期", required=False, widget=DateInput, error_messages=DATE)

    def __init__(self, data: Any = None, *, application: FilingApplication) -> None:
        super().__init__(data, initial={name: getattr(application, name) for name in self.base_fields})
        if application.organisation.kind != "institution":
            for name in [name for name in self.fields if name.startswith("licence_")]:
                del self.fields[name]
        for name, note in application.corrections.items():
            if name in self.fields:
                self.fields[name].help_text = f"补正意见：{note}"


class OccupationForm(RefusableForm):
    """添加目录中的职业和等级."""

    occupation = forms.ModelChoiceField(
        Occupation.objects.none(),
        label="职业",
        empty_label="请选择",
        error_messages={"required": "请选择职业。", "invalid_choice": "这个职业已不在现行目录里，请重新选择。"},
    )
    level = forms.TypedChoiceField(
        label="等级",
        choices=LEVEL_CHOICES,
        coerce=int,
        initial=1,
        error_messages={"invalid_choice": "没有这个等级，请重新选择。"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["occupation"]
        field.queryset = occupations_on(clock.today()).prefetch_related(None)  # type: ignore[attr-defined]


class SiteForm(RefusableForm):
    """添加培训场地."""

    name = forms.CharField(label="场地名称", max_length=60, error_messages={"required": "请填写场地名称。"})
    address = forms.CharField(label="场地地址", max_length=150, error_messages={"required": "请填写场地地址。"})
    area_m2 = forms.IntegerField(
        label="面积（平方米）",
        min_value=1,
        max_value=1_000_000,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "请填写面积，例如 200。"),
    )
    seats = forms.IntegerField(
        label="工位或座位数",
        min_value=1,
        max_value=10_000,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), "请填写座位数，例如 40。"),
    )


class TeacherForm(RefusableForm):
    """添加师资."""

    name = forms.CharField(
        label="教师姓名",
        max_length=50,
        help_text="加密保存，只有本单位和主管部门能看到。",
        error_messages={"required": "请填写教师姓名。"},
    )
    is_full_time = forms.TypedChoiceField(
        label="专职或兼职",
        choices=[("1", "专职"), ("0", "兼职（企业技能人才等）")],
        coerce=lambda text: text == "1",
        error_messages={"invalid_choice": "请选择专职或兼职。"},
    )
    subject = forms.CharField(label="任教职业", max_length=60, error_messages={"required": "请填写任教职业。"})
    certificate = forms.CharField(
        label="资格或等级证书",
        max_length=100,
        help_text="证书名称和等级，例如“焊工 三级/高级工”；不要写证件号码。",
        error_messages={"required": "请填写持有的证书。"},
    )
    trained_on = forms.DateField(
        label="最近参加师资培训", required=False, widget=DateInput, error_messages=DATE, help_text="没有参加过请留空。"
    )
    training = forms.CharField(label="师资培训内容", required=False, max_length=100)

    def clean_trained_on(self) -> Any:
        """Refuse a training that is yet to come."""
        day = self.cleaned_data["trained_on"]
        if day and day > clock.today():
            raise forms.ValidationError("参加培训的日期不能晚于今天。")
        return day


class PaperForm(RefusableForm):
    """上传附件."""

    kind = forms.ChoiceField(
        label="附件类别", choices=FiledPaper.Kind.choices, error_messages={"invalid_choice": "请选择附件类别。"}
    )
    file = scan("文件", required=True)

    def values(self) -> dict[str, Any]:
        """Return what is kept."""
        return {"kind": self.cleaned_data["kind"], "upload": uploaded(self)}


class SignForm(RefusableForm):
    """签署年度协议: every undertaking is ticked on its own."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    promised = forms.MultipleChoiceField(
        label="承诺事项",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="请逐条阅读并勾选，全部同意才能签署。",
    )

    def __init__(self, data: Any = None, *, text: AgreementText) -> None:
        super().__init__(data, initial={"version": text.version})
        field = self.fields["promised"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one, one) for one in text.undertakings]
        field.error_messages["invalid_choice"] = "协议文本已更新，请刷新页面后再签署。"


class ReportForm(RefusableForm):
    """整改报告."""

    report = forms.CharField(
        label="整改情况",
        max_length=1000,
        help_text="至少10个字：做了什么、何时完成。提交后不能修改。",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明整改情况（至少10个字）。"},
    )
    file = scan("附件", required=False)


PARTS: dict[str, type[OccupationForm | SiteForm | TeacherForm | PaperForm]] = {
    "catalogue": OccupationForm,
    "sites": SiteForm,
    "teachers": TeacherForm,
    "papers": PaperForm,
}
