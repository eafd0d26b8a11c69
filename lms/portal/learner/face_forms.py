"""The forms of a person's own face: the picture, the newer one, another way."""

from __future__ import annotations

from django import forms

from lms.faces.models import Capture, FaceExemption
from lms.kernel.forms import RefusableForm

PICTURES = "image/jpeg,image/png,image/webp"
EMPTY = "这个文件是空的，请重新拍摄。"


def picture(label: str, help_text: str, *, is_face: bool) -> forms.FileField:
    """Return a field for a picture that a phone takes."""
    attrs = {"accept": PICTURES, "capture": "user" if is_face else "environment"}
    return forms.FileField(
        label=label,
        help_text=help_text,
        required=is_face,
        widget=forms.FileInput(attrs=attrs),
        error_messages={"required": "请先拍一张照片。", "empty": EMPTY, "invalid": "请先拍一张照片。"},
    )


class FacePhotoForm(RefusableForm):
    """登记参考照片."""

    prefix = "photo"
    photo = picture("正脸照片", "用前置摄像头，正对镜头，不戴口罩和帽子，光线均匀。", is_face=True)
    card = picture(
        "身份证照片（人像面）",
        "比对后立即丢弃，不保存。比对一致的，一般不再需要区办人工核对。请让证件占满画面，避免反光；大约需要5秒。",
        is_face=False,
    )
    may_ask = forms.BooleanField(required=False)
    capture = forms.ChoiceField(choices=Capture.choices, widget=forms.HiddenInput, initial=Capture.FILE)


class ReplaceForm(RefusableForm):
    """更换参考照片."""

    prefix = "replace"
    photo = picture("新的正脸照片", "新照片要与原来的参考照片像同一个人，才会更换。", is_face=True)
    reason = forms.CharField(
        label="更换的原因",
        help_text="5至200个字，留痕备查。",
        max_length=200,
        error_messages={"required": "请写明更换的原因（5至200个字），它将留痕备查。"},
    )
    is_sure = forms.BooleanField(
        label="我确认更换，原来的参考照片将立即删除",
        error_messages={"required": "请先勾选确认，再更换。"},
    )
    capture = forms.ChoiceField(choices=Capture.choices, widget=forms.HiddenInput, initial=Capture.FILE)


class ExemptionForm(RefusableForm):
    """申请其他方式."""

    prefix = "exemption"
    reason = forms.ChoiceField(
        label="原因",
        choices=[("", "请选择"), *FaceExemption.Reason.choices],
        error_messages={"required": "请选择原因。"},
    )
    words = forms.CharField(
        label="说明",
        help_text="最多200个字。不需要上传病历等材料，区办需要时会与您联系。",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请说明情况，最多200个字。"},
    )
