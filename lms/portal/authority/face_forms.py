"""The forms of the office's desk of faces, and of the numbers by which faces are compared."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django import forms

from lms.faces.models import FacePolicy
from lms.faces.rules import EXAMPLE_TERMS, FaceTerms
from lms.kernel.forms import RefusableForm
from lms.portal.authority.policy_forms import number
from lms.portal.forms import DateInput

GROUPS = (
    ("版本", ("effective_from", "source")),
    ("比对", ("pass_score", "unclear_score", "turned_score")),
    ("动作", ("moves", "challenge_seconds", "file_moves", "file_seconds", "swing", "swing_total", "closer")),
    ("照片", ("most_frames", "most_bytes", "most_pixels", "least_face_pixels", "least_light", "upload_seconds")),
    (
        "实人认证",
        ("provider_daily", "provider_person_daily", "provider_pause_after", "provider_pause_seconds", "provider_fen"),
    ),
    ("次数和保存", ("tries_per_hour", "image_hours", "reference_days", "exemption_days", "words_days", "filing_count")),
)


def share(label: str, help_text: str = "") -> forms.FloatField:
    """Return a field for a number between 0 and 1."""
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={
            "required": "请填写0到1之间的数。",
            "invalid": "请填写0到1之间的数。",
            "min_value": "请填写0到1之间的数。",
            "max_value": "请填写0到1之间的数。",
        },
    )


def large(label: str, help_text: str) -> forms.IntegerField:
    """Return a field for a whole number of many digits."""
    field = number(label, help_text)
    field.max_value = None
    field.validators = [one for one in field.validators if getattr(one, "code", "") != "max_value"]
    field.widget.attrs.pop("max", None)
    return field


class OpinionForm(RefusableForm):
    """人工核验意见."""

    prefix = "opinion"
    is_same = forms.ChoiceField(
        label="核对结果",
        choices=[("yes", "是本人"), ("no", "不是本人")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择是不是本人。", "invalid_choice": "请选择是不是本人。"},
    )
    words = forms.CharField(
        label="意见",
        help_text="5至200个字，写明怎样核对：比对照片、电话、视频或当面。留痕备查。",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明怎样核对、结果如何（5至200个字），留痕备查。"},
    )


class RulingForm(RefusableForm):
    """免人脸核验决定."""

    words = forms.CharField(
        label="理由",
        help_text="最多200个字，申请人能看到。",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明理由，最多200个字。"},
    )


class FacePolicyForm(RefusableForm):
    """发布人脸核验口径的新版本."""

    effective_from = forms.DateField(label="生效日期", widget=DateInput)
    source = forms.CharField(
        label="依据",
        max_length=200,
        help_text="文件名称和文号；试行的数值请写明“示例”。",
        error_messages={"required": "请填写口径的依据，最多200个字。"},
    )
    pass_score = share("通过线", "相似度不低于它为通过。内置模型实测：0.45时本人通过99.5%，2172对不同的人没有误认。")
    unclear_score = share("人工核验线", "低于它为未通过；两条线之间由两名工作人员核对。")
    turned_score = share("转头画面之间的相似度")
    moves = number("页面摄像头的动作个数")
    challenge_seconds = number("页面摄像头限时（秒）")
    file_moves = number("上传照片的动作个数")
    file_seconds = number("上传照片限时（秒）")
    swing = share("转头幅度", "照片平面转动最大0.128，真人转头0.2至0.7。")
    swing_total = share("左右转头合计幅度")
    closer = share("靠近后脸宽增加的比例")
    most_frames = number("一次最多几张照片", "应多于动作个数：动作之前还有一张正脸。")
    most_bytes = large("照片大小上限（字节）", "15000000为15MB。")
    most_pixels = large("照片像素上限", "60000000为六千万像素。")
    least_face_pixels = number("脸宽至少多少像素")
    least_light = number("画面亮度下限（0至255）", "看不到脸且低于它时，提示光线太暗。")
    upload_seconds = number("照片传送限时（秒）")
    tries_per_hour = number("每人每小时最多几次")
    provider_daily = number("全区每天最多几次实人认证", "0为不使用：登记后由区办人工核对。每次认证都向机构付费。")
    provider_person_daily = number("每人每天最多几次实人认证")
    provider_pause_after = number("连续几次没有答复后暂停")
    provider_pause_seconds = number("暂停多少秒", "暂停期间登记的，直接转人工核对。")
    provider_fen = number("每次认证的费用（分）", "只用来显示当天花费，0为不显示。")
    image_hours = number("核验照片保存（小时）", "只为人工核对保留，越短越好。")
    reference_days = number("参考照片保存（天）", "到期自动删除，需要重新登记。")
    exemption_days = number("其他方式的有效期（天）")
    words_days = number("说明保存（天）", "申请、决定和意见里写的话，常涉及健康；到期删除，存证只留摘要。")
    filing_count = large("备案数量（人）", "《人脸识别技术应用安全管理办法》：存储达到10万人，30个工作日内备案。")

    @staticmethod
    def values_of(policy: FacePolicy | None) -> dict[str, Any]:
        """Return what the form starts from: the newest version's numbers, or those that were measured."""
        return (policy.face_terms() if policy else EXAMPLE_TERMS).as_json()

    def terms(self) -> FaceTerms:
        """Return the numbers that were typed."""
        return FaceTerms(**{one.name: self.cleaned_data[one.name] for one in fields(FaceTerms)})

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields by heading."""
        return [(heading, [self[name] for name in names]) for heading, names in GROUPS]
